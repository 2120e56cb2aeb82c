"""A user's own pictures and masks: where they lie, and which of them are labelled.

Either as mmseg's guide has it, ``img_dir/train``, ``ann_dir/train``, ``img_dir/val``
and ``ann_dir/val``, or ``train``, ``trainannot``, ``val`` and ``valannot``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ce_plugin.datasets.check.segmentation import check_segmentation_list
from ce_plugin.datasets.files import is_picture
from ce_plugin.errors import InputError


@dataclass(frozen=True)
class Part:
    """Train or val.

    Attributes:
        pictures: Folder of the pictures.
        masks: Folder of the masks.
        names: Names of all pictures without suffix, in order.
        img_suffix: What a picture's name adds.
        seg_map_suffix: What a mask's name adds.
    """

    pictures: Path
    masks: Path
    names: tuple[str, ...]
    img_suffix: str
    seg_map_suffix: str


def find_part(root: Path, part: str) -> Part:
    """The pictures and masks of a part, which have names in common.

    Raises:
        InputError: A folder is missing or empty, pictures are of several kinds, or one
            has no mask.
    """
    pictures, masks = root / part, root / f"{part}annot"
    if (root / "img_dir").is_dir():
        pictures, masks = root / "img_dir" / part, root / "ann_dir" / part
    for folder in (pictures, masks):
        if not folder.is_dir():
            raise InputError(
                f"no folder {folder}; --data-root has img_dir/{part} and ann_dir/"
                f"{part}, or {part} and {part}annot"
            )
    files = [f for f in _files(pictures) if is_picture(f.name)]
    kinds = sorted({f.suffix for f in files})
    if len(kinds) != 1:
        some = " and ".join(kinds) or "no picture"
        raise InputError(f"{pictures} has {some}; it takes pictures of one kind")
    names = [str(f.relative_to(pictures).with_suffix("")) for f in files]
    there = {str(file.relative_to(masks)) for file in _files(masks)}
    ends = sorted(name[len(names[0]) :] for name in there if name.startswith(names[0]))
    for end in ends:
        if all(name + end in there for name in names):
            return Part(pictures, masks, tuple(names), kinds[0], end)
    lone = next((n for n in names if not ends or n + ends[0] not in there), names[0])
    raise InputError(
        f"no mask of {lone}{kinds[0]} in {masks}; a mask has the picture's name and "
        "the same ending as all others"
    )


def labelled_folder(
    classes: Sequence[str], unlabelled: int = 255
) -> Callable[[Path, Path], Path]:
    """An entry of a suite's data: the root, once its masks are seen to fit.

    Args:
        classes: In the order of the masks' numbers, from 0.
        unlabelled: Number of the pixels that do not count.

    Returns:
        A function of the root and a folder to work in, which raises ``InputError``
        where masks have other numbers than these.
    """

    def checked(root: Path, work: Path) -> Path:
        for part in ("train", "val"):
            found = find_part(root, part)
            check_segmentation_list(
                None,
                str(found.pictures),
                str(found.masks),
                found.img_suffix,
                found.seg_map_suffix,
                num_classes=len(classes),
                ignore_index=unlabelled,
            )
        return root

    return checked


def training_pictures(root: Path, work: Path) -> Path:
    """An entry of a suite's data: the folder of all pictures of train."""
    return find_part(root, "train").pictures


def choose_evenly(names: Sequence[str], share: float) -> list[str]:
    """A share of ``names``, evenly along their order; at least one.

    Neighbours in a sequence look alike, so that these tell more than others would.

    Example:
        >>> choose_evenly("abcdefgh", 0.25)
        ['c', 'g']
    """
    if not 0 < share <= 1:
        raise ValueError(f"a share is above 0 and at most 1, not {share}")
    many = max(1, round(share * len(names)))
    return [names[int((i + 0.5) * len(names) / many)] for i in range(many)]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
