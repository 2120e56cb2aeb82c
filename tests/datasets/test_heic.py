"""HEIC is read with the package for it, which is named where it is missing."""

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.io import write_file
from values_case import shown

from ce_plugin.datasets import ImageFolder
from ce_plugin.datasets.decoding.decode import BadPicture


def test_heic(tmp_path):
    heif = pytest.importorskip("pillow_heif")
    rgb = np.full((48, 64, 3), (200, 60, 30), np.uint8)
    heif.from_pillow(Image.fromarray(rgb)).save(tmp_path / "A.HEIC", quality=95)
    data = ImageFolder(str(tmp_path))
    got = data[0]["inputs"].permute(1, 2, 0).numpy()
    assert got.shape == (48, 64, 3) and np.abs(got.astype(int) - rgb).max() < 12


def test_heic_without_its_package(tmp_path, monkeypatch):
    write_file(
        str(tmp_path / "a.heic"),
        torch.frombuffer(
            bytearray(b"\0\0\0\x1cftypheic" + bytes(40)), dtype=torch.uint8
        ),
    )
    monkeypatch.setitem(__import__("sys").modules, "pillow_heif", None)
    monkeypatch.delitem(Image.OPEN, "HEIF", raising=False)
    with pytest.raises(BadPicture, match=r"pip install 'ce_plugin\[pictures\]'"):
        shown(tmp_path / "a.heic")
