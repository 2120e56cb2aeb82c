"""Tasks that compare views: the wrapped losses are lightly's, from the same parts."""

import pytest
import torch
import torch.nn.functional as F
from models.pretext_cases import CROPS, TWO, pictures
from models.pretexts.views_case import apart, build, inputs_of

from ce_plugin.errors import InputError
from ce_plugin.registry import TRANSFORMS

losses = pytest.importorskip("lightly.loss")
utils = pytest.importorskip("lightly.models.utils")


def pooled(backbone, x: torch.Tensor) -> torch.Tensor:
    return backbone(x)[-1].flatten(2).mean(-1)


def moved(model, momentum: float) -> None:
    """The copies after the update, by the papers' formula."""
    params = dict(model.named_parameters())
    with torch.no_grad():
        for key, p in params.items():
            part, _, rest = key.partition(".")
            if part.endswith("_momentum"):
                leader = params[f"{part.removesuffix('_momentum')}.{rest}"]
                p.copy_(momentum * p + (1 - momentum) * leader)


def with_queue(ours, loss):
    loss.memory_bank.bank.copy_(ours.memory_bank.bank)
    return loss


def simclr(model, views):
    z = model.head(pooled(model.backbone, torch.cat(views)))
    return losses.NTXentLoss(0.2)(z[:6], z[6:])


def moco(model, views):
    moved(model, 0.999)
    key = model.head_momentum(pooled(model.backbone_momentum, views[1])).detach()
    loss = with_queue(model.criterion, losses.NTXentLoss(0.2, (32, 16)))
    return loss(model.head(pooled(model.backbone, views[0])), key)


def byol(model, views):
    # A quarter of the way: 1 - (1 - 0.996) (cos(pi / 4) + 1) / 2.
    moved(model, 1 - 0.004 * (0.5**0.5 + 1) / 2)
    z = [model.head_momentum(pooled(model.backbone_momentum, x)) for x in views]
    p = [model.predictor(model.head(pooled(model.backbone, x))) for x in views]
    loss = losses.NegativeCosineSimilarity()
    return (loss(p[0], z[1].detach()) + loss(p[1], z[0].detach())) / 2


def simsiam(model, views):
    z = [model.head(pooled(model.backbone, x)) for x in views]
    p = [model.predictor(x) for x in z]
    loss = losses.NegativeCosineSimilarity()
    return (loss(p[0], z[1].detach()) + loss(p[1], z[0].detach())) / 2


def projected(model, views):
    return [model.head(pooled(model.backbone, x)) for x in views]


def swav(model, views):
    weight = model.prototypes.heads[0].weight
    with torch.no_grad():
        weight.copy_(weight / weight.norm(dim=1, keepdim=True))
    maps = [torch.cat(views[:2]), torch.cat(views[2:])]
    z = model.head(torch.cat([pooled(model.backbone, x) for x in maps]))
    scores = (F.normalize(z, dim=1) @ weight.T).split(6)
    queued = [queue.bank @ weight.T for queue in model.queues]
    return losses.SwaVLoss()(scores[:2], scores[2:], queued)


def dino(model, views):
    moved(model, 1 - 0.004 * (0.5**0.5 + 1) / 2)
    large = torch.cat(views[:2])
    t = model.head_momentum(pooled(model.backbone_momentum, large))
    maps = [large, torch.cat(views[2:])]
    s = model.head(torch.cat([pooled(model.backbone, x) for x in maps]))
    loss = losses.DINOLoss(32)
    loss.center.copy_(model.criterion.center)
    return loss(t.detach().split(6), s.split(6), teacher_temp=0.07)


