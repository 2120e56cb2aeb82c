"""Looks through a VOCdevkit."""

from __future__ import annotations

import difflib
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from ce_plugin.datasets.decoding.decode import BadPicture, decode_picture
from ce_plugin.datasets.files import need_folder
from ce_plugin.datasets.voc import VOC_CLASSES, voc_folders, voc_pictures
from ce_plugin.errors import InputError

from .annotation import BadAnnotation, read_annotation
from .labels import picture_size
from .masks import MaskLook, one_label_only, picture_of
from .report import Report

OFFICIAL = {
    ("VOC2007", "Main"): dict(train=2501, val=2510, trainval=5011, test=4952),
    ("VOC2007", "Segmentation"): dict(train=209, val=213, trainval=422, test=210),
    ("VOC2012", "Main"): dict(train=5717, val=5823, trainval=11540),
    ("VOC2012", "Segmentation"): dict(train=1464, val=1449, trainval=2913),
}
"""Names in each list, as released."""

SBD_LISTS = dict(aug=9118, trainaug=10582)
"""Names in the lists of VOC2012 with SBD's masks: without and with VOC's own train."""

LABELS = {*range(len(VOC_CLASSES) + 1), 255}
"""Labels of a mask: background, the classes, and 255 for what does not count."""

_CLASS_LIST = re.compile(f"({'|'.join(VOC_CLASSES)})_.+")


def check_voc(
    root: str,
    years: Sequence[str | int] | None = None,
    sbd: bool = False,
    decode: bool = False,
) -> Report:
    """Looks at every list of a VOCdevkit and at all that the lists name.

    A part of VOC is no fault, nor is a list that is left out: only what does not fit
    together counts.

    Args:
        root: ``VOCdevkit`` or one year's folder.
        years: Which years; None: all that are there.
        sbd: Whether SBD's masks have to be there: ``aug.txt`` or ``trainaug.txt`` of
            2012 with ``SegmentationClassAug``. Where they are, they are looked at
            anyway.
        decode: Decode every picture as well, which takes minutes for all of VOC.

    Raises:
        InputError: No such folder or year, or not of this layout.
    """
    root = need_folder(root)
    folders = voc_folders(root)
    if years is not None and folders == [""]:
        raise InputError("years are chosen in a VOCdevkit; this is one year")
    if years is not None:
        absent = [f"VOC{year}" for year in years if f"VOC{year}" not in folders]
        if absent:
            raise InputError(
                f"no {', '.join(absent)} with JPEGImages and ImageSets/Main in "
                f"{os.path.abspath(root)}; there are: {', '.join(folders) or 'none'}"
            )
        folders = [f"VOC{year}" for year in years]
    if not folders:
        raise InputError(
            f"{os.path.abspath(root)} is no VOCdevkit: neither it nor a VOC20xx folder "
            "in it has JPEGImages and ImageSets/Main"
        )
    report = Report(root)
    for folder in folders:
        _Year(report, root, folder, sbd).look(decode)
    return report


