"""Fixtures of several tests: shards' pictures and index, and a mask of noise."""

import numpy as np
import pytest
from noise_case import NoiseForTest
from PIL import Image

from ce_plugin.datasets import scan as index
from ce_plugin.registry import MASKS


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Where the index of shards is kept, however few their pictures are."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(index, "FEWEST_KEPT", 10)
    return tmp_path / "cache" / "ce_plugin" / "shards"


@pytest.fixture
def folder(tmp_path):
    """Pictures of noise in three folders, one with a name too long for tar's header."""
    root = tmp_path / "pictures"
    rng = np.random.default_rng(0)
    for i in range(40):
        path = (
            root / f"class{i % 3}" / (f"{i:03d}" + "ä" * (60 if i == 7 else 1) + ".png")
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = rng.integers(0, 256, (24, 20, 3), dtype=np.uint8)
        Image.fromarray(noise).save(path)
    (root / "notes.txt").write_text("no picture")
    return root


@pytest.fixture(scope="module")
def noise_mask():
    """``NoiseForTest`` can be named in a config."""
    MASKS.register_module(module=NoiseForTest)
    yield
    MASKS.module_dict.pop("NoiseForTest")
