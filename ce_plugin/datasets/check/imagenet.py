"""Looks through a folder of ImageNet's layout: a folder for each class."""

from __future__ import annotations

import filecmp
import os

from ce_plugin.datasets.decoding.decode import BadPicture, decode_picture
from ce_plugin.datasets.files import is_picture, need_folder
from ce_plugin.errors import InputError

from .report import Report

OFFICIAL = dict(train=1_281_167, val=50_000)
"""Pictures of each part of ILSVRC 2012."""

CLASSES = 1000


def check_imagenet(root: str, decode: bool = False) -> Report:
    """Looks at ``train/CLASS/*`` and ``val/CLASS/*``.

    Args:
        root: The folder with ``train`` and ``val``.
        decode: Decode every picture as well, which takes hours for all of ImageNet.

    Raises:
        InputError: No such folder, or no class folders in its train.
    """
    root = need_folder(root)
    report = Report(root)
    parts = {}
    for split, official in OFFICIAL.items():
        folder = os.path.join(root, split)
        if not os.path.isdir(folder):
            if split == "train":
                raise InputError(
                    f"no train in {os.path.abspath(root)}; this is no folder of "
                    "ImageNet's layout, train/CLASS/picture and val/CLASS/picture"
                )
            report.counts.append(f"{split}: not there ({official:,} official)")
            continue
        parts[split] = classes = _look(report, folder, split)
        report.count(f"{split} classes", len(classes), CLASSES)
        report.count(f"{split} pictures", sum(map(len, classes.values())), official)
    train, val = parts["train"], parts.get("val", {})
    if val:
        report.problem("classes of train that val lacks", sorted(set(train) - set(val)))
        report.problem("classes of val that train lacks", sorted(set(val) - set(train)))
        report.problem("pictures in both train and val", _copies(root, train, val))
    if decode:
        report.problem("unreadable pictures", _unreadable(root, parts))
    return report


def _look(report: Report, folder: str, split: str) -> dict[str, dict[str, int]]:
    """Bytes of each picture by class; what is no picture in a class is told."""
    classes: dict[str, dict[str, int]] = {}
    loose, foreign, empty = [], [], []
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda e: e.name):
            if entry.name.startswith("."):
                continue
            if not entry.is_dir():
                loose.append(f"{split}/{entry.name}")
                continue
            sizes = classes[entry.name] = {}
            with os.scandir(entry.path) as files:
                for file in sorted(files, key=lambda e: e.name):
                    path = f"{split}/{entry.name}/{file.name}"
                    if not is_picture(file.name) or not file.is_file():
                        foreign.append(path)
                        continue
                    sizes[file.name] = file.stat().st_size
                    if not sizes[file.name]:
                        empty.append(path)
    pictures = [name for name in loose if is_picture(name)]
    report.problem("pictures outside the class folders", pictures)
    bare = [f"{split}/{name}" for name, files in classes.items() if not files]
    report.problem("class folders without a picture", bare)
    report.problem("files in class folders that are no pictures", foreign)
    report.problem("empty files", empty)
    return classes


def _copies(root: str, train: dict, val: dict) -> list[str]:
    """Pictures of val whose name and bytes are in the same class of train."""
    return [
        f"{name}/{file}"
        for name, files in val.items()
        for file, size in files.items()
        if size
        and train.get(name, {}).get(file) == size
        and filecmp.cmp(
            os.path.join(root, "train", name, file),
            os.path.join(root, "val", name, file),
            shallow=False,
        )
    ]


def _unreadable(root: str, parts: dict[str, dict[str, dict[str, int]]]) -> list[str]:
    bad = []
    for split, classes in parts.items():
        for name, files in classes.items():
            for file in files:
                path = f"{split}/{name}/{file}"
                try:
                    decode_picture(os.path.join(root, path))
                except BadPicture as error:
                    bad.append(f"{path} ({error})")
    return bad
