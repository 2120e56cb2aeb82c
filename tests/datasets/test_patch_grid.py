"""The nine patches of relative location: where they lie, and their colours."""

import pytest
import torch

from ce_plugin.datasets import RelativeLocationPatches
from ce_plugin.datasets.transforms.patch_grid import drop_colours, project_colours
from ce_plugin.errors import InputError


def coordinates(side):
    """A picture whose red is its row and whose green is its column."""
    rows = torch.arange(side, dtype=torch.uint8)
    return torch.stack(
        [rows[:, None].expand(side, side), rows.expand(side, side), rows.diag()]
    )


def whole(**kwargs):
    """The grid covers the whole picture: nothing is cropped or resized."""
    kwargs = dict(size=96, colour="keep", scale=(1.0, 1.0)) | kwargs
    return RelativeLocationPatches(**kwargs)


@pytest.mark.parametrize(
    ("size", "patch"), [(224, 74), (227, 75), (96, 32), (64, 32), (288, 96)]
)
def test_side_of_patches(size, patch):
    views = RelativeLocationPatches(size)(torch.zeros(3, 120, 90, dtype=torch.uint8))
    assert [tuple(view.shape) for view in views] == [(3, patch, patch)] * 9


def test_the_papers_numbers():
    """96 px patches, gaps of 48 px, jitter of 7 px: section 3."""
    transform = RelativeLocationPatches(288)
    assert (transform.patch, transform.gap, transform.jitter) == (96, 48, 7)
    given = RelativeLocationPatches(64, patch=96)
    assert (given.patch, given.gap, given.jitter) == (96, 48, 7)


def test_order_and_geometry():
    torch.manual_seed(0)
    transform = whole()
    assert (transform.gap, transform.jitter, transform.side) == (16, 2, 132)
    picture = coordinates(132)
    seen = set()
    for _ in range(50):
        views = transform(picture)
        corners = [tuple(view[:2, 0, 0].tolist()) for view in views]
        # The label of a neighbour is its place in the list.
        cells = [(1, 1), (0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1), (2, 2)]
        for (y, x), (row, column) in zip(corners, cells):
            dy, dx = y - 2 - row * 48, x - 2 - column * 48
            assert abs(dy) <= 2 and abs(dx) <= 2
            seen |= {("y", dy), ("x", dx)}
        for view, (y, x) in zip(views, corners):
            assert torch.equal(view, picture[:, y : y + 32, x : x + 32])
    assert seen == {(axis, shift) for axis in "xy" for shift in range(-2, 3)}


@pytest.mark.parametrize("gap", [0.25, 0.5])
def test_patches_never_touch(gap):
    """With as much jitter as may be."""
    torch.manual_seed(0)
    transform = whole(gap=gap, jitter=gap / 2)
    for _ in range(2000):
        corners = transform.corners().view(3, 3, 2)
        assert (corners[1:, :, 0] - corners[:-1, :, 0]).min() > 32
        assert (corners[:, 1:, 1] - corners[:, :-1, 1]).min() > 32
        assert corners.min() >= 0 and corners.max() + 32 <= transform.side


def test_a_dropped_colour_leaves_one_channel_and_faint_noise():
    torch.manual_seed(0)
    patch = torch.randint(0, 256, (3, 40, 40), dtype=torch.uint8)
    kept = set()
    for _ in range(30):
        dropped = drop_colours(patch)
        same = [torch.equal(dropped[i], patch[i]) for i in range(3)]
        assert sum(same) == 1
        kept.add(same.index(True))
        others = dropped[[i for i in range(3) if not same[i]]].float()
        # Deviation of the channel is about 74: that of the noise .74, and of rounding.
        assert others.mean() == pytest.approx(118, abs=0.1)
        assert 0.5 < others.std() < 1.1
    assert kept == {0, 1, 2}


def test_each_patch_loses_colours_of_its_own():
    torch.manual_seed(0)
    picture = torch.randint(0, 256, (3, 132, 132), dtype=torch.uint8)
    kept = [
        max(range(3), key=lambda i: view[i].float().std().item())
        for view in whole(colour="drop")(picture)
    ]
    assert len(set(kept)) > 1


def test_projection_takes_green_against_magenta_out():
    picture = torch.randint(60, 196, (3, 9, 9), dtype=torch.uint8)
    projected = project_colours(picture)
    axis = torch.tensor([-1.0, 2.0, -1.0])
    along = torch.tensordot(axis, projected.float(), dims=1)
    assert along.abs().max() <= 2  # rounding
    across = torch.tensor([[1.0, 1, 1], [1, 0, -1]])
    before = torch.tensordot(across, picture.float(), dims=1)
    after = torch.tensordot(across, projected.float(), dims=1)
    assert (before - after).abs().max() <= 1.5
    grey = torch.full((3, 4, 4), 77, dtype=torch.uint8)
    assert torch.equal(project_colours(grey), grey)
    patches = whole(colour="project")(picture.repeat(1, 15, 15)[:, :132, :132])
    assert torch.tensordot(axis, patches[3].float(), dims=1).abs().max() <= 2


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (dict(size=0), "whole number of pixels"),
        (dict(colour="grey"), "drop, project, keep"),
        (dict(jitter=0.3), "half of gap"),
        (dict(patch=0), "patch of RelativeLocationPatches"),
        (dict(scale=(0.0, 1.0)), "scale of RelativeLocationPatches"),
    ],
)
def test_bad_arguments(wrong, message):
    with pytest.raises(InputError, match=message):
        RelativeLocationPatches(**dict(size=96) | wrong)
