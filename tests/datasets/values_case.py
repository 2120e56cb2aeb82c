"""TIFFs of many channels, and what is shown of a file, for tests."""

import numpy as np
import tifffile
import torch

from ce_plugin.datasets.decoding.decode import Reading, decode_picture


def bands(many=7, kind=np.uint16, top=60000):
    """(20, 30, many): each band is a ramp of its own."""
    rng = np.random.default_rng(0)
    return (rng.random((20, 30, many)) * top).astype(kind)


def write_bands(path, many=7):
    tifffile.imwrite(path, bands(many), photometric="minisblack", planarconfig="contig")


def shown(path, **reading):
    picture = decode_picture(str(path), reading=Reading(**reading))
    assert picture.dtype == torch.uint8 and picture.shape[0] == 3
    return picture.permute(1, 2, 0).numpy()


def slow_bytes(values, low, high):
    """Value by value, in plain Python."""
    out = np.zeros(values.shape, np.uint8)
    for place, value in np.ndenumerate(values):
        value = min(max(float(value), low), high)
        out[place] = round((value - low) / (high - low) * 255)
    return out
