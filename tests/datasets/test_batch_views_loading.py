"""Views that the device finishes, through mmengine's loader: not a bit changes."""

import copy
from itertools import islice

import numpy as np
import pytest
import torch
from mmengine.runner import Runner

from ce_plugin.datasets import sampler as sampler_module
from ce_plugin.models.preprocessor import PicturePreprocessor

pytest.importorskip("lightly.transforms")

CONFIG = dict(
    batch_size=4,
    drop_last=True,
    collate_fn=dict(type="ce_plugin.collate_samples"),
    sampler=dict(type="ce_plugin.SeededSampler"),
    dataset=dict(
        type="ce_plugin.Pictures",
        seed=7,
        transforms=[dict(type="BatchViews", method="BYOL", size=24)],
    ),
)


def loader_of(workers: int = 0, **changes):
    config = copy.deepcopy(CONFIG) | dict(num_workers=workers) | changes
    return Runner.build_dataloader(config, seed=7)


def take(loader, count: int) -> list[dict]:
    """Batches: which samples, what is drawn for them, both crops, both views."""
    taken = []
    for batch in islice(loader, count):
        samples = batch["data_samples"]
        crops = torch.stack(batch["inputs"], dim=1).clone()
        views = torch.stack(PicturePreprocessor()(batch)["inputs"], dim=1)
        keys = list(zip(samples.index, samples.draw))
        taken.append(dict(keys=keys, draws=samples.jitter, crops=crops, views=views))
    return taken


def assert_same(a: list[dict], b: list[dict]) -> None:
    assert len(a) == len(b) > 0
    for one, two in zip(a, b):
        assert one["keys"] == two["keys"]
        assert np.array_equal(one["draws"], two["draws"])
        assert torch.equal(one["crops"], two["crops"])
        assert torch.equal(one["views"], two["views"])


@pytest.fixture(scope="module")
def expected() -> list[dict]:
    return take(loader_of(), 6)


def test_a_batch_is_bytes_and_draws(expected):
    batch = expected[0]
    assert batch["crops"].dtype == torch.uint8
    assert batch["crops"].shape == batch["views"].shape == (4, 2, 3, 24, 24)
    assert np.stack(batch["draws"]).shape == (4, 2, 10)
    rows = {row.tobytes() for b in expected for draw in b["draws"] for row in draw}
    assert len(rows) > 40, "each has its own, but those to which nothing happens"


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_change_nothing(expected, workers):
    torch.manual_seed(workers)
    assert_same(take(loader_of(workers), 6), expected)


def test_a_resumed_stream_goes_on(expected):
    loader = loader_of()
    loader.sampler.start = 3 * loader.batch_size
    assert_same(take(loader, 3), expected[3:])


def test_two_processes_see_what_one_sees(expected, monkeypatch):
    parts = []
    for rank in range(2):
        monkeypatch.setattr(sampler_module, "get_dist_info", lambda r=rank: (r, 2))
        parts.append(take(loader_of(batch_size=2), 6))
    for whole, *halves in zip(expected, *parts):
        for place, key in enumerate(whole["keys"]):
            (half,) = (h for h in halves if key in h["keys"])
            there = half["keys"].index(key)
            assert np.array_equal(half["draws"][there], whole["draws"][place])
            apart = half["views"][there] - whole["views"][place]
            assert apart.abs().max() < 1e-4, "in other company"
