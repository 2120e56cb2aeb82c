"""A sample's randomness is its own, and leaves no trace."""

import random

import numpy as np
import pytest
import torch

from ce_plugin.datasets.seeding import mask_rng, seeded


def draws():
    uniform = (*torch.rand(3).tolist(), random.random(), *np.random.rand(3))
    return (*uniform, np.random.randn())


def inside(seed, draw, index):
    with seeded(seed, draw, index):
        return draws()


def test_what_is_drawn_inside_depends_on_the_key_alone():
    first = inside(1, 2, 3)
    torch.rand(7), random.random(), np.random.randn()
    assert inside(1, 2, 3) == first


def test_every_part_of_the_key_matters():
    keys = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 2**40, 1)]
    values = [inside(*key) for key in keys]
    for position in range(len(values[0])):
        assert len({value[position] for value in values}) == len(keys)


@pytest.mark.parametrize("broken", [False, True])
def test_streams_outside_go_on_as_if_nothing_had_been_drawn(broken):
    def outside(between):
        torch.manual_seed(5), random.seed(5), np.random.seed(5)
        before = (torch.rand(1).item(), random.random(), np.random.rand())
        between()
        return before, torch.rand(1).item(), random.random(), np.random.rand()

    def between():
        try:
            with seeded(0, 0, 0):
                draws()
                if broken:
                    raise KeyError
        except KeyError:
            pass

    assert outside(between) == outside(lambda: None)


def test_a_generator_that_the_user_put_into_numpy_stays():
    before = np.random.get_bit_generator()
    mine = np.random.PCG64(3)
    try:
        np.random.set_bit_generator(mine)
        inside(0, 0, 0)
        assert np.random.get_bit_generator() is mine
    finally:
        np.random.set_bit_generator(before)


def test_mask_rng_is_a_stream_of_its_own_for_each_key():
    keys = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]
    values = [int(mask_rng(*key).integers(2**62)) for key in keys]
    assert values == [int(mask_rng(*key).integers(2**62)) for key in keys]
    assert len(set(values)) == len(keys)
    assert values[0] != int(np.random.default_rng((0, 0, 0)).integers(2**62))
