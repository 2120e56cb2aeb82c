"""Checks the masks of a VOC list, one by one and all together."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, field

from .labels import BadMask, mask_labels, picture_size
from .report import some

IGNORED = 255


@dataclass
class MaskLook:
    """Looks at masks one by one; what it finds waits in lists of names.

    Attributes:
        known: Labels that may occur.
        bad: Masks that cannot be read or are no numbers, with the reason.
        strange: Masks with other labels.
        sizes: Masks of another size than the picture.
        empty: Masks that hold background and 'ignore' alone, or 'ignore' alone.
    """

    known: Collection[int]
    bad: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    sizes: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)

    def look(self, path: str, name: str, picture: str) -> set[int]:
        """The labels of a mask, none where it cannot be read.

        Args:
            path: The mask.
            name: What messages call it.
            picture: The picture that it belongs to.
        """
        try:
            labels = mask_labels(path)
        except BadMask as error:
            self.bad.append(f"{name} ({error})")
            return set()
        strange = sorted(labels - set(self.known))
        if strange:
            self.strange.append(f"{name} ({some([str(label) for label in strange])})")
        elif IGNORED in labels and labels <= {0, IGNORED}:
            self.empty.append(name)
        own, theirs = picture_size(path), picture_size(picture)
        if own and theirs and own != theirs:
            self.sizes.append(f"{name} ({_by(own)} for {_by(theirs)})")
        return labels


def one_label_only(labels: Collection[int], masks: int) -> str | None:
    """The label that is alone in all masks of a split, beside 'ignore', or None."""
    counting = {label for label in labels if label != IGNORED}
    if masks < 2 or len(counting) > 1:
        return None
    return str(min(counting, default=IGNORED))


def picture_of(pictures: dict[str, str], folder: str, stem: str) -> str:
    """The path of a picture of ``JPEGImages`` by its name without ending."""
    return os.path.join(folder, "JPEGImages", pictures.get(stem, f"{stem}.jpg"))


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
