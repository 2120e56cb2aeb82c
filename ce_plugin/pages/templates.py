"""Pages from Jinja templates: one file each, in one style, every string escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

HERE = Path(__file__).parent
STYLE = (HERE / "style.css").read_text(encoding="utf-8")
"""The style that all pages share."""


def environment(folder: Path) -> Environment:
    """Templates of a folder, which may extend those beside this file.

    What is put into a template is escaped unless it is ``Markup``; a name that has no
    value is an error. Filters: ``picture`` makes PNG bytes a data URI, ``digest`` the
    source that a content security policy allows a style or script by.
    """
    found = Environment(
        loader=FileSystemLoader([folder, HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= dict(picture=_picture, digest=_digest)
    return found


def page(folder: Path, style: str = "", **values: Any) -> Iterator[str]:
    """The page of a folder, piece by piece.

    Args:
        folder: Has ``page.html``, which extends ``base.html``, and may have
            ``page.css`` (after the shared style) and ``page.js``, which become parts of
            the page.
        style: More style, after that of the folder.
        values: What the template is filled with; ``title`` is one.

    Yields:
        Text. Iterators among the values are read as the page gets to them.
    """
    css, script = (
        path.read_text(encoding="utf-8") if path.exists() else ""
        for path in (folder / "page.css", folder / "page.js")
    )
    own = dict(style=Markup(STYLE + css + style), script=Markup(script))
    yield from environment(folder).get_template("page.html").generate(own, **values)


def _picture(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"


def _digest(text: str) -> Markup:
    if not text:
        return Markup("'none'")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest())
    return Markup(f"'sha256-{digest.decode('ascii')}'")
