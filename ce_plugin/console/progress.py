"""The progress of a loop over pictures."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from .terminal import Terminal, rank

T = TypeVar("T")
SECONDS_BETWEEN_DRAWINGS = 0.1


@contextmanager
def counted(what: str) -> Iterator[Callable[[int, int], None]]:
    """A function of ``(done, of)`` that draws a progress bar on a terminal.

    It is drawn on standard error, so that results can be piped. Where there is no
    screen, nothing is drawn.

    Example:
        >>> with counted("pictures") as tell:
        ...     tell(1, 2)
    """
    screen = Terminal(sys.stderr, silent=rank() > 0)
    drawn = 0.0

    def tell(done: int, of: int) -> None:
        nonlocal drawn
        now = time.monotonic()
        if not drawn:
            screen.start_bar(of, stays=False)
        if done == of or now - drawn >= SECONDS_BETWEEN_DRAWINGS:
            drawn = now
            screen.move_bar(done, f"{done}/{of} {what}")

    try:
        yield tell
    finally:
        screen.stop_bar()


def track(items: Iterable[T], what: str, total: int) -> Iterator[T]:
    """``items``, with a bar of how many of ``total`` have been taken.

    Example:
        >>> list(track("ab", "pictures", 2))
        ['a', 'b']
    """
    with counted(what) as tell:
        tell(0, total)
        for done, item in enumerate(items, 1):
            yield item
            tell(done, total)
