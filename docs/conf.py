"""Sphinx's settings for the site; ``make docs`` builds it into ``docs/_build/html``."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
# ruff: noqa: E402
import docstrings
import generate

import ce_plugin

project = "ce_plugin"
author = "the authors of ce_plugin"
release = version = ce_plugin.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]
myst_heading_anchors = 4
nitpicky = True

autodoc_default_options = {
    "members": True,
    "special-members": "__call__",
    "ignore-module-all": True,
}
autodoc_inherit_docstrings = False
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 88
# A type variable is no thing to link to.
nitpick_ignore_regex = [("py:class", r".*\.T")]

html_theme = "furo"
html_title = f"ce_plugin {release}"
html_copy_source = False


def setup(app) -> None:
    """Makes the pages that come from the store and the sources, and mends links."""
    generate.pages(HERE / "generated")
    app.connect("autodoc-process-docstring", docstrings.google)
    app.connect("autodoc-process-signature", docstrings.signature)
    app.connect("missing-reference", docstrings.resolve)
