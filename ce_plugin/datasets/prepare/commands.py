"""The subcommands of ``prepare_data``: lines to print, and the problems found."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from ce_plugin.datasets.check import (
    Report,
    check_coco_file,
    check_imagenet,
    check_sbd,
    check_segmentation_list,
    check_voc,
)

from .coco import voc_to_coco
from .download import download_sbd, download_voc
from .mask_labels import masks_to_numbers
from .shards import make_shards
from .small_voc import small_voc

Said = tuple[list[str], int]


def _report(check: Callable[..., Report]) -> Callable[..., Said]:
    def run(root: str, **options: Any) -> Said:
        found = check(root, **options)
        problems = [f"PROBLEM {line}" for line in found.problems]
        return [*found.counts, *problems, found.summary], len(problems)

    return run


def _check_coco(file: str, pictures: str | None) -> Said:
    beside = os.path.join(os.path.dirname(file), "images")
    found = check_coco_file(file, pictures or beside)
    said = [f"{name}: {count}" for name, count in found.items()]
    return [*said, f"no problem in {os.path.abspath(file)}"], 0


def _check_pairs(
    pictures: str, masks: str, classes: int, ending: str, ignored: int
) -> Said:
    labels = dict(num_classes=classes, ignore_index=ignored)
    said = check_segmentation_list(None, pictures, masks, ending, **labels)
    return [said, f"no problem in {os.path.abspath(masks)}"], 0


def _download_voc(root: str, years: Sequence[str]) -> Said:
    return [f"fetched: {download_voc(root, years).absolute()}"], 0


def _download_sbd(root: str) -> Said:
    return [f"fetched: {download_sbd(root).absolute()}"], 0


def _coco(root: str, out: str, lists: Sequence[str]) -> Said:
    done = voc_to_coco(root, out, lists)
    return [f"{path}: {what}" for path, what in done.items()], 0


def _numbers(root: str, out: str) -> Said:
    return [f"{out}: {masks_to_numbers(root, out)} masks"], 0


def _small_voc(root: str, out: str, pictures: int, long_side: int) -> Said:
    done = small_voc(root, out, pictures, long_side)
    return [f"{os.path.join(out, year)}: {n} pictures" for year, n in done.items()], 0


def _shards(root: str, out: str, megabytes: int) -> Said:
    count, unread = make_shards(root, out, megabytes)
    said = [f"left out, cannot be read: {name}" for name in unread]
    return [*said, f"{count} shard(s): {os.path.abspath(out)}"], 0


COMMANDS: dict[str, Callable[..., Said]] = {
    "check voc": _report(check_voc),
    "check sbd": _report(check_sbd),
    "check imagenet": _report(check_imagenet),
    "check coco": _check_coco,
    "check pairs": _check_pairs,
    "download voc": _download_voc,
    "download sbd": _download_sbd,
    "coco": _coco,
    "numbers": _numbers,
    "small voc": _small_voc,
    "shards": _shards,
}
"""By the words of the command line; called with its other arguments by name."""
