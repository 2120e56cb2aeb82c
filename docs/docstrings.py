"""Docstrings in Google's style, and links by names as brief as the code has them."""

from __future__ import annotations

import builtins
import re
import sys

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.ext.napoleon import Config, GoogleDocstring
from sphinx.util.nodes import make_refnode

SECTIONS = [("Returns (forward)", "returns_style")]
STYLE = Config(
    napoleon_use_ivar=True,
    napoleon_use_rtype=False,
    napoleon_attr_annotations=False,
    napoleon_custom_sections=SECTIONS,
)


def google(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Turns a docstring into reStructuredText, in place.

    As ``sphinx.ext.napoleon`` does, but for constants and attributes: what stands
    before a colon in their docstrings is no type.
    """
    kind = "object" if what in ("attribute", "data", "property") else what
    made = GoogleDocstring(list(lines), STYLE, app, kind, name, obj, options)
    lines[:] = made.lines()


def signature(
    app: Sphinx,
    what: str,
    name: str,
    obj: object,
    options: object,
    arguments: str | None,
    returns: str | None,
) -> tuple[str | None, str | None]:
    """A signature that can be read as Python: ``<factory>`` is no default of it."""
    return re.sub(r"=\s*<[^<>]+>", "=...", arguments or "") or None, returns


def resolve(
    app: Sphinx, env: BuildEnvironment, node: nodes.Element, content: nodes.Element
) -> nodes.Element | None:
    """What stands for a name that Sphinx has not found by itself.

    A name of this package is a link wherever it is defined, as long as one thing only
    is called so. What exists and has no page here, such as ``torch.Tensor`` or what is
    inherited from mmengine, stays text: the site is built without a network. All else
    is a dangling name, and a warning.
    """
    if node.get("refdomain") != "py":
        return None
    name = node["reftarget"].lstrip(".~")
    objects = env.domains.python_domain.objects
    for wanted in (name, name.rpartition(".")[2]):
        found = {
            (entry.docname, entry.node_id)
            for key, entry in objects.items()
            if key == wanted or key.endswith(f".{wanted}")
        }
        if len(found) == 1:
            page, anchor = found.pop()
            return make_refnode(app.builder, node["refdoc"], page, anchor, content)
    module, cls = node.get("py:module"), node.get("py:class")
    places = (name, f"{module}.{name}", f"{module}.{cls}.{name}")
    return content if any(map(_exists, places)) else None


def _exists(name: str) -> bool:
    """Whether a dotted name is that of something in a module that is imported."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        found = sys.modules.get(".".join(parts[:cut]))
        for part in parts[cut:]:
            found = getattr(found, part, None)
        if found is not None:
            return True
    return hasattr(builtins, name)
