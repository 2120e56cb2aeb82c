"""Which pictures of a folder belong together: results, holes and originals."""

from __future__ import annotations

import filecmp
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from PIL import Image

from ce_plugin.datasets.files import EXTENSIONS, find_pictures
from ce_plugin.errors import InputError

MASK, PREDICTION = "_mask", "_prediction"
"""What the command ``inpaint --parts`` puts behind a picture's name."""

_GREY = ("1", "L", "LA", "P", "I", "I;16", "I;16B")


@dataclass(frozen=True)
class Column:
    """The results of one filler or tool; paths by the name of the row.

    Attributes:
        name: What the page calls it; empty where a picture's own name says all.
        pictures: Finished pictures.
        masks: Their holes, where the folder has them.
        predictions: What was painted; empty where this is what the pictures are.
    """

    name: str
    pictures: dict[str, str] = field(default_factory=dict)
    masks: dict[str, str] = field(default_factory=dict)
    predictions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Results:
    """What there is to show; nothing has been read yet.

    Attributes:
        columns: At least one.
        rows: Their names, in order: a picture's path in its column without ending.
        originals: Paths by the name of the row; None where none are asked for.
        masks: Likewise, from a folder or file of masks; those of columns do not count.
        problems: What is missing, one line each.
        notes: What the user may not have meant.
    """

    columns: list[Column]
    rows: list[str]
    originals: dict[str, str] | None = None
    masks: dict[str, str] | None = None
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def has_masks(self) -> bool:
        """Whether any hole is known."""
        return bool(self.masks) or any(column.masks for column in self.columns)


def find_results(
    folder: str | os.PathLike,
    truth: str | os.PathLike | None = None,
    masks: str | os.PathLike | None = None,
    columns: Sequence[str] | None = None,
    flat: bool = False,
) -> Results:
    """Looks through a folder of results.

    Sub-folders are columns where all pictures are in sub-folders and two of these have
    a picture of the same name: what one filler each leaves. Otherwise all pictures are
    one column, those in sub-folders too.

    Args:
        folder: Of finished pictures.
        truth: A folder of originals, with the names of the results.
        masks: A folder of masks with these names, or one mask for all. Without it
            ``x_mask.png`` beside ``x.png`` is its hole, if it is a grey picture.
        columns: Sub-folders to show as columns, in this order.
        flat: All pictures are one column in any case.

    Raises:
        InputError: A folder is missing, has no pictures, or none with a result's name.
    """
    folder = _folder(folder)
    beside = [os.fspath(f) for f in (truth, masks) if f is not None]
    names = _without(folder, _pictures(folder), beside)
    tops, notes = _choose(folder, names, columns, flat)
    found = []
    for top in tops:
        root = os.path.join(folder, top)
        within = [n[len(top) + 1 :] for n in names if n.startswith(f"{top}/")]
        found.append(_column(top, root, within if top else names))
    if truth or masks or found[0].masks:
        found = [replace(c, name=c.name or "result") for c in found]
    rows = sorted({row for column in found for row in column.pictures}, key=natural)
    results = Results(found, rows, notes=notes)
    originals = masks_found = None
    if truth is not None:
        originals = _matching(_folder(truth), results, "original")
    if masks is not None and os.path.isfile(masks):
        masks_found = dict.fromkeys(rows, os.fspath(masks))
    elif masks is not None:
        masks_found = _matching(_folder(masks), results, "mask")
    return Results(found, rows, originals, masks_found, results.problems, notes)


def natural(name: str) -> tuple:
    """A key that sorts numbers in names by their value.

    Example:
        >>> sorted(["b", "a10", "a9"], key=natural)
        ['a9', 'a10', 'b']
    """
    parts = re.split(r"(\d+)", name)
    return [int(p) if i % 2 else p for i, p in enumerate(parts)], name


def _folder(path: str | os.PathLike) -> str:
    path = os.fspath(path)
    if not os.path.isdir(path):
        kind = "not a folder:" if os.path.exists(path) else "no folder"
        raise InputError(f"{kind} {os.path.abspath(path)}")
    return path


def _pictures(folder: str) -> list[str]:
    try:
        return find_pictures(folder)
    except InputError as error:
        raise InputError(
            f"no pictures in {os.path.abspath(folder)} or its sub-folders: looked for "
            f"{', '.join(EXTENSIONS)}"
        ) from error