class _Year:
    """One year's folder on the way through it."""

    def __init__(self, report: Report, root: str, folder: str, sbd: bool) -> None:
        self.report, self.sbd = report, sbd
        self.folder = os.path.join(root, folder)
        self.label = folder or os.path.basename(os.path.abspath(root))
        self.pictures = voc_pictures(self.folder)
        self.masks = {
            part: _stems(os.path.join(self.folder, part), ".png")
            for part in ("SegmentationClass", "SegmentationClassAug")
        }

    def look(self, decode: bool) -> None:
        self.report.count(f"{self.label} pictures", len(self.pictures))
        main = self._lists("Main")
        seg = self._lists("Segmentation")
        for kind, lists in (("Main", main), ("Segmentation", seg)):
            self._overlap(kind, lists)
        self._annotations(main)
        self._masks(seg)
        if decode:
            self._decode(sorted(set().union(*main.values(), *seg.values())))

    def _say(self, what: str, names: Iterable[str]) -> None:
        self.report.problem(f"{what} ({self.label})", list(names))

    def _lists(self, kind: str) -> dict[str, list[str]]:
        """The names of each list; those with no picture are told and left out."""
        there = _stems(os.path.join(self.folder, "ImageSets", kind), ".txt")
        there = {name for name in there if not _CLASS_LIST.fullmatch(name)}
        official = dict(OFFICIAL.get((self.label, kind), {}))
        with_sbd = kind == "Segmentation" and self.label == "VOC2012"
        if with_sbd and (self.sbd or there & set(SBD_LISTS)):
            official |= SBD_LISTS
            if self.sbd and not there & set(SBD_LISTS):
                self._say("missing lists of SBD", ["aug.txt"])
        if kind == "Main" and not there:
            self._say("missing lists", ["ImageSets/Main/*.txt"])
        lists = {}
        for name in [*official, *sorted(there - set(official))]:
            where = f"{self.label} {kind}/{name}"
            if name not in there:
                self.report.counts.append(
                    f"{where}: no list ({official[name]:,} official)"
                )
                continue
            names = self._read(kind, name, where)
            self.report.count(where, len(names), official.get(name))
            lists[name] = [n for n in names if n in self.pictures]
        return lists

    def _read(self, kind: str, name: str, where: str) -> list[str]:
        path = os.path.join(self.folder, "ImageSets", kind, f"{name}.txt")
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            names = [line.split()[0] for line in file if line.strip()]
        if not names:
            self.report.problem("empty list", [where])
        ended = [n for n in names if n in self.pictures.values()]
        self.report.problem(f"names with an ending (a list has none) in {where}", ended)
        names = [os.path.splitext(n)[0] if n in set(ended) else n for n in names]
        unique = dict.fromkeys(names)
        if len(unique) < len(names):
            # Each but the first of a name.
            twice = list((Counter(names) - Counter(unique.keys())).elements())
            self.report.problem(f"names listed twice in {where}", twice)
        absent = [n for n in unique if n not in self.pictures]
        self.report.problem(f"pictures of {where} that do not exist", absent)
        return list(unique)

    def _overlap(self, kind: str, lists: dict[str, list[str]]) -> None:
        train, val = (set(lists.get(name, ())) for name in ("train", "val"))
        self._say(f"pictures in both {kind}/train and {kind}/val", sorted(train & val))
        for name in SBD_LISTS:
            leak = val & set(lists.get(name, ()))
            self._say(f"pictures in both {kind}/{name} and {kind}/val", sorted(leak))
        if {"train", "val", "trainval"} <= set(lists):
            odd = sorted((train | val) ^ set(lists["trainval"]))
            self._say(f"pictures by which {kind}/trainval is not train and val", odd)

    def _annotations(self, lists: dict[str, list[str]]) -> None:
        # Those of the test pictures of later years are not public.
        public = [v for k, v in lists.items() if k != "test" or self.label == "VOC2007"]
        names = sorted(set().union(*public))
        missing, broken, bare, turned, outside, sizes, unknown = ([] for _ in range(7))
        for name in names:
            path = os.path.join(self.folder, "Annotations", f"{name}.xml")
            try:
                found = read_annotation(path)
            except FileNotFoundError:
                missing.append(name)
                continue
            except BadAnnotation as error:
                broken.append(f"{name} ({error})")
                continue
            size = picture_size(picture_of(self.pictures, self.folder, name))
            if not found.objects:
                bare.append(name)
            if size and found.size and size != found.size:
                sizes.append(f"{name} ({found.size} for {size})")
            for item in found.objects:
                if item.name not in VOC_CLASSES:
                    unknown.append(f"{name} ({item.name}{_near(item.name)})")
                if item.is_turned():
                    turned.append(f"{name} ({item.name})")
                elif size and item.is_outside(size):
                    outside.append(f"{name} ({item.name})")
        self._say("missing annotations", missing)
        self._say("annotations that cannot be read", broken)
        self._say("annotations without an object", bare)
        self._say("annotations that note another size than the picture's", sizes)
        self._say("objects of an unknown class", unknown)
        self._say("boxes turned round", turned)
        self._say("boxes outside the picture", outside)

    def _masks(self, lists: dict[str, list[str]]) -> None:
        look, missing = MaskLook(LABELS), dict[str, None]()
        labels: dict[str, set[int]] = {}
        for split, names in lists.items():
            aug, own = (
                self.masks["SegmentationClassAug"],
                self.masks["SegmentationClass"],
            )
            parts = []
            for name in names:
                # SBD's masks stand beside VOC's own, and lists of others name both.
                if split not in OFFICIAL["VOC2007", "Segmentation"] and name in aug:
                    parts.append(f"SegmentationClassAug/{name}.png")
                elif split != "aug" and name in own:
                    parts.append(f"SegmentationClass/{name}.png")
                else:
                    missing[name] = None
            for part in parts:
                if part not in labels:
                    stem = os.path.basename(part)[: -len(".png")]
                    picture = picture_of(self.pictures, self.folder, stem)
                    path = os.path.join(self.folder, part)
                    labels[part] = look.look(path, part, picture)
            seen = set().union(*(labels[part] for part in parts))
            if (alone := one_label_only(seen, len(parts))) and not look.bad:
                self._say(
                    f"masks of Segmentation/{split}, all of the one label {alone}: "
                    "save the number of each class",
                    parts,
                )
        self._say("missing masks", missing)
        self._say("masks that cannot be read", look.bad)
        self._say("masks with labels other than 0 to 20 and 255", look.strange)
        self._say(
            "masks of 0 and 255 alone, so that all but background is ignored; were "
            "objects saved as 255? Save the number of their class",
            look.empty,
        )
        self._say(
            "masks of another size than the picture: crop or pad them, or scale them "
            "without interpolation",
            look.sizes,
        )

    def _decode(self, names: list[str]) -> None:
        bad = []
        for name in names:
            try:
                decode_picture(picture_of(self.pictures, self.folder, name))
            except BadPicture as error:
                bad.append(f"{name} ({error})")
        self._say("unreadable pictures", bad)


def _near(name: str) -> str:
    near = difflib.get_close_matches(name, VOC_CLASSES, n=1)
    return f", did you mean {near[0]}?" if near else ""


def _stems(folder: str, suffix: str) -> set[str]:
    """Names of the files that end so, without the ending; empty for no folder."""
    if not os.path.isdir(folder):
        return set()
    names = os.listdir(folder)
    return {name[: -len(suffix)] for name in names if name.endswith(suffix)}