def densecl(model, views):
    moved(model, 0.999)
    q, k = model.backbone(views[0])[-1], model.backbone_momentum(views[1])[-1].detach()
    queries, keys = [], []
    for picture in range(len(q)):
        for position in q[picture].flatten(1).T:
            others = k[picture].flatten(1).T
            like = [F.cosine_similarity(position, other, dim=0) for other in others]
            queries.append(position)
            keys.append(others[torch.stack(like).argmax()])
    dense = with_queue(model.dense_criterion, losses.NTXentLoss(0.2, (32, 16)))
    views = with_queue(model.criterion, losses.NTXentLoss(0.2, (32, 16)))
    one = views(
        model.head(q.mean((2, 3))), model.head_momentum(k.mean((2, 3))).detach()
    )
    two = dense(
        model.dense_head(torch.stack(queries)),
        model.dense_head_momentum(torch.stack(keys)).detach(),
    )
    return 0.5 * one + 0.5 * two


BY_HAND = {
    "SimCLR": (simclr, TWO),
    "MoCo": (moco, TWO),
    "BYOL": (byol, TWO),
    "SimSiam": (simsiam, TWO),
    "BarlowTwins": (lambda m, v: losses.BarlowTwinsLoss()(*projected(m, v)), TWO),
    "VICReg": (lambda m, v: losses.VICRegLoss()(*projected(m, v)), TWO),
    "SwAV": (swav, CROPS),
    "DINO": (dino, CROPS),
    "DenseCL": (densecl, TWO),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_the_loss_is_lightlys(name):
    slow, batch = BY_HAND[name]
    model = build(name)
    with torch.no_grad():
        apart(model)
        if name == "SwAV":
            for queue in model.queues:
                queue.bank.copy_(F.normalize(torch.randn_like(queue.bank), dim=1))
        if name == "DINO":
            model.criterion.center.copy_(torch.randn(32))
    again = build(name, seed=1)
    again.load_state_dict(model.state_dict())
    views = inputs_of(model, batch)
    if name == "DenseCL":
        # Maps of 2x2 positions.
        views = [F.interpolate(x, scale_factor=2) for x in views]
    model.progress = 0.25
    found = model.loss(views)
    total = sum(value for key, value in found.items() if "loss" in key)
    total.backward()
    by_hand = slow(again, views)
    by_hand.squeeze().backward()
    assert total.item() == pytest.approx(by_hand.item(), rel=1e-4)
    for (key, p), q in zip(model.named_parameters(), again.parameters()):
        if p.requires_grad and q.grad is not None:
            scale = q.grad.abs().max()
            assert (p.grad - q.grad).abs().max() <= 1e-3 * scale + 1e-6, key


@pytest.mark.parametrize("name", BY_HAND)
def test_one_view_is_refused(name):
    model = build(name)
    with pytest.raises(InputError, match=f"{name} needs 2 views .* gives 1;"):
        model.loss(inputs_of(model)[:1])


@pytest.mark.parametrize("name", ["BYOL", "SimSiam"])
def test_collapse_is_seen_and_not_optimised(name):
    model = build(name)
    views = inputs_of(model)
    found = model.loss(views)
    assert found["feature_std"] > 0.01
    assert not found["feature_std"].requires_grad
    total, _ = model.parse_losses(found)
    assert total.item() == found["loss_similarity"].item()
    with torch.no_grad():
        for p in model.backbone.parameters():
            p.zero_()
        model.backbone.net.model.layer4[-1].bn2.bias.fill_(1)
    assert model.loss(views)["feature_std"].item() == pytest.approx(0, abs=1e-6)


METHODS = ("SimCLR", "MoCoV2", "BYOL", "SimSiam", "VICReg", "SwaV", "DINO", "DenseCL")


@pytest.mark.parametrize("method", METHODS)
def test_views_of_every_method(method):
    picture = pictures(1, 0, 80)[0]
    views = TRANSFORMS.build(dict(type="LightlyViews", method=method, size=56))(picture)
    # Local crops are 96 of 224 pixels.
    small = 6 * [(3, 24, 24)] if method in ("SwaV", "DINO") else []
    assert [tuple(view.shape) for view in views] == 2 * [(3, 56, 56)] + small
    assert all(view.dtype == torch.uint8 for view in views)
    assert not torch.equal(views[0], views[1])
