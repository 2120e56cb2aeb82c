"""The little Markdown that a suite's ``about`` is written in, as HTML."""

from __future__ import annotations

import re
from html import escape

_INLINE = (
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<!\*)\*([^*\s][^*]*)\*(?!\*)"), r"<em>\1</em>"),
    (re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)"), r'<a href="\2">\1</a>'),
)


def html(text: str) -> str:
    """Paragraphs, lists with dashes, code, emphasis and links; all else as it stands.

    Example:
        >>> html("Two *cores*, `96` px.")
        '<p>Two <em>cores</em>, <code>96</code> px.</p>'
    """
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text) if block.strip()]
    return "\n".join(map(_block, blocks))


def _block(block: str) -> str:
    if not block.startswith(("- ", "* ")):
        return f"<p>{_inline(' '.join(block.split()))}</p>"
    items = re.split(r"^\s*[-*] ", block, flags=re.MULTILINE)[1:]
    found = "".join(f"<li>{_inline(' '.join(item.split()))}</li>" for item in items)
    return f"<ul>{found}</ul>"


def _inline(text: str) -> str:
    text = escape(text)
    for pattern, made in _INLINE:
        text = pattern.sub(made, text)
    return text
