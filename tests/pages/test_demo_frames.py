"""The page's server: files whose later frames are larger than the first."""

import numpy as np
import picture_cases as cases
import pytest
from demo_case import client, send
from PIL import Image

from ce_plugin.pages.demo import Limits

SMALL, LARGE = np.zeros((8, 8), np.uint8), np.zeros((1200, 1000), np.uint8)


def tiff():
    pages = [Image.fromarray(LARGE)] * 2
    return cases.pil(SMALL, "TIFF", save_all=True, append_images=pages)


def gif():
    """The second frame makes the picture wider than the header says."""
    small, large = cases.pil(SMALL, "GIF"), cases.pil(LARGE, "GIF")
    frame = large[large.index(b"\x2c\0\0\0\0") :]
    return small[:-1] + frame


@pytest.mark.parametrize("make", [tiff, gif])
def test_each_frame_counts_by_its_own_size(make, monkeypatch):
    data, decoded, load = make(), [], Image.Image.load
    monkeypatch.setattr(
        Image.Image, "load", lambda image: decoded.append(image.size) or load(image)
    )
    tight, wide = (client(limits=Limits(megapixels=most)) for most in (1, 3))
    answer = send(tight, "/open", None, picture=data)
    said = answer.get_json()["error"]
    assert answer.status_code == 413 and "more than 1 megapixels in all" in said
    assert (1000, 1200) not in decoded
    assert send(wide, "/open", None, picture=data).status_code == 200
    assert (1000, 1200) in decoded
