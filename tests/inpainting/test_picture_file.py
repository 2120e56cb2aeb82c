"""Every kind of file comes back as it came, but for the hole."""

import numpy as np
import picture_cases as cases
import pytest

from ce_plugin.inpainting import InpaintingInferencer

COLOUR = (201, 30, 99)


@pytest.fixture(scope="module")
def fill():
    return InpaintingInferencer("constant", show_progress=False, colour=COLOUR)


def outside_of(before, after, hole):
    """Whether two lists of frames are bit-equal outside a hole."""
    assert len(before) == len(after)
    for one, other in zip(before, after):
        assert one.dtype == other.dtype and one.shape == other.shape
        here = np.zeros(one.shape[:2], bool)
        here[: hole.shape[0], : hole.shape[1]] = hole[: len(here), : here.shape[1]]
        # Bytes, so that no number that is none hides a difference.
        assert one[~here].tobytes() == other[~here].tobytes()
        assert one[here].tobytes() != other[here].tobytes()


@pytest.mark.parametrize("kind", cases.CASES)
def test_outside_the_hole_all_bits_are_kept(fill, tmp_path, kind):
    ending, make, written, mode = cases.CASES[kind]
    data = make()
    source = tmp_path / f"in{ending}"
    source.write_bytes(data)
    (found,) = fill(source, [(9, 6, 20, 14)], out_dir=tmp_path / "out")["predictions"]
    path = tmp_path / "out" / f"in{written}"
    assert found["path"] == str(path)
    result = path.read_bytes()
    before, after = cases.decode(data), cases.decode(result)
    outside_of(before, after, cases.hole())
    assert cases.mode_of(result) == mode
