"""The photographs that other packages bring: seven, in colour, split by regions."""

import os
import subprocess
import sys

import numpy as np
import pytest

from ce_plugin.datasets import BundledPhotos, bundled
from ce_plugin.errors import InputError


def test_bundled_photos_are_seven_colour_photographs():
    data = BundledPhotos()
    assert len(data) == 7
    for i in range(7):
        picture = data[i]["inputs"].float()
        assert min(picture.shape[1:]) >= 300
        # Colour: channels differ. A photograph: many levels, and none of them fills
        # much of it, as the background of a drawing does.
        assert (picture[0] - picture[2]).abs().mean() > 10
        values = picture[1].flatten().byte().bincount(minlength=256)
        assert values.max() < 0.12 * values.sum()
        assert (values > 0).sum() > 150
    assert "motorcycle_right.png" not in data.names


@pytest.mark.slow
def test_bundled_photos_import_neither_package():
    code = (
        "import sys; from ce_plugin.datasets import BundledPhotos; BundledPhotos(); "
        "print([m for m in ('skimage', 'sklearn', 'scipy') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("module", ["skimage", "sklearn"])
def test_bundled_photos_without_a_package(monkeypatch, module):
    found = bundled.find_spec
    monkeypatch.setattr(
        bundled, "find_spec", lambda name: None if name == module else found(name)
    )
    package = {"skimage": "scikit-image", "sklearn": "scikit-learn"}[module]
    with pytest.raises(InputError, match=f"pip install {package}"):
        BundledPhotos()


def test_bundled_photos_are_split_by_region_and_described_alike():
    train, val = BundledPhotos(split="train"), BundledPhotos(split="val")
    assert len(train) == len(val) == 7
    assert train.split_by == "regions"
    info = train.metainfo["data"]
    assert info["fingerprint"] == val.metainfo["data"]["fingerprint"]
    assert os.sep + "site-packages" not in str(info)
    whole = BundledPhotos()
    for i in range(7):
        wide = whole[i]["inputs"]
        left, right = train[i]["inputs"], val[i]["inputs"]
        np.testing.assert_array_equal(np.concatenate([left, right], axis=2), wide)
