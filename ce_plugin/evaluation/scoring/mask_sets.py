"""Sets of masks that are drawn once, kept as files and never drawn again."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ce_plugin.datasets.files import by_stem
from ce_plugin.errors import InputError
from ce_plugin.inpainting.reading import read_picture
from ce_plugin.masks import MaskGenerator
from ce_plugin.masks.build import build_generator

RECORD = "masks.json"
_ASKED = ("generator", "arguments", "seed", "pictures")


def make_mask_set(
    folder: str | Path,
    generator: dict[str, Any],
    pictures: dict[str, tuple[int, int]],
    seed: int = 0,
) -> bool:
    """Draws a set of masks into a folder, or checks the one that is there.

    Every mask is drawn from a generator of random numbers of its own, seeded by (seed,
    its place), so that a longer set begins with the shorter one. The files are PNGs of
    one bit a pixel, white = hole, and ``masks.json``, written all together or not at
    all.

    Args:
        folder: Folder of the set; missing, empty, or with the same set.
        generator: Config of a registered mask generator.
        pictures: For each mask its name without ending and its picture's height and
            width; see :func:`numbered`.
        seed: Seed of the whole set, 0 or more.

    Returns:
        Whether the set was drawn now; False where it was there and is intact.

    Raises:
        InputError: The folder holds anything else, or a damaged set; the generator
            cannot be built or does not fit a picture.
    """
    folder = Path(folder)
    built = build_generator(generator)
    record = _described(generator, built, pictures, seed)
    if (folder / RECORD).exists():
        _compare(folder, record)
        load_mask_set(folder)
        return False
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            f"{folder} is there and is no set of masks; name a folder that is empty or "
            "does not exist"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".masks-", dir=folder.parent) as part:
        drawn = Path(part, "set")
        digest = hashlib.sha256()
        for number, (name, (height, width)) in enumerate(pictures.items()):
            mask = built(height, width, np.random.default_rng((seed, number)))
            _add(digest, mask)
            path = drawn / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(mask).save(path)
        record["sha256"] = digest.hexdigest()
        (drawn / RECORD).write_text(json.dumps(record, indent=1) + "\n")
        drawn.rename(folder)
    return True


def numbered(count: int, height: int, width: int) -> dict[str, tuple[int, int]]:
    """``pictures`` of a set without pictures: 0000, 0001 ... of one size.

    Example:
        >>> numbered(2, 64, 96)
        {'0000': (64, 96), '0001': (64, 96)}
    """
    return {f"{i:04}": (height, width) for i in range(count)}


def numbered_from_options(
    size: str, count: int | None = None
) -> dict[str, tuple[int, int]]:
    """The same from the options of a command line.

    Args:
        size: In pixels: a side, or WIDTHxHEIGHT.
        count: How many; by default 100.

    Raises:
        InputError: Not such numbers, or below 1.

    Example:
        >>> numbered_from_options("96x64", 1)
        {'0000': (64, 96)}
    """
    count = 100 if count is None else count
    try:
        width, cross, height = size.lower().partition("x")
        width, height = int(width), int(height if cross else width)
    except ValueError:
        width = height = 0
    if min(width, height, count) < 1:
        raise InputError(
            "--size is a side or WIDTHxHEIGHT and --count a number, from 1 on, not "
            f"{size} and {count}"
        )
    return numbered(count, height, width)


def sizes_of(folder: str) -> dict[str, tuple[int, int]]:
    """``pictures`` of a set for the pictures of a folder: their names and sizes.

    Raises:
        InputError: There is no picture, two have the same name, or one is not readable.
    """
    found, twice = by_stem(folder)
    if twice:
        raise InputError(f"{folder}: {twice[0]}; masks are named after the pictures")
    return {
        stem: read_picture(Path(folder, name)).shape[:2] for stem, name in found.items()
    }


def load_mask_set(folder: str | Path) -> dict[str, np.ndarray]:
    """The masks of a set by name, (H, W) bool each, in order.

    Raises:
        InputError: There is no set, or it is not the one that was drawn: a file is
            missing, unreadable or changed.
    """
    folder = Path(folder)
    record = read_record(folder)
    digest = hashlib.sha256()
    masks = {}
    for name in record["pictures"]:
        path = folder / f"{name}.png"
        try:
            with Image.open(path) as image:
                masks[name] = np.array(image.convert("1"))
        except Exception as error:  # what a broken file makes a decoder raise is open
            raise InputError(
                f"the set of masks in {folder} is damaged: {path.name} cannot be read "
                f"({error}); make it again in another folder"
            ) from error
        _add(digest, masks[name])
    if digest.hexdigest() != record["sha256"]:
        raise InputError(
            f"the masks in {folder} are not those that {RECORD} was written with; make "
            "the set again in another folder"
        )
    return masks


def read_record(folder: str | Path) -> dict[str, Any]:
    """The contents of ``masks.json``: generator, arguments, seed, pictures, sha256.

    Raises:
        InputError: There is none, or it is no such record.
    """
    path = Path(folder, RECORD)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        whole = {*_ASKED, "sha256"} <= set(record) and dict(record["pictures"])
    except FileNotFoundError as error:
        raise InputError(f"no set of masks in {folder}: it has no {RECORD}") from error
    except (ValueError, TypeError, OSError) as error:
        raise InputError(f"{path} cannot be read ({error})") from error
    if not whole:
        raise InputError(f"{path} is no record of a set of masks")
    return record


def _described(
    generator: dict[str, Any],
    built: MaskGenerator,
    pictures: dict[str, Sequence[int]],
    seed: int,
) -> dict[str, Any]:
    # As JSON has it, to be compared with what was read.
    record = dict(
        generator=generator,
        arguments=repr(built),
        seed=seed,
        pictures={name: list(size) for name, size in pictures.items()},
    )
    return json.loads(json.dumps(record, default=str))


def _compare(folder: Path, asked: dict[str, Any]) -> None:
    there = read_record(folder)
    for key in _ASKED:
        if there[key] != asked[key]:
            told = "names or sizes differ"
            if key != "pictures":
                told = f"{key} {there[key]}, not {asked[key]}"
            raise InputError(
                f"{folder} holds another set of masks ({told}); sets are never written "
                "over, name another folder"
            )


def _add(digest: Any, mask: np.ndarray) -> None:
    digest.update(f"{mask.shape[0]}x{mask.shape[1]}:".encode())
    digest.update(np.packbits(mask).tobytes())
