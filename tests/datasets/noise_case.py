"""Pictures of noise, a mask of noise, and whether two samples are the same."""

import numpy as np
import torch
from PIL import Image

from ce_plugin.masks import MaskGenerator

CROP = [dict(type="RandomResizedCrop", size=16), dict(type="RandomHorizontalFlip")]


class NoiseForTest(MaskGenerator):
    """A mask of independent pixels: two of them never agree by chance."""

    def __call__(self, height, width, rng):
        return rng.random((height, width)) < 0.5


def fill(folder, count, size=(24, 20)):
    rng = np.random.default_rng(count)
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        noise = rng.integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / f"{i:03d}.png")
    return folder


def same(a, b):
    inputs = torch.equal(a["inputs"], b["inputs"])
    mask = torch.equal(a["data_samples"].mask, b["data_samples"].mask)
    return inputs and mask
