"""The membrane is Laplace's, and no edge shows."""

import numpy as np
import pytest
from scenes import holes, scene

from ce_plugin.inpainting import blend as module
from ce_plugin.inpainting.blend import blend, solve_membrane


def dense_laplace(values, rim, inside):
    """Each unknown is the mean of the neighbours that there are, in full matrices."""
    places = [tuple(p) for p in np.argwhere(inside)]
    system = np.zeros((len(places), len(places)))
    right = np.zeros((len(places), len(values)))
    for i, (y, x) in enumerate(places):
        for near in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            if near in places:
                system[i, places.index(near)] -= 1
                system[i, i] += 1
            elif 0 <= near[0] < inside.shape[0] and 0 <= near[1] < inside.shape[1]:
                assert rim[near]
                right[i] += values[(slice(None), *near)]
                system[i, i] += 1
    out = np.where(rim, values, 0.0)
    out[:, inside] = np.linalg.solve(system, right).T
    return out


def rim_of(inside):
    rim = np.zeros_like(inside)
    for y, x in np.argwhere(inside):
        for near in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            if 0 <= near[0] < inside.shape[0] and 0 <= near[1] < inside.shape[1]:
                rim[near] |= not inside[near]
    return rim


@pytest.mark.parametrize("shape", ["inner", "border", "two parts"])
def test_against_dense_laplace(shape):
    inside = np.zeros((14, 17), bool)
    inside[3:9, 4:12] = True
    inside[5:7, 6:8] = False
    if shape == "border":
        inside[:5, 10:] = True
    if shape == "two parts":
        inside[10:, :3] = True
    rim = rim_of(inside)
    values = np.random.default_rng(0).normal(size=(3, 14, 17)).astype(np.float32)
    found = solve_membrane(values, rim, inside)
    expected = dense_laplace(values, rim, inside)
    np.testing.assert_allclose(found[:, inside], expected[:, inside], atol=1e-5)


@pytest.mark.parametrize("shape", ["center", "border", "blobs"])
def test_a_constant_offset_goes_and_equal_pictures_stay(shape):
    picture, hole = scene(0), holes()[shape]
    inner = np.uint8(40 + picture * 0.6)
    lighter, darker = inner + 30, inner - 30
    shifted = np.where(hole[..., None], 0, inner).astype(np.uint8)
    for patch in (lighter, darker, inner):
        assert np.array_equal(blend(shifted, patch, hole), inner)


def test_a_large_hole_is_solved_coarse_to_fine(monkeypatch):
    """As directly, exact at the rim; an offset still goes without a trace."""
    rows, columns = np.mgrid[:150, :170]
    hole = (rows - 70) ** 2 + (columns - 90) ** 2 < 68**2
    hole[:20, 80:100] = True  # up to the border
    rim = rim_of(hole)
    values = np.float32([np.sin(rows / 20), np.cos(columns / 15), rows / 100]) * 60
    values[:, ~rim] = 0
    direct = solve_membrane(values, rim, hole)
    picture, patch = scene(1, 150, 170), scene(2, 150, 170)
    monkeypatch.setattr(module, "_DIRECT", 500)
    coarse = solve_membrane(values, rim, hole)
    assert np.array_equal(coarse[:, rim], values[:, rim])
    error = np.abs(coarse - direct)[:, hole]
    assert error.mean() < 1 and error.max() < 5
    lighter = np.uint8(patch // 2 + 40)
    assert np.array_equal(blend(lighter - 20, lighter, hole), lighter - 20)
    assert np.array_equal(blend(picture, patch, hole)[~hole], picture[~hole])


def test_no_edge_at_the_rim():
    """The step over the rim becomes the patch's own."""
    picture, patch, hole = scene(1), scene(2) // 2 + 60, holes()["center"]
    picture = picture // 2 + 60

    def step(filled):
        along = np.diff(filled.astype(int), axis=1)
        crossing = hole[:, 1:] != hole[:, :-1]
        return np.abs(along[crossing]).mean()

    pasted = np.where(hole[..., None], patch, picture)
    assert step(pasted) > 15
    assert step(blend(picture, patch, hole)) < step(patch) + 3


def test_many_specks_are_as_each_alone(monkeypatch):
    picture, patch = scene(3), scene(4)
    hole = np.random.default_rng(0).random(picture.shape[:2]) < 0.2
    together = blend(picture, patch, hole)
    monkeypatch.setattr(module, "_DIRECT", 60)
    sizes, solve = [], module.solve_membrane

    def spy(values, rim, inside):
        sizes.append(inside.sum())
        return solve(values, rim, inside)

    monkeypatch.setattr(module, "solve_membrane", spy)
    difference = np.abs(blend(picture, patch, hole) - together.astype(int))
    # Means of two or four values often lie half way between two levels.
    assert difference.max() <= 1 and (difference > 0).mean() < 0.001
    assert np.mean(sizes) > 30 and max(sizes) <= 60  # so all are solved directly
