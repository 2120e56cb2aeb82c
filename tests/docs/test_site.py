"""The site's strictness: what is dangling ends the build, what is right does not."""

import subprocess
import sys

import pytest
from runs import ROOT, environment

CONF = """
import sys
sys.path.insert(0, {docs!r})
import docstrings
extensions = ["myst_parser", "sphinx.ext.autodoc"]
nitpicky, myst_heading_anchors = True, 3
def setup(app):
    app.connect("autodoc-process-docstring", docstrings.google)
    app.connect("autodoc-process-signature", docstrings.signature)
    app.connect("missing-reference", docstrings.resolve)
"""
MODULE = '''
"""A module."""
from dataclasses import dataclass, field
import torch

SIZE = 3
"""Of what: a number before a colon is no type."""


@dataclass
class Thing:
    """Something.

    Attributes:
        parts: Of it; none by default.

    Raises:
        ValueError: Never.
    """

    parts: list[str] = field(default_factory=list)

    def look(self, at: torch.Tensor) -> torch.Tensor:
        """See :class:`Thing`, :class:`.Thing` and :class:`torch.Tensor`.

        Args:
            at: What.
        """
'''
INDEX = """# Site

See [below](#below).

```{eval-rst}
.. automodule:: thing
   :members:
```

## Below
"""
WRONG = {
    "a page that is not there": ("index.md", "[below](#below)", "[page](none.md)"),
    "a heading that is not there": ("index.md", "(#below)", "(#above)"),
    "a name that is not there": ("thing.py", ":class:`Thing`", ":class:`Think`"),
    "a picture that is not there": ("index.md", "[below]", "![below](x.png)[below]"),
    "a docstring that is no text": ("thing.py", "Something.", "Something *else."),
}


def build(folder) -> subprocess.CompletedProcess:
    """Sphinx with the switches of ``make docs``."""
    makefile = (ROOT / "Makefile").read_text()
    (line,) = [line for line in makefile.splitlines() if "-m sphinx" in line]
    switches = [word for word in line.split() if word.startswith("--")]
    assert "--fail-on-warning" in switches
    command = [sys.executable, "-m", "sphinx", *switches, ".", "html"]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(folder),
        check=False,
    )


@pytest.mark.slow
def test_what_is_dangling_ends_the_build(tmp_path):
    files = {
        "conf.py": CONF.format(docs=str(ROOT / "docs")),
        "thing.py": MODULE,
        "index.md": INDEX,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    done = build(tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "html" / "index.html").read_text()
    assert "Of what: a number" in page and "&lt;factory&gt;" not in page
    assert page.count('href="#thing.Thing"') >= 2
    for wrong, (name, right, given) in WRONG.items():
        assert right in files[name]
        (tmp_path / name).write_text(files[name].replace(right, given, 1))
        done = build(tmp_path)
        assert done.returncode != 0 and "WARNING" in done.stderr, wrong
        (tmp_path / name).write_text(files[name])
