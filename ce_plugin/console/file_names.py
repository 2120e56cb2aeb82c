"""Names of files as one line of text, whatever bytes they are made of."""

from __future__ import annotations


def one_line(text: str) -> str:
    r"""The text with what would end a line, move the cursor or not print written out.

    Example:
        >>> print(one_line("two\nlines \udcff"))
        two\nlines \udcff
    """
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
