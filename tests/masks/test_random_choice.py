"""One of several generators for each picture."""

import numpy as np
import pytest

from ce_plugin.errors import InputError
from ce_plugin.masks import CenterRegion, Outpainting, RandomBlock, RandomChoice


def test_each_mask_is_one_of_its_generators_as_often_as_it_weighs():
    kinds = CenterRegion(), CenterRegion(overlap=4), CenterRegion(overlap=8)
    holes = [kind(64, 64, np.random.default_rng(0)).sum() for kind in kinds]
    masks, rng = RandomChoice(kinds, weights=(1, 2, 5)), np.random.default_rng(1)
    drawn = [masks(64, 64, rng).sum() for _ in range(4000)]
    assert set(drawn) == set(holes)
    shares = [drawn.count(hole) / len(drawn) for hole in holes]
    assert shares == pytest.approx([1 / 8, 2 / 8, 5 / 8], abs=0.025)


def test_the_chosen_one_goes_on_with_the_same_source():
    """Its draw is what it would be after one number."""
    rng, other = np.random.default_rng(3), np.random.default_rng(3)
    other.random()
    masks = RandomChoice([dict(type="RandomBlock")])
    assert np.array_equal(masks(96, 64, rng), RandomBlock()(96, 64, other))


@pytest.mark.parametrize(
    "arguments, said",
    [
        (dict(generators=[]), "a list of configs"),
        (dict(generators=3), "a list of configs"),
        (dict(generators="CenterRegion"), "a list of configs"),
        (dict(generators=["CenterRegion"]), r"a config, dict\(type=\.\.\.\), or built"),
        (dict(generators=[CenterRegion]), "or built, not <class"),
        (dict(generators=[dict(overlap=3)]), "no mask generator None; known are Brush"),
        (
            dict(generators=[dict(type="CentreRegion")]),
            "no mask generator CentreRegion; known are BrushStrokes, Center",
        ),
        (
            dict(generators=[dict(type="CenterRegion", overlapp=3)]),
            "CenterRegion: .*unexpected keyword argument 'overlapp'",
        ),
        (dict(generators=[Outpainting()], weights=[1, 2]), "1 generators but 2"),
        (dict(generators=[Outpainting()], weights=[0]), "weights must be"),
    ],
)
def test_wrong_arguments(arguments, said):
    with pytest.raises(InputError, match=said):
        RandomChoice(**arguments)
