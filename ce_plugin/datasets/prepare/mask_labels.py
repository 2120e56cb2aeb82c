"""Turns masks in VOC's colours into masks of label numbers."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from PIL import Image

from ce_plugin.datasets.check.colours import labels_of_colours, voc_palette
from ce_plugin.datasets.files import find_pictures, need_folder
from ce_plugin.errors import InputError


def masks_to_numbers(folder: str, out: str) -> int:
    """Writes each mask of a folder as a palette PNG of the same name into another.

    A palette picture looks as the coloured one did, and holds a label at each pixel.
    Masks that hold numbers already are written likewise; those in VOC's colours whose
    palette has another order go by their colours.

    Args:
        folder: Folder of the masks, sub-folders included.
        out: Another folder, made if needed.

    Returns:
        How many masks.

    Raises:
        InputError: ``out`` is ``folder``, two masks have one name but for the ending,
            or a mask has colours that are not VOC's; nothing has been written then.
    """
    folder = need_folder(folder)
    if os.path.exists(out) and os.path.samefile(folder, out):
        raise InputError(f"{out} is the folder itself; write to another one")
    names = find_pictures(folder)
    places: dict[Path, str] = {}
    for name in names:
        other = places.setdefault(Path(out, name).with_suffix(".png"), name)
        if other != name:
            raise InputError(
                f"{other} and {name} of {os.path.abspath(folder)} would be one file, "
                f"{Path(name).with_suffix('.png')}; rename one"
            )
        if _labels(os.path.join(folder, name)) is None:
            raise InputError(
                f"{os.path.abspath(os.path.join(folder, name))} has colours that are "
                "not VOC's; which class they stand for cannot be told"
            )
    for path, name in places.items():
        mask = Image.fromarray(_labels(os.path.join(folder, name))).convert("P")
        mask.putpalette(voc_palette().tobytes())
        path.parent.mkdir(parents=True, exist_ok=True)
        mask.save(path)
    return len(names)


def _labels(path: str) -> np.ndarray | None:
    try:
        with Image.open(path) as image:
            if image.mode == "L":
                return np.asarray(image)
            labels = labels_of_colours(np.asarray(image.convert("RGB")))
            return labels if image.mode != "P" else _of_palette(image, labels)
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{os.path.abspath(path)} cannot be read: {error}") from error


def _of_palette(image: Image.Image, labels: np.ndarray | None) -> np.ndarray:
    """A palette picture's numbers, or the labels of its colours where they differ."""
    numbers = np.asarray(image)
    if labels is None:
        return numbers
    # Optimisers order a palette as they like. Black alone says nothing: it also stands
    # for numbers beyond a short palette, such as 255.
    reordered = ((labels != numbers) & (labels != 0)).any()
    return labels if reordered else numbers
