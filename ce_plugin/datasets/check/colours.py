"""Masks that were saved in VOC's colours instead of numbers."""

from __future__ import annotations

import numpy as np


def voc_palette() -> np.ndarray:
    """VOC's colour of each label, uint8 (256, 3): the bits of a number, spread.

    Example:
        >>> voc_palette()[[1, 15, 255]].tolist()
        [[128, 0, 0], [192, 128, 128], [224, 224, 192]]
    """
    palette = np.zeros((256, 3), np.uint8)
    for label in range(256):
        for place in range(8):
            for channel in range(3):
                bit = label >> (3 * place + channel) & 1
                palette[label, channel] |= bit << (7 - place)
    return palette


def labels_of_colours(colours: np.ndarray) -> np.ndarray | None:
    """The labels of a mask in VOC's colours.

    Args:
        colours: uint8 RGB (H, W, 3).

    Returns:
        uint8 (H, W), or None where a colour is none of VOC's 21 and 'ignore'.
    """
    codes = colours.astype(np.int64) @ [65536, 256, 1]
    palette = voc_palette().astype(np.int64) @ [65536, 256, 1]
    known = np.array([*range(21), 255])
    found, places = np.unique(codes, return_inverse=True)
    numbers = {palette[label]: label for label in known}
    if not set(found.tolist()) <= set(numbers):
        return None
    labels = np.array([numbers[code] for code in found.tolist()], np.uint8)
    return labels[places].reshape(codes.shape)
