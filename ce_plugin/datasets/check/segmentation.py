"""Checks the data of a segmentation dataset: pictures and masks of labels."""

from __future__ import annotations

import os

from ce_plugin.errors import InputError

from .labels import BadMask, mask_labels, picture_size
from .lists import list_names, need, need_files, refuse_endings
from .masks import one_label_only
from .report import some

MOST_MASKS = 2000
"""Masks that are looked into, evenly spaced; about five seconds."""


def check_segmentation_list(
    ann_file: str | None,
    pictures: str,
    masks: str | None,
    img_suffix: str = ".jpg",
    seg_map_suffix: str = ".png",
    num_classes: int | None = None,
    ignore_index: int = 255,
    reduce_zero_label: bool = False,
    most: int = MOST_MASKS,
) -> str:
    """Looks at the pictures and masks of a list, or of a folder, and into the masks.

    Args:
        ann_file: The list, a name without suffix on each line; None or '': all pictures
            of the folder that end in ``img_suffix``.
        pictures: Folder of the pictures.
        masks: Folder of the masks; None: there are none.
        img_suffix: What a picture's name adds to the list's.
        seg_map_suffix: What a mask's name adds.
        num_classes: Labels are below this, after ``reduce_zero_label``; None: the masks
            are not looked into.
        ignore_index: The label that does not count.
        reduce_zero_label: Label 0 does not count and the others move down by one.
        most: At most so many masks are looked into, evenly spaced.

    Returns:
        What was looked at, for a log.

    Raises:
        InputError: A folder or the list is missing, the split is empty, pictures or
            masks are missing, masks have labels that nothing stands for, or there is
            neither a list nor an ``img_suffix``.
    """
    need(pictures, "folder of pictures", "data_root and data_prefix", folder=True)
    if ann_file and not os.path.isdir(ann_file):
        names = [line.strip() for line in list_names(ann_file)]
        source = ann_file
        if img_suffix:
            refuse_endings(names, ann_file)
    else:
        names, source = _names(pictures, img_suffix), pictures
    need_files([n + img_suffix for n in names], pictures, "pictures", source)
    if masks is None:
        return f"{len(names)} pictures"
    files = [n + seg_map_suffix for n in names]
    need_files(files, masks, "masks", source)
    if num_classes is None:
        return f"{len(names)} pictures and masks, labels not looked at"
    step = max(len(files) / most, 1.0)
    looked = [files[int(i * step)] for i in range(min(len(files), most))]
    allowed = set(range(num_classes)) | {ignore_index}
    bad, strange, sizes = [], [], []
    seen: set[int] = set()
    for name in looked:
        stem = name.removesuffix(seg_map_suffix)
        own = picture_size(os.path.join(masks, name))
        theirs = picture_size(os.path.join(pictures, stem + img_suffix))
        if own and theirs and own != theirs:
            sizes.append(f"{name} ({own} for {theirs})")
        try:
            labels = mask_labels(os.path.join(masks, name))
        except BadMask as error:
            bad.append(f"{name} ({error})")
            continue
        seen |= {_reduce(v, reduce_zero_label) for v in labels}
        wrong = sorted(
            v for v in labels if _reduce(v, reduce_zero_label) not in allowed
        )
        if wrong:
            strange.append(f"{name} ({some([str(v) for v in wrong])})")
    of = f"of {len(looked)} masks"
    if len(looked) < len(files):
        of += f" looked at, evenly spaced among {len(files)},"
    if bad:
        raise InputError(
            f"{len(bad)} {of} in {os.path.abspath(masks)} cannot be used: {some(bad)}; "
            "a mask is a grey or palette picture with a class index at each pixel"
        )
    if strange:
        known = _known(num_classes, ignore_index, reduce_zero_label)
        raise InputError(
            f"{len(strange)} {of} in {os.path.abspath(masks)} have unknown labels, "
            f"other than {known}: {some(strange)}; mend them, or the classes, "
            "ignore_index or reduce_zero_label"
        )
    if sizes:
        raise InputError(
            f"{len(sizes)} {of} in {os.path.abspath(masks)} are of another size than "
            f"the picture: {some(sizes)}; crop or pad them, or scale them without "
            "interpolation"
        )
    alone = one_label_only(seen - {ignore_index}, len(looked))
    if alone and num_classes > 1:
        raise InputError(
            f"all {of} in {os.path.abspath(masks)} hold the one label {alone}"
            f"{' beside what is ignored' * (ignore_index in seen)}; save the number "
            f"of each class, 0 to {num_classes - 1}, and {ignore_index} for no class"
        )
    return f"{len(names)} pictures, labels of {len(looked)} of {len(files)} masks"


def _reduce(label: int, reduce_zero_label: bool) -> int:
    """The label as mmseg hands it on: 0 and 255 become 255, others move down."""
    if not reduce_zero_label:
        return label
    return 255 if label in (0, 255) else label - 1


def _known(num_classes: int, ignore_index: int, reduce_zero_label: bool) -> str:
    if not reduce_zero_label:
        return f"0 to {num_classes - 1} and {ignore_index}"
    return f"0 to {num_classes} and 255 (reduce_zero_label)"


def _names(folder: str, suffix: str) -> list[str]:
    if not suffix:
        # mmseg makes a mask's name by taking the suffix off, and cannot without one.
        raise InputError(
            f"no list, and no ending of the pictures in {os.path.abspath(folder)}; "
            "give one, such as .jpg (img_suffix, --ending)"
        )
    names = [
        os.path.relpath(os.path.join(place, name), folder)[: -len(suffix)]
        for place, _, files in os.walk(folder)
        for name in files
        if name.endswith(suffix)
    ]
    if not names:
        raise InputError(
            f"an empty split: no picture in {os.path.abspath(folder)} ends in "
            f"{suffix}; check data_prefix and img_suffix"
        )
    return sorted(names)
