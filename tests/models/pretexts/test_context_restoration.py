"""Context restoration: which patches change places, and that nothing else does."""

import itertools

import pytest
import torch
import torch.nn.functional as F
from models.pretext_cases import PAINTS, plain
from tiny import build_model

from ce_plugin.errors import InputError
from ce_plugin.models.draws import below, fresh_keys
from ce_plugin.models.pretexts.patch_swaps import (
    poisson_pairs,
    swapped_places,
    uniform_pairs,
)


def restoration(**kwargs):
    return build_model(dict(type="ContextRestoration") | PAINTS | kwargs).eval()


def numbered(n, height, width):
    """Pictures in which every pixel has a number of its own."""
    flat = torch.arange(n * height * width, dtype=torch.float32)
    return flat.view(n, 1, height, width).expand(-1, 3, -1, -1)


def swap_by_hand(picture, first, second, patch):
    picture = picture.clone()
    for (y, x), (v, u) in zip(first.tolist(), second.tolist()):
        one = picture[:, y : y + patch, x : x + patch].clone()
        picture[:, y : y + patch, x : x + patch] = picture[
            :, v : v + patch, u : u + patch
        ]
        picture[:, v : v + patch, u : u + patch] = one
    return picture


@pytest.mark.parametrize("placing", [uniform_pairs, poisson_pairs])
@pytest.mark.parametrize(("height", "width"), [(40, 40), (32, 56)])
def test_swaps_equal_those_by_hand(placing, height, width):
    torch.manual_seed(0)
    patch, n = 5, 6
    free = (height - patch + 1, width - patch + 1)
    first, second = placing(fresh_keys(n), 7, free, patch)
    source = swapped_places(first, second, patch, height, width)
    pictures = numbered(n, height, width)
    for i, picture in enumerate(pictures):
        found = picture.flatten(1)[:, source[i]].view_as(picture)
        assert torch.equal(found, swap_by_hand(picture, first[i], second[i], patch))


@pytest.mark.parametrize(("rows", "columns", "patch"), [(7, 9, 3), (6, 6, 3)])
def test_uniform_places_are_all_that_leave_the_first_untouched(rows, columns, patch):
    torch.manual_seed(0)
    n = 40_000
    pairs = uniform_pairs(fresh_keys(n), 1, (rows, columns), patch)
    first, second = (corners[:, 0] for corners in pairs)
    counts = torch.bincount(first[:, 0] * columns + first[:, 1])
    mean = n / (rows * columns)
    assert len(counts) == rows * columns
    assert (counts - mean).abs().max() < 5 * mean**0.5
    for y, x in itertools.product(range(rows), range(columns)):
        given = second[(first == torch.tensor([y, x])).all(1)]
        allowed = {
            (v, u)
            for v, u in itertools.product(range(rows), range(columns))
            if abs(v - y) >= patch or abs(u - x) >= patch
        }
        seen, counts = given.unique(dim=0, return_counts=True)
        assert {tuple(corner) for corner in seen.tolist()} == allowed
        mean = len(given) / len(allowed)
        assert (counts - mean).abs().max() < 5 * mean**0.5 + 1


@pytest.mark.parametrize("side", [32, 96, 224])
def test_poisson_disc_distances(side):
    torch.manual_seed(0)
    patch, n = side // 8, 32
    free = (side - patch + 1,) * 2
    pairs = poisson_pairs(fresh_keys(n), 8, free, patch)
    corners = torch.stack(pairs, 2).flatten(1, 2)
    assert corners.min() >= 0 and corners.max() <= side - patch
    for places in corners.double():
        apart = torch.cdist(places, places)[~torch.eye(16, dtype=torch.bool)]
        # At a quarter of the area all 16 patches find a place.
        assert apart.min() >= 2**0.5 * patch - 1e-9
    source = swapped_places(*pairs, patch, side, side)
    changed = (source != torch.arange(side * side)).sum(1)
    assert (changed == 16 * patch**2).all()


