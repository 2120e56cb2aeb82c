"""The segmentation lists of VOC 2012 with SBD that neither of the two brings."""

from __future__ import annotations

import os

from ce_plugin.datasets.files import need_folder, read_lines
from ce_plugin.errors import InputError
from ce_plugin.files import write_atomic

# Names in each list, as published.
COUNTS = {
    "sbd_train": 8498,
    "aug": 9118,
    "trainaug": 10582,
    "seg11valid": 736,
}


def segmentation_lists(
    train: list[str],
    val: list[str],
    sbd_train: list[str],
    sbd_val: list[str],
    val_2011: list[str] | None = None,
) -> dict[str, list[str]]:
    """The lists by name, from those that VOC 2012, SBD and VOC 2011 bring.

    Returns:
        Names in the order of the list they come from; aug and trainaug sorted.

    Example:
        >>> lists = segmentation_lists(['a'], ['b', 'c', 'e'], ['a', 'b'], ['c', 'd'])
        >>> lists['trainaug'], lists['aug'], lists['seg12valid']
        (['a', 'd'], ['d'], ['c', 'e'])
    """
    sbd, seen = {*sbd_train, *sbd_val}, set(sbd_train)
    lists = dict(
        sbd_train=list(sbd_train),
        aug=sorted(sbd - {*train, *val}),
        trainaug=sorted((sbd | set(train)) - set(val)),
        seg12valid=[name for name in val if name not in seen],
    )
    if val_2011 is not None:
        lists["seg11valid"] = [name for name in val_2011 if name not in seen]
    return lists


def write_lists(
    devkit: str, sbd: str, voc2011: str | None = None, overwrite: bool = False
) -> list[str]:
    """Reads the lists that are there and writes the others.

    Args:
        devkit: The folder with VOC2012 in it.
        sbd: SBD's folder: benchmark_RELEASE, or where torchvision put it.
        voc2011: VOC 2011's ``ImageSets/Segmentation/val.txt``; by default the one in
            ``devkit``, if it is there.
        overwrite: Replace lists that hold other names.

    Returns:
        The files with the number of names in each, and notes on counts that are not
        the published ones and on missing files, a line each.

    Raises:
        InputError: A folder or list is not there, a list would be empty, or one is
            there with other names. Nothing is written then.
    """
    converter = f"mim run mmsegmentation voc_aug {devkit} {sbd}"
    devkit = need_folder(devkit)
    folder = os.path.join(devkit, "VOC2012", "ImageSets", "Segmentation")
    sbd = need_folder(sbd)
    if os.path.isdir(os.path.join(sbd, "dataset")):
        sbd = os.path.join(sbd, "dataset")
    own = os.path.join(devkit, "VOC2011", "ImageSets", "Segmentation", "val.txt")
    if voc2011 is None and os.path.isfile(own):
        voc2011 = own
    sources = [
        os.path.join(d, f"{s}.txt") for d in (folder, sbd) for s in ("train", "val")
    ]
    train, val, sbd_train, sbd_val = map(read_lines, sources)
    val_2011 = read_lines(voc2011) if voc2011 else None
    lists = segmentation_lists(train, val, sbd_train, sbd_val, val_2011)

    paths = {name: os.path.join(folder, f"{name}.txt") for name in lists}
    for name, path in paths.items():
        if not lists[name]:
            raise InputError(
                f"{name}.txt would be empty; are {' and '.join(sources)} of one set?"
            )
        if os.path.isfile(path) and not overwrite:
            there = read_lines(path)
            if set(there) != set(lists[name]):
                raise InputError(
                    f"{path} is there with {len(there)} names, not these "
                    f"{len(lists[name])}; move it away, or give --overwrite"
                )
            lists[name] = there
    for name, path in paths.items():
        write_atomic(path, "".join(f"{line}\n" for line in lists[name]))
    notes = _notes(os.path.dirname(os.path.dirname(folder)), lists)
    if any("ClassAug" in line for line in notes):
        notes.append(f"masks of SBD: {converter}")
    return [
        *(f"{path}: {len(lists[name]):,} names" for name, path in paths.items()),
        *(f"note: {line}" for line in notes),
    ]


def _notes(year: str, lists: dict[str, list[str]]) -> list[str]:
    lines = [
        f"{name}.txt has {len(lists[name]):,} names, not {count:,}: the lists it comes "
        "from are not the whole ones"
        for name, count in COUNTS.items()
        if name in lists and len(lists[name]) != count
    ]
    if "seg11valid" not in lists:
        lines.append(
            "no seg11valid.txt, for want of --voc2011; seg12valid.txt is VOC 2012 "
            "val without SBD train, and scores on it are not FCN's"
        )
    for name, members in lists.items():
        masks = "Class" if name.startswith("seg1") else "ClassAug"
        for part, suffix in (("JPEGImages", "jpg"), (f"Segmentation{masks}", "png")):
            paths = [os.path.join(year, part, f"{n}.{suffix}") for n in members]
            gone = [path for path in paths if not os.path.isfile(path)]
            if gone:
                lines.append(
                    f"{name}.txt: {len(gone):,} of {len(paths):,} files are not there, "
                    f"the first {gone[0]}"
                )
    return lines
