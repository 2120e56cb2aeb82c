"""Samples become a batch, or a line that says why not."""

from functools import partial

import pytest
import torch
from torch.utils.data import DataLoader

from ce_plugin.datasets import BundledPhotos, collate_samples
from ce_plugin.errors import InputError
from ce_plugin.registry import FUNCTIONS
from ce_plugin.structures import PretextSample


def sample(value, size=(4, 6), views=None):
    picture = torch.full((3, *size), value, dtype=torch.uint8)
    data = PretextSample(metainfo=dict(path=f"{value}.png", index=value))
    data.mask = torch.full((1, *size), value % 2 == 1)
    inputs = picture if views is None else [picture + i for i in range(views)]
    return dict(inputs=inputs, data_samples=data)


def test_registered_under_its_name():
    assert FUNCTIONS.get("ce_plugin.collate_samples") is collate_samples


def test_a_config_inherited_from_another_package():
    """mmengine leaves ``_scope_`` in it."""
    cfg = dict(type="ce_plugin.collate_samples", _scope_="ce_plugin")
    function = FUNCTIONS.get(cfg.pop("type"))
    (batch,) = DataLoader([sample(1)], collate_fn=partial(function, **cfg))
    assert len(batch["inputs"]) == 1


def test_batch():
    batch = collate_samples([sample(1), sample(2)])
    assert batch["inputs"].dtype == torch.uint8
    assert batch["inputs"].is_contiguous()
    assert batch["inputs"][:, 0, 0, 0].tolist() == [1, 2]
    assert batch["data_samples"].mask.shape == (2, 1, 4, 6)
    assert batch["data_samples"].path == ["1.png", "2.png"]
    assert [s.index for s in batch["data_samples"].unstack()] == [1, 2]


def test_views():
    batch = collate_samples([sample(1, views=2), sample(5, views=2)])
    assert [view[:, 0, 0, 0].tolist() for view in batch["inputs"]] == [[1, 5], [2, 6]]


def test_different_numbers_of_views():
    with pytest.raises(InputError, match="numbers of views"):
        collate_samples([sample(1, views=2), sample(5, views=3)])


def test_different_sizes_name_the_remedy():
    with pytest.raises(InputError, match=r"4x6 and 5x6.*crop of fixed size"):
        collate_samples([sample(1), sample(2, size=(5, 6)), sample(3)])


@pytest.mark.parametrize("workers", [0, 1])
def test_the_users_mistake_comes_out_of_a_worker(workers):
    data = BundledPhotos(transforms=[dict(type="ShortSideResize", size=32)])
    loader = DataLoader(data, 7, num_workers=workers, collate_fn=collate_samples)
    with pytest.raises(InputError, match="crop of fixed size"):
        next(iter(loader))
