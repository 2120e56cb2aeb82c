"""Losses without waits are lightly's: value, gradient and queue."""

import pytest
import torch
from lightly import loss as theirs
from lightly.models.modules.memory_bank import MemoryBankModule

from ce_plugin.errors import InputError
from ce_plugin.models.losses import NTXentLoss, VICRegLoss
from ce_plugin.models.queue import Queue


def views(batch=6, channels=8, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    made = torch.randn(2, batch, channels, generator=generator, dtype=dtype)
    return [view.requires_grad_() for view in made.unbind()]


def compare(ours, reference, seed=0):
    found = []
    for loss in (ours, reference):
        pair = views(seed=seed)
        value = loss(*pair)
        value.backward()
        found.append((value, *(view.grad for view in pair)))
    for one, other in zip(*found):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_views_of_a_batch(temperature):
    compare(NTXentLoss(temperature), theirs.NTXentLoss(temperature))


def test_with_a_queue():
    ours = NTXentLoss(0.2, (16, 8)).double()
    lightly = theirs.NTXentLoss(0.2, (16, 8)).double()
    lightly.memory_bank.bank.copy_(ours.memory_bank.bank)
    for step in range(5):
        compare(ours, lightly, seed=step)
        for name in ("bank", "bank_ptr"):
            one = getattr(ours.memory_bank, name)
            assert torch.equal(one, getattr(lightly.memory_bank, name)), step
    before = ours.memory_bank.bank.clone()
    ours(*[view.detach() for view in views()])
    assert torch.equal(ours.memory_bank.bank, before)


@pytest.mark.parametrize("batch", [1, 3, 4, 8, 11])
def test_the_ring(batch):
    """Also where a batch ends with the ring, or is longer."""
    ours, lightly = Queue(8, 4), MemoryBankModule((8, 4))
    lightly.bank.copy_(ours.bank)
    for step in range(9):
        new = torch.full((batch, 4), float(step)) + torch.arange(batch)[:, None] / 100
        before = ours.read()
        assert torch.equal(before, lightly(new, update=True)[1].T)
        ours.push(new)
        assert torch.equal(ours.bank, lightly.bank), step
        assert torch.equal(ours.bank_ptr, lightly.bank_ptr), step
        assert not torch.equal(before, ours.bank)


def test_a_queue_begins_with_directions_or_empty_and_is_saved():
    torch.manual_seed(0)
    full, empty = Queue(8, 4), Queue(8, 4, empty=True)
    assert full.bank.norm(dim=1) == pytest.approx(1)
    assert full.is_full() and not empty.is_full()
    empty.push(torch.ones(7, 4))
    assert not empty.is_full()
    empty.push(torch.ones(1, 4))
    assert empty.is_full()
    assert set(full.state_dict()) == {"bank", "bank_ptr"}
    empty.load_state_dict(Queue(8, 4, empty=True).state_dict())
    assert not empty.is_full()


def test_vicreg():
    compare(VICRegLoss(25, 25, 1), theirs.VICRegLoss(25, 25, 1))
    compare(VICRegLoss(3, 0.5, 7), theirs.VICRegLoss(3, 0.5, 7))


def test_a_temperature_of_none():
    with pytest.raises(InputError, match="temperature is above 0, not 0"):
        NTXentLoss(0)
