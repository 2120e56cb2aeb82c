"""Counts unreadable pictures, and raises where there are too many."""

from __future__ import annotations

from collections.abc import Sequence

from ce_plugin.errors import InputError

FEWEST_BAD = 5
"""Fewer unreadable pictures than this never stop a run."""


class UnreadablePictures:
    """The unreadable pictures that one process has met, with reasons.

    Args:
        total: Pictures in all.
        max_share: Share of them that may be unreadable.

    Example:
        >>> bad = UnreadablePictures(total=100, max_share=0.1)
        >>> bad.add('a.jpg', 'empty file')
        >>> bad.describe(['a.jpg'])
        'a.jpg (empty file)'
    """

    def __init__(self, total: int, max_share: float) -> None:
        self.total, self.max_share = total, max_share
        self.reasons: dict[str, str] = {}

    def add(self, path: str, reason: str) -> None:
        """Notes a picture.

        Raises:
            InputError: It is one too many.
        """
        self.reasons[path] = reason
        count = len(self.reasons)
        if count >= FEWEST_BAD and count > self.max_share * self.total:
            raise InputError(
                f"{count} of {self.total} pictures cannot be read, more than "
                f"max_bad_share={self.max_share:g} of them: "
                f"{self.describe([*self.reasons])}; repair or remove them, or raise "
                "max_bad_share of the dataset"
            )

    def describe(self, paths: Sequence[str]) -> str:
        """The first three of ``paths`` with their reasons."""
        shown = [f"{path} ({self.reasons[path]})" for path in paths[:3]]
        return ", ".join(shown) + (", ..." if len(paths) > 3 else "")
