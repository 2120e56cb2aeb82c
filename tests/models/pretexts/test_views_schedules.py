"""Tasks that compare views: what is held, warmed up or waited for at first."""

import pytest
import torch
import torch.nn.functional as F
from models.pretext_cases import CROPS
from models.pretexts.views_case import build, inputs_of

from ce_plugin.errors import InputError

pytest.importorskip("lightly.loss")
pytest.importorskip("lightly.models.utils")


@pytest.mark.parametrize(
    "name, held", [("SwAV", "prototypes."), ("DINO", "head.last_layer.")]
)
def test_the_last_layer_is_held_at_first(name, held):
    model = build(name, frozen=0.5)
    views = inputs_of(model, CROPS)
    for progress, learns in ((0.0, False), (0.49, False), (0.5, True)):
        model.zero_grad()
        model.progress = progress
        sum(model.loss(views).values()).backward()
        grads = {k: p.grad for k, p in model.named_parameters() if p.requires_grad}
        held_ones = [v for k, v in grads.items() if k.startswith(held)]
        assert held_ones and all(bool(v.any()) == learns for v in held_ones)
        for key in ("head.layers.0.weight", "backbone.net.model.conv1.weight"):
            assert grads[key].any(), key


@pytest.mark.parametrize(
    "name, key", [("SwAV", "queue_start"), ("SwAV", "frozen"), ("DINO", "warm_up")]
)
def test_steps_where_shares_are_meant_are_refused(name, key):
    with pytest.raises(InputError, match=f"{name}: {key} is a share of the training"):
        build(name, **{key: 300})


def test_temperature_of_the_teacher():
    model = build("DINO", teacher_temperature=(0.04, 0.08), warm_up=0.5)
    found = []
    for progress in (0.0, 0.25, 0.5, 0.9):
        model.progress = progress
        found.append(model.temperature_now())
    assert found == pytest.approx([0.04, 0.06, 0.08, 0.08])


def test_prototypes_have_length_1_and_queues_wait_until_they_are_full():
    model = build("SwAV", queue=12, queue_start=0.5)
    with torch.no_grad():
        model.prototypes.heads[0].weight.mul_(3)
    views = inputs_of(model, CROPS)
    model.loss(views)
    lengths = model.prototypes.heads[0].weight.norm(dim=1)
    assert torch.allclose(lengths, torch.ones(12))
    rows = [F.normalize(torch.randn(6, 16), dim=1) for _ in range(2)]
    model.progress = 0.5
    assert model.earlier(rows) is None, "half full"
    scores = model.earlier(rows)
    assert [tuple(x.shape) for x in scores] == [(12, 12)] * 2
    model.progress = 0.49
    assert model.earlier(rows) is None, "too early"