def _without(folder: str, names: list[str], others: Sequence[str]) -> list[str]:
    """The pictures that are not in ``others``, which may lie in the folder too."""
    root = os.path.realpath(folder)
    inside = [os.path.relpath(os.path.realpath(other), root) for other in others]
    inside = [path.replace(os.sep, "/") for path in inside]
    left = [
        name
        for name in names
        if not any(p in (".", name) or name.startswith(f"{p}/") for p in inside)
    ]
    if not left:
        raise InputError(
            f"no results in {os.path.abspath(folder)}: all its pictures are originals "
            "or masks by --truth or --masks; masks that lie beside the results as "
            "NAME_mask.png are found without"
        )
    return left


def _choose(
    folder: str, names: list[str], chosen: Sequence[str] | None, flat: bool
) -> tuple[list[str], list[str]]:
    """The sub-folders that are columns, '' for the folder itself; and notes."""
    tops = sorted({n.partition("/")[0] for n in names if "/" in n}, key=natural)
    if chosen:
        if flat:
            raise InputError("--columns and --flat exclude each other; give one")
        chosen = [os.path.normpath(name) for name in chosen]
        for name in chosen:
            if not any(n.startswith(f"{name}/") for n in names):
                known = f"there are {', '.join(tops)}" if tops else "it has none"
                raise InputError(
                    f"no pictures in a sub-folder {name} of {os.path.abspath(folder)}; "
                    f"{known}"
                )
        return list(dict.fromkeys(chosen)), []
    stems = {os.path.splitext(name)[0] for name in names if "/" in name}
    same = Counter(stem.partition("/")[2] for stem in stems)
    if flat or max(same.values(), default=0) < 2:
        return [""], []
    direct = next((name for name in names if "/" not in name), None)
    if direct is None:
        return tops, []
    note = (
        f"one column, since {direct} lies beside the sub-folders; for a column each: "
        f"--columns {' '.join(tops)}"
    )
    return [""], [note]


def _column(name: str, root: str, files: Sequence[str]) -> Column:
    column, parts = Column(name), {}
    stems = {os.path.splitext(file)[0] for file in files}
    for file in sorted(files, key=natural):
        stem = os.path.splitext(file)[0]
        path = os.path.join(root, file)
        kind = next((k for k in (MASK, PREDICTION) if stem.endswith(k)), "")
        of = stem.removesuffix(kind) if kind else ""
        belongs = of in stems and not of.endswith((MASK, PREDICTION))
        # A photograph of a mask is in colour.
        if belongs and (kind == PREDICTION or _is_grey(path)):
            parts.setdefault((kind, of), path)
            continue
        # x.jpg and x.png: both are shown.
        column.pictures[file if stem in column.pictures else stem] = path
    for (kind, row), path in parts.items():
        (column.masks if kind == MASK else column.predictions)[row] = path
    # Most fillers paint the hole alone: both files are equal, and one is enough.
    if all(
        filecmp.cmp(path, column.pictures[row], shallow=False)
        for row, path in column.predictions.items()
    ):
        column.predictions.clear()
    return column


def _is_grey(path: str) -> bool:
    try:
        with Image.open(path) as image:
            return image.mode in _GREY
    except Exception:  # what a broken file makes a decoder raise is open
        return True  # reading it will say what is wrong


def _matching(folder: str, results: Results, what: str) -> dict[str, str]:
    """The files of a folder by the row that they belong to."""
    by_stem: dict[str, list[str]] = {}
    for name in _pictures(folder):
        by_stem.setdefault(os.path.splitext(name)[0], []).append(name)
    matched: dict[str, str] = {}
    missing, twice = [], []
    for row in results.rows:
        stem = row if row in by_stem else os.path.splitext(row)[0]
        if stem not in by_stem:
            missing.append(f"{row}: no {what} in {folder}")
            continue
        first, *more = by_stem[stem]
        matched[row] = os.path.join(folder, first)
        twice += [f"{n}: {what} {first} has the same name and is taken" for n in more]
    if not matched:
        raise InputError(
            f"no {what} in {os.path.abspath(folder)} has the name of a result, such as "
            f"{results.rows[0]}; endings do not count, sub-folders do"
        )
    results.problems.extend([*missing, *dict.fromkeys(twice)])
    return matched
