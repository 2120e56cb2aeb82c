"""How each registered filler is built for the contract, and pictures with holes."""

import numpy as np
import torch
from PIL import Image
from tiny import build_model, dcgan_config

from ce_plugin.registry import FILLERS

CENTER = dict(type="CenterRegion", overlap=4)
REGION = dict(type="RandomRegion", kind="noise", pattern_size=400)


def checkpoint(folder, window="center", size=128, seed=0, mask=None, name="whole.pth"):
    """A file of a whole narrow Context Encoder, not trained."""
    config = dcgan_config(size, window, joint=False)
    model = build_model(config, seed)
    mask = mask or (CENTER if window == "center" else REGION)
    meta = dict(model=config, mask=mask, picture_size=size)
    path = folder / name
    torch.save(dict(state_dict=model.state_dict(), meta=meta), path)
    return path


def smooth(height, width, seed=0):
    """A smooth coloured picture."""
    import cv2

    rng = np.random.default_rng(seed)
    small = rng.integers(0, 255, (5, 6, 3), dtype=np.uint8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def rgb(grey):
    """A grey picture in three channels."""
    return np.repeat(np.asarray(grey, np.uint8)[..., None], 3, axis=2)


def photo(name, height, width):
    """A part of one of skimage's pictures."""
    from skimage import data

    picture = getattr(data, name)()[60 : 60 + height, 80 : 80 + width]
    return picture if picture.ndim == 3 else rgb(picture)


def box(height, width, *boxes):
    """A mask with holes of (top, bottom, left, right)."""
    hole = np.zeros((height, width), bool)
    for top, bottom, left, right in boxes:
        hole[top:bottom, left:right] = True
    return hole


CASES = {
    "middle": (64, 64, [(20, 44, 22, 40)]),
    "network's size": (64, 64, [(18, 46, 18, 46)]),
    "border": (48, 72, [(0, 20, 30, 50)]),
    "corner": (56, 40, [(40, 56, 0, 15)]),
    "two": (60, 80, [(5, 20, 6, 18), (35, 50, 55, 75)]),
    "one pixel": (40, 40, [(7, 8, 9, 10)]),
    "strip": (16, 120, [(4, 12, 50, 70)]),
    "wide": (40, 90, [(10, 30, 2, 88)]),
    "from side to side": (40, 64, [(12, 25, 0, 64)]),
    "nearly all": (36, 36, [(0, 35, 0, 36)]),
    "tiny": (6, 5, [(2, 4, 1, 3)]),
    "large": (150, 200, [(40, 110, 60, 150)]),
}


def case(name, seed=0):
    height, width, boxes = CASES[name]
    return smooth(height, width, seed), box(height, width, *boxes)


def _encoder_decoder(cls, folder):
    return cls(checkpoint(folder, "full", 64), device="cpu")


def _nearest(cls, folder):
    pictures = folder / "pictures"
    pictures.mkdir()
    for i in range(5):
        Image.fromarray(smooth(50 + i, 70, 20 + i)).save(pictures / f"{i}.png")
    return cls(pictures, index=folder / "index", device="cpu")


BUILDERS = {"EncoderDecoder": _encoder_decoder, "NearestNeighbor": _nearest}


def build(name, folder):
    """The registered filler ``name``; without a builder here, with its defaults."""
    cls = FILLERS.get(name)
    return BUILDERS.get(name, lambda cls, folder: cls())(cls, folder)
