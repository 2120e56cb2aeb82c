"""Looks through the Semantic Boundaries Dataset as released."""

from __future__ import annotations

import os

from ce_plugin.datasets.decoding.decode import BadPicture, decode_picture
from ce_plugin.datasets.files import need_folder, read_lines
from ce_plugin.errors import InputError

from .labels import picture_size
from .report import Report, some

OFFICIAL = dict(train=8498, val=2857)
"""Names in each list, as released. They are not VOC's: train overlaps with its val."""


def check_sbd(root: str, decode: bool = False) -> Report:
    """Looks at both lists of SBD and at the pictures and masks that they name.

    Args:
        root: The folder with ``img``, ``cls``, ``train.txt`` and ``val.txt``, or the
            one that the archive was unpacked into.
        decode: Decode every picture and read every mask as well: its labels, its size.

    Raises:
        InputError: No such folder, or not of this layout.
    """
    root = _find(need_folder(root))
    report = Report(root)
    lists = {}
    for split, official in OFFICIAL.items():
        path = os.path.join(root, f"{split}.txt")
        if not os.path.isfile(path):
            report.counts.append(f"{split}: no list ({official:,} official)")
            continue
        names = list(dict.fromkeys(read_lines(path)))
        report.count(split, len(names), official)
        lists[split] = names
        for what, folder, suffix in (
            ("pictures", "img", "jpg"),
            ("masks", "cls", "mat"),
        ):
            absent = [
                f"{folder}/{name}.{suffix}"
                for name in names
                if not os.path.isfile(os.path.join(root, folder, f"{name}.{suffix}"))
            ]
            report.problem(f"{what} of {split} that do not exist", absent)
    both = set(lists.get("train", ())) & set(lists.get("val", ()))
    report.problem("pictures in both train and val", sorted(both))
    if decode:
        _decode(report, sorted(set().union(*lists.values())))
    return report


def _find(root: str) -> str:
    for inner in ("", "dataset", os.path.join("benchmark_RELEASE", "dataset")):
        folder = os.path.join(root, inner) if inner else root
        lists = [os.path.isfile(os.path.join(folder, f"{x}.txt")) for x in OFFICIAL]
        if any(lists) and os.path.isdir(os.path.join(folder, "cls")):
            return folder
    raise InputError(
        f"{os.path.abspath(root)} is no SBD: it has no img, cls and train.txt or "
        "val.txt, nor has benchmark_RELEASE/dataset in it"
    )


def _decode(report: Report, names: list[str]) -> None:
    from scipy.io import loadmat

    pictures, broken, labels, sizes = [], [], [], []
    for name in names:
        picture = os.path.join(report.root, "img", f"{name}.jpg")
        mask = os.path.join(report.root, "cls", f"{name}.mat")
        if os.path.isfile(picture):
            try:
                decode_picture(picture)
            except BadPicture as error:
                pictures.append(f"img/{name}.jpg ({error})")
        if not os.path.isfile(mask):
            continue
        try:
            values = loadmat(mask)["GTcls"][0]["Segmentation"][0]
        except Exception as error:  # what a broken file makes a reader raise is open
            broken.append(f"cls/{name}.mat ({type(error).__name__}: {error})")
            continue
        strange = sorted({int(v) for v in set(values.flat)} - set(range(21)))
        if strange:
            labels.append(f"cls/{name}.mat ({some([str(v) for v in strange])})")
        size = picture_size(picture)
        if size and size != values.shape[::-1]:
            sizes.append(f"cls/{name}.mat")
    report.problem("unreadable pictures", pictures)
    report.problem("masks that cannot be read", broken)
    report.problem("masks with labels other than 0 to 20", labels)
    report.problem("masks of another size than the picture", sizes)
