"""Tasks that compare views: copies follow the encoder, queues take in the batch."""

import pytest
import torch
from models.pretext_cases import PRETEXTS, RESNET
from models.pretexts.views_case import apart, build, inputs_of

from ce_plugin.errors import InputError

pytest.importorskip("lightly.loss")
pytest.importorskip("lightly.models.utils")

SLOW = ("MoCo", "BYOL", "DINO", "DenseCL")


@pytest.mark.parametrize("name", SLOW)
def test_copies_start_equal_follow_in_training_only_and_get_no_gradient(name):
    model = build(name)
    for part in model.followed:
        ours = getattr(model, part).state_dict()
        for key, value in getattr(model, f"{part}_momentum").state_dict().items():
            assert torch.equal(value, ours[key])
    with torch.no_grad():
        apart(model)
    views = inputs_of(model, PRETEXTS[name].batch)
    before = {k: v.clone() for k, v in model.named_parameters()}
    sum(v for k, v in model.loss(views).items() if "loss" in k).backward()
    share = 1 - model.momentum
    for key, p in model.named_parameters():
        part, _, rest = key.partition(".")
        if not part.endswith("_momentum"):
            assert torch.equal(p, before[key])
            continue
        leader = before[f"{part.removesuffix('_momentum')}.{rest}"]
        assert not p.requires_grad and p.grad is None
        assert torch.allclose(p, before[key] + share * (leader - before[key]))
    before = {k: v.clone() for k, v in model.named_parameters()}
    model.eval().loss(views)
    assert all(torch.equal(p, before[k]) for k, p in model.named_parameters())


def test_pretrained_weights_reach_the_copy(tmp_path):
    other = build("BYOL", seed=3).backbone.state_dict()
    torch.save(dict(state_dict=other), tmp_path / "other.pth")
    init = dict(type="Pretrained", checkpoint=str(tmp_path / "other.pth"))
    model = build("BYOL", backbone=RESNET | dict(init_cfg=init))
    for part in (model.backbone, model.backbone_momentum):
        assert all(torch.equal(v, other[k]) for k, v in part.state_dict().items())


@pytest.mark.parametrize("name, queues", [("MoCo", 1), ("DenseCL", 2), ("SwAV", 2)])
def test_queues_are_in_the_state_and_take_in_the_batch(name, queues):
    model = build(name)
    banks = [k for k in model.state_dict() if k.endswith(".bank")]
    assert len(banks) == queues
    before = {k: v.clone() for k, v in model.state_dict().items()}
    model.loss(inputs_of(model, PRETEXTS[name].batch))
    for key in banks:
        change = (model.state_dict()[key] != before[key]).any(1)
        assert change.tolist() == [i < 6 for i in range(len(change))], key
        assert model.state_dict()[f"{key}_ptr"].item() == 6
        lengths = model.state_dict()[key][:6].norm(dim=1)
        assert torch.allclose(lengths, torch.ones(6), atol=1e-5)


def test_groups_of_moco_come_back_in_order():
    model = build("MoCo", groups=3).eval()
    _, second = inputs_of(model)
    with torch.no_grad():
        apart(model)
        mixed = model.among_others(model.embed_momentum, second)
        assert torch.allclose(mixed, model.embed_momentum(second), atol=1e-5)
        # Other statistics than the whole batch has.
        model.train()
        mixed = model.among_others(model.embed_momentum, second)
        assert not torch.allclose(mixed, model.embed_momentum(second), atol=1e-3)


@pytest.mark.parametrize("name", ["MoCo", "DenseCL"])
def test_no_group_is_refused(name):
    with pytest.raises(InputError, match=f"{name}: groups is at least 1, not 0"):
        build(name, groups=0)
