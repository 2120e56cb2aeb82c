"""The README's picture of filled holes is made by the commands above it."""

import sys

import numpy as np
import pytest
from fillers_case import checkpoint
from PIL import Image
from runs import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
from figures import filled_holes as figure


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_commands_of_the_readme_make_its_picture(tmp_path):
    network = checkpoint(tmp_path, "full", 64)
    figure.run(network, tmp_path / "work")
    sheet = figure.figure(tmp_path / "work")
    with Image.open(figure.PICTURE) as shown:
        assert shown.size == sheet.size
    # Holes are pink, and nowhere else is anything.
    pink = (np.array(sheet) == figure.HOLE).all(axis=2)
    step = figure.SIDE + figure.GAP
    assert pink[:, : figure.SIDE].mean() > 0.05 and not pink[:, step:].any()
    assert (tmp_path / "work" / "gallery.html").stat().st_size > 100_000
