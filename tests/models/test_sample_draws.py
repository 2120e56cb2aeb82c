"""Random numbers of samples: of the right distribution, and of the sample alone."""

import math

import pytest
import torch

from ce_plugin.models.draws import (
    below,
    fresh_keys,
    keys_of,
    normal,
    random_bits,
    shuffled,
    uniform,
)
from ce_plugin.structures import PretextSample

MASK = 2**64 - 1


def split_mix(state: int) -> int:
    """SplitMix64 as published, in Python's integers."""
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    state = (state ^ (state >> 27)) * 0x94D049BB133111EB & MASK
    return state ^ (state >> 31)


def test_against_integers_of_any_size():
    keys = torch.tensor([0, 1, -5, 2**62])
    for stream in (0, 3):
        found = random_bits(keys, (2, 3), stream).flatten(1).tolist()
        for key, row in zip(keys.tolist(), found):
            start = split_mix(key + (stream + 1) * 0xD1B54A32D192ED03 & MASK)
            for i, value in enumerate(row, 1):
                wanted = split_mix(start + i * 0x9E3779B97F4A7C15 & MASK)
                assert value & MASK == wanted


def test_the_published_generator():
    """The first numbers of SplitMix64 from the seed 0."""
    first = [split_mix(i * 0x9E3779B97F4A7C15 & MASK) for i in (1, 2)]
    assert first == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4]


def test_distributions():
    keys = torch.arange(200)
    x = uniform(keys, (50, 20), 0)
    assert x.min() >= 0 and x.max() < 1 and x.dtype == torch.float32
    assert x.mean() == pytest.approx(0.5, abs=0.003)
    assert x.var() == pytest.approx(1 / 12, abs=0.001)
    counts = torch.histc(x, 64, 0, 1)
    # Chi squared with 63 degrees of freedom: mean 63, deviation 11.
    assert ((counts - 3125).square() / 3125).sum() < 63 + 5 * 11
    z = normal(keys, (1000,), 0)
    assert torch.isfinite(z).all()
    assert z.mean() == pytest.approx(0, abs=0.01)
    assert z.std() == pytest.approx(1, abs=0.01)
    assert (z.abs() > 1.959964).float().mean() == pytest.approx(0.05, abs=0.003)
    assert normal(torch.arange(2**15), (64,), 0).abs().max() > 4.5


def test_numbers_of_neighbours_have_nothing_in_common():
    """Neighbouring keys, streams and places."""
    one = uniform(torch.arange(1000), (1000,), 0) - 0.5
    others = [
        uniform(torch.arange(1, 1001), (1000,), 0) - 0.5,
        uniform(torch.arange(1000), (1000,), 1) - 0.5,
        one.roll(1, 1),
        one.T,
    ]
    for other in others:
        shared = (one * other).mean() * 12
        assert abs(shared) < 5 / math.sqrt(one.numel())


def test_whole_numbers():
    x = below(torch.arange(5000), (7,), 0, limit=5)
    counts = torch.bincount(x.flatten(), minlength=5)
    assert len(counts) == 5 and (counts - 7000).abs().max() < 5 * 7000**0.5
    limits = torch.tensor([1, 2, 50_000])
    x = below(torch.arange(2000), (3,), 0, limit=limits)
    assert (x >= 0).all() and (x < limits).all()
    assert x[:, 1].unique().tolist() == [0, 1] and x[:, 2].max() > 49_000


def test_orders():
    orders = shuffled(torch.arange(4000), 4, 0)
    assert (orders.sort(1).values == torch.arange(4)).all()
    seen, counts = orders.unique(dim=0, return_counts=True)
    assert len(seen) == 24 and (counts - 4000 / 24).abs().max() < 5 * 13


def test_a_samples_numbers_are_its_own():
    keys = fresh_keys(6)
    whole = uniform(keys, (3,), 2)
    assert torch.equal(uniform(keys[4:], (3,), 2), whole[4:])


def test_keys():
    keys = torch.tensor([4, 5])
    assert torch.equal(keys_of(PretextSample(key=keys), 2, "cpu"), keys)
    torch.manual_seed(0)
    first = keys_of(None, 3, "cpu")
    torch.manual_seed(0)
    assert torch.equal(keys_of(PretextSample(), 3, "cpu"), first)
    assert len(first.unique()) == 3
