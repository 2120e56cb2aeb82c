"""The report of a check: counts and problems."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import islice


def some(names: Collection[str], most: int = 3) -> str:
    """The first few names, and dots where there are more.

    Example:
        >>> some(['a', 'b', 'c', 'd'])
        'a, b, c ...'
    """
    return ", ".join(islice(names, most)) + " ..." * (len(names) > most)


@dataclass
class Report:
    """Counts and problems, in the order in which they were found.

    Attributes:
        root: The folder.
        counts: One line for each list or part.
        problems: One line for each kind of fault: how many, of what, the first few.

    Example:
        >>> report = Report('/data')
        >>> report.count('train', 498, official=2501)
        >>> report.problem('pictures that do not exist', ['a.jpg', 'b.jpg'])
        >>> report.counts + report.problems
        ['train: 498 of 2,501 official', '2 pictures that do not exist: a.jpg, b.jpg']
        >>> report.summary
        '1 kind of problem in /data'
    """

    root: str
    counts: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def count(self, what: str, number: int, official: int | None = None) -> None:
        """Notes a number, beside the official one where there is one."""
        beside = "" if official is None else f" of {official:,} official"
        self.counts.append(f"{what}: {number:,}{beside}")

    def problem(self, what: str, names: Collection[str]) -> None:
        """Notes a problem and the names it concerns; nothing where there are none."""
        if names:
            self.problems.append(f"{len(names):,} {what}: {some(names)}")

    @property
    def summary(self) -> str:
        """The last line: the number of problems, and the folder."""
        root = os.path.abspath(self.root)
        if not self.problems:
            return f"no problem in {root}"
        kinds = "kind" if len(self.problems) == 1 else "kinds"
        return f"{len(self.problems)} {kinds} of problem in {root}"
