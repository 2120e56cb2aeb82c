"""Through mmengine's loader: neither workers nor a resumed start change a bit."""

import copy
import warnings
from itertools import islice

import pytest
import torch
from mmengine.runner import Runner

from ce_plugin.datasets import sampler as sampler_module

CONFIG = dict(
    batch_size=4,
    drop_last=True,
    collate_fn=dict(type="ce_plugin.collate_samples"),
    sampler=dict(type="ce_plugin.SeededSampler"),
    dataset=dict(
        type="ce_plugin.Pictures",
        split="train",
        seed=7,
        transforms=[
            dict(type="RandomResizedCrop", size=24),
            dict(type="ColorJitter", brightness=0.5, hue=0.1),
            dict(type="RandomHorizontalFlip"),
        ],
        mask=dict(type="RandomBlock"),
    ),
)


def loader_of(workers=0, **changes):
    config = copy.deepcopy(CONFIG) | dict(num_workers=workers) | changes
    if workers:
        config["persistent_workers"] = True
    return Runner.build_dataloader(config, seed=7)


def take(loader, count):
    batches = []
    for batch in islice(loader, count):
        sample = batch["data_samples"]
        key = list(zip(sample.index, sample.draw))
        batches.append((key, batch["inputs"].clone(), sample.mask.clone()))
    return batches


def assert_same(a, b):
    assert len(a) == len(b)
    for (key_a, inputs_a, mask_a), (key_b, inputs_b, mask_b) in zip(a, b):
        assert key_a == key_b
        assert torch.equal(inputs_a, inputs_b)
        assert torch.equal(mask_a, mask_b)


@pytest.fixture(scope="module")
def expected():
    return take(loader_of(), 6)


def test_a_batch_is_what_the_design_says(expected):
    _, inputs, mask = expected[0]
    assert inputs.shape == (4, 3, 24, 24)
    assert inputs.dtype == torch.uint8
    assert mask.shape == (4, 1, 24, 24)
    assert mask.dtype == torch.bool
    assert len({key for keys, _, _ in expected for key in keys}) == 24
    assert {draw for keys, _, _ in expected for _, draw in keys} == {0, 1, 2, 3}
    assert not torch.equal(mask[0], mask[1])


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_change_nothing(expected, workers):
    loader = loader_of(workers)
    torch.manual_seed(workers)
    assert_same(take(loader, 6), expected)
    assert_same(take(loader, 2), expected[:2])  # and again, by the same workers


@pytest.mark.parametrize("workers", [0, 1])
def test_a_resumed_stream_goes_on(expected, workers):
    loader = loader_of(workers)
    loader.sampler.start = 3 * loader.batch_size
    assert_same(take(loader, 3), expected[3:])


def test_two_processes_see_what_one_sees(expected, monkeypatch):
    parts = []
    for rank in range(2):
        monkeypatch.setattr(sampler_module, "get_dist_info", lambda r=rank: (r, 2))
        parts.append(take(loader_of(batch_size=2), 6))
    for (keys, inputs, mask), *halves in zip(expected, *parts):
        joined = {key: (x, m) for ks, xs, ms in halves for key, x, m in zip(ks, xs, ms)}
        assert sorted(joined) == sorted(keys)
        for key, x, m in zip(keys, inputs, mask):
            assert torch.equal(joined[key][0], x)
            assert torch.equal(joined[key][1], m)


def test_a_sample_can_be_drawn_again(expected):
    keys, inputs, mask = expected[4]
    again = loader_of().dataset[keys[2]]
    assert torch.equal(again["inputs"], inputs[2])
    assert torch.equal(again["data_samples"].mask, mask[2])


def test_with_validation_the_plain_sampler_serves():
    loader = loader_of(
        sampler=dict(type="DefaultSampler", shuffle=False),
        dataset=CONFIG["dataset"] | dict(split="val", crops_per_picture=3),
        drop_last=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = take(loader, 99), take(loader, 99)
    assert sum(len(keys) for keys, _, _ in first) == 21
    assert_same(first, second)