def test_poisson_discs_are_those_of_darts_thrown_one_by_one():
    keys = torch.arange(3)
    first, second = poisson_pairs(keys, 4, (29, 33), 4)
    darts = [below(keys, (1024,), stream=i, limit=(29, 33)[i]) for i in range(2)]
    darts = torch.stack(darts, -1)
    for i in range(3):
        kept = []
        for y, x in darts[i].tolist():
            if all((y - v) ** 2 + (x - u) ** 2 >= 32 for v, u in kept):
                kept.append((y, x))
        found = torch.stack([first[i], second[i]], 1).flatten(0, 1)
        assert [tuple(corner) for corner in found.tolist()] == kept[:8]


def test_where_no_place_is_left_the_rest_is_left_out():
    torch.manual_seed(0)
    first, second = poisson_pairs(fresh_keys(4), 40, (25, 25), 8)
    swapped = (first != second).any(-1)
    assert swapped[:, 0].all() and not swapped[:, -1].any()
    for i in range(4):
        corners = torch.stack([first[i], second[i]], 1)[swapped[i]].flatten(0, 1)
        apart = torch.pdist(corners.double())
        assert apart.min() >= 8 * 2**0.5 - 1e-9
    source = swapped_places(first, second, 8, 32, 32)
    assert ((source != torch.arange(1024)).sum(1) == swapped.sum(1) * 128).all()


@pytest.mark.parametrize("placement", ["uniform", "poisson"])
def test_pixels_are_moved_and_nothing_else_changes(placement):
    model = restoration(placement=placement)
    assert model.pairs == 8
    torch.manual_seed(0)
    pictures = numbered(8, 32, 32)
    moved, mask = model.corrupt(pictures)
    assert torch.equal(moved[:, :1] != pictures[:, :1], mask)
    assert torch.equal(moved[:, 0], moved[:, 2])
    # Every pixel is still there, once, in its own picture.
    ordered = moved[:, 0].flatten(1).sort(dim=1).values
    assert torch.equal(ordered, pictures[:, 0].flatten(1))
    share = mask.float().mean(dim=(1, 2, 3))
    if placement == "poisson":
        assert (share == 0.25).all()
    else:
        assert (share <= 0.25).all() and share.mean() > 0.18
    assert len({tuple(m.flatten().tolist()) for m in mask}) == 8


@pytest.mark.parametrize("region", ["full", "hole"])
def test_the_loss_wants_the_picture_back(region):
    loss = dict(type="ReconstructionLoss", region=region)
    model = restoration(reconstruction=loss)
    x = model.data_preprocessor(plain(4, 0))["inputs"]
    torch.manual_seed(1)
    found = model.loss(x)["loss_reconstruction"].item()
    torch.manual_seed(1)
    moved, mask = model.corrupt(x)
    error = F.mse_loss(model.reconstruct(moved), x, reduction="none")
    counted = mask.expand_as(x) if region == "hole" else torch.ones_like(x).bool()
    assert found == pytest.approx(error[counted].mean().item(), rel=1e-5)


@pytest.mark.parametrize("placement", ["uniform", "poisson"])
def test_draws_follow_the_seed_and_evaluation_repeats_itself(placement):
    model, pictures = restoration(placement=placement), numbered(2, 32, 32)
    found = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        found.append(model.corrupt(pictures)[0])
    assert torch.equal(found[0], found[1]) and not torch.equal(found[0], found[2])
    one, two = (model.test_step(plain(2, 0))[0] for _ in range(2))
    assert torch.equal(one.input, two.input)
    assert not torch.equal(one.input, one.target)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (dict(placement="grid"), "'uniform' or 'poisson'"),
        (dict(patch=0.5), "at most 1/3"),
        (dict(share=0), "above 0"),
        (dict(placement="poisson", share=0.4), "share is at most 0.3"),
    ],
)
def test_bad_arguments(wrong, message):
    with pytest.raises(InputError, match=message):
        restoration(**wrong)


def test_pictures_smaller_than_patches():
    with pytest.raises(InputError, match="less than one"):
        restoration().corrupt(torch.zeros(1, 3, 7, 9))


def test_the_largest_patch_leaves_room_for_its_partner():
    model = restoration(patch=1 / 3, share=1.0)
    torch.manual_seed(0)
    for side in (3, 8, 32):
        _, mask = model.corrupt(numbered(64, side, side))
        assert mask.flatten(1).any(1).all()
