"""Classifiers: losses against formulas, what is frozen, what is mixed."""

import math

import pytest
import torch
from mmengine.optim import build_optim_wrapper

from ce_plugin.errors import InputError
from ce_plugin.models.classifiers import (
    BinaryCrossEntropyLoss,
    CrossEntropyLoss,
    LayerwiseLinear,
    MixupCutMix,
    MultiLabelLoss,
)
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

R18 = dict(type="TimmBackbone", model_name="resnet18", out_indices=(-1,))


def build(seed=0, **cfg):
    torch.manual_seed(seed)
    cfg.setdefault("type", "ImageClassifier")
    cfg.setdefault("backbone", R18)
    cfg.setdefault("head", dict(type="PooledLinear", num_classes=5))
    cfg.setdefault("loss", dict(type="CrossEntropyLoss"))
    cfg.setdefault("data_preprocessor", dict(type="InpaintingPreprocessor"))
    model = MODELS.build(cfg)
    model.init_weights()
    return model


def batch(labels, size=64):
    pictures = torch.randint(0, 256, (len(labels), 3, size, size), dtype=torch.uint8)
    meta = dict(path=[str(i) for i in range(len(labels))])
    return dict(
        inputs=pictures, data_samples=PretextSample(gt_label=labels, metainfo=meta)
    )


def test_multi_label_loss_is_summed_over_classes_and_divided_by_the_batch():
    torch.manual_seed(0)
    scores = torch.randn(6, 20, requires_grad=True)
    labels = torch.randint(-1, 2, (6, 20)).to(torch.int8)
    total = 0.0
    for row, label in zip(scores.tolist(), labels.tolist()):
        for x, y in zip(row, label):
            p = 1 / (1 + math.exp(-x))
            total -= {1: math.log(p), 0: 0.0, -1: math.log(1 - p)}[y]
    loss = MultiLabelLoss()(scores, labels)
    assert float(loss.detach()) == pytest.approx(total / 6, rel=1e-5)
    loss.backward()
    assert scores.grad[labels == 0].abs().max() == 0
    wanted = (scores.sigmoid() - (labels > 0).float()) / 6
    assert torch.allclose(scores.grad[labels != 0], wanted[labels != 0], atol=1e-6)


def test_binary_cross_entropy_of_mixed_pictures():
    scores = torch.randn(4, 3)
    shares = torch.tensor([[0.9, 0.1, 0], [0.3, 0.7, 0], [1, 0, 0], [0, 0.2, 0.8]])

    def formula(targets):
        p = scores.sigmoid()
        return -(targets * p.log() + (1 - targets) * (1 - p).log()).mean()

    whole = torch.tensor([[1.0, 0, 0], [1, 1, 0], [1, 0, 0], [0, 0, 1]])
    assert torch.allclose(BinaryCrossEntropyLoss()(scores, shares), formula(shares))
    loss = BinaryCrossEntropyLoss(threshold=0.2)
    assert torch.allclose(loss(scores, shares), formula(whole))
    hot = torch.eye(3)[[2, 0, 1, 1]]
    assert torch.allclose(loss(scores, torch.tensor([2, 0, 1, 1])), formula(hot))


def test_labels_that_do_not_fit():
    scores = torch.zeros(2, 5)
    for loss in (CrossEntropyLoss(), BinaryCrossEntropyLoss()):
        for wrong, said in ((5, "label 5, but"), (-1, "label -1, but")):
            with pytest.raises(InputError, match=said):
                loss(scores, torch.tensor([0, wrong]))
        with pytest.raises(InputError, match="MultiLabelLoss takes several"):
            loss(scores, torch.zeros(2, 5, dtype=torch.int8))
    with pytest.raises(InputError, match="num_classes=5"):
        MultiLabelLoss()(scores, torch.zeros(2, 20))
    model = build()
    with pytest.raises(InputError, match=r"label 7.*num_classes=5"):
        data = model.data_preprocessor(batch(torch.tensor([1, 7])), True)
        model(**data, mode="loss")


def step(model, labels, lr=0.1):
    """One training step on a batch; the states before and after."""
    optim = build_optim_wrapper(model, dict(optimizer=dict(type="SGD", lr=lr)))
    before = {k: v.clone() for k, v in model.state_dict().items()}
    model.train()
    losses = model.train_step(batch(labels), optim)
    after = model.state_dict()
    changed = {k for k in before if not torch.equal(before[k], after[k])}
    return changed, losses


LABELS = torch.tensor([0, 1, 2, 4])


def test_all_layers_are_trained():
    changed, losses = step(build(), LABELS)
    assert set(losses) == {"loss"}
    assert any("running_mean" in name for name in changed)
    assert {"head.fc.weight", "head.fc.bias", "backbone.conv1.weight"} <= changed


def test_a_frozen_encoder_stays_to_the_bit():
    """Batch norm statistics too, though the step is one of training."""
    model = build(train_layers="head")
    changed, _ = step(model, LABELS)
    assert changed == {"head.fc.weight", "head.fc.bias"}
    assert not any(m.training for m in model.backbone.modules()) and model.training


@pytest.mark.parametrize("part", ["fc8", "fc6-8", "head", "all"])
def test_parts_of_caffenet(part):
    model = build(
        backbone=dict(type="CaffeNet"),
        head=dict(type="CaffeNetHead", num_classes=20, size=1, width=32),
        loss=dict(type="MultiLabelLoss"),
        train_layers=part,
    )
    # Biases of .1 and so on: the stated initial values.
    assert float(model.head.fc6.bias.data.mean()) == pytest.approx(0.1)
    assert float(model.head.fc7.weight.data.std()) == pytest.approx(0.005, rel=0.1)
    assert float(model.head.fc8.weight.data.std()) == pytest.approx(0.01, rel=0.15)
    labels = torch.tensor([[1, 0] + [-1] * 18, [-1] * 19 + [1]], dtype=torch.int8)
    changed, _ = step(model, labels)
    layers = {name.rsplit(".", 1)[0] for name in changed}
    wanted = {"head.fc8"}
    if part != "fc8":
        wanted |= {"head.fc6", "head.fc7"}
    if part == "all":
        wanted |= {f"backbone.conv{i}" for i in range(1, 6)}
    assert layers == wanted
    # The protocol drops out also in front of an fc8 that learns alone.
    assert model.head.dropout.training


def test_a_part_that_is_none():
    with pytest.raises(InputError, match="with a PooledLinear it is one of all, head"):
        build(train_layers="fc8")


def test_a_map_of_the_wrong_size_is_named():
    head = dict(type="CaffeNetHead", num_classes=20, width=8)
    model = build(backbone=dict(type="CaffeNet"), head=head)
    with pytest.raises(InputError, match="256x6x6, the backbone gives 256x1x1"):
        model(torch.zeros(1, 3, 67, 67), mode="predict")


def test_linear_layers_see_about_nine_thousand_values():
    """Sides of Zhang et al. for CaffeNet and of Goyal et al. for ResNet-50."""
    caffe = LayerwiseLinear(2, list("abcde"), (96, 256, 384, 384, 256))
    assert caffe.sizes == (10, 6, 5, 5, 6)
    r50 = LayerwiseLinear(2, list("abcde"), (64, 256, 512, 1024, 2048))
    assert r50.sizes == (12, 6, 4, 3, 2)
    for head, channels in (
        (caffe, (96, 256, 384, 384, 256)),
        (r50, (64, 256, 512, 1024, 2048)),
    ):
        for c, size in zip(channels, head.sizes):
            assert 8000 <= c * size**2 <= 10_000
    with pytest.raises(InputError, match="one name"):
        LayerwiseLinear(2, ["a"], (96, 256))


def probe(names=("layer1", "layer4")):
    backbone = dict(R18, out_indices=tuple(int(name[-1]) for name in names))
    head = dict(type="LayerwiseLinear", names=names, num_classes=5, features=256)
    return build(backbone=backbone, head=head, train_layers="head")


def test_probes_of_several_layers_do_not_touch_each_other():
    model = probe()
    changed, losses = step(model, LABELS)
    assert set(losses) == {"loss", "loss_layer1", "loss_layer4"}
    trained = {n for n in changed if n.endswith("3.weight")}
    assert trained == {f"head.layers.{n}.3.weight" for n in ("layer1", "layer4")}
    assert not any(name.startswith("backbone.") for name in changed)
    samples = model(torch.rand(2, 3, 64, 64), mode="predict")
    assert samples[0].scores_layer1.shape == samples[1].scores_layer4.shape == (5,)

    # The same step for one layer alone ends in the same weights.
    alone = probe(("layer4",))
    alone.backbone.load_state_dict(model.backbone.state_dict())
    both = probe()
    both.backbone.load_state_dict(model.backbone.state_dict())
    both.head.layers["layer4"].load_state_dict(alone.head.layers["layer4"].state_dict())
    for m in (alone, both):
        torch.manual_seed(3)
        step(m, LABELS)
    for a, b in zip(alone.head.parameters(), both.head.layers["layer4"].parameters()):
        assert torch.equal(a, b)


def test_predictions_keep_the_sample():
    model = build().eval()
    data = batch(LABELS)
    samples = model.val_step(data)
    assert [s.path for s in samples] == list("0123")
    assert [int(s.gt_label) for s in samples] == LABELS.tolist()
    maps = model(model.data_preprocessor(data)["inputs"], mode="tensor")
    wanted = model.head(maps)
    assert torch.allclose(torch.stack([s.scores for s in samples]), wanted, atol=1e-5)
    with pytest.raises(InputError, match="mode"):
        model(torch.zeros(1, 3, 64, 64), mode="logits")


def test_mixing_shares_the_classes_as_it_shares_the_pictures():
    """Constant pictures of value = class: a mixed one's mean tells the shares."""
    labels = torch.tensor([0, 1, 2, 3])
    pictures = labels.float().view(4, 1, 1, 1).expand(4, 3, 32, 32)
    for options in (dict(cutmix=0.0, mixup=1.0), dict(mixup=0.0)):
        mix = MixupCutMix(4, **options)
        torch.manual_seed(1)
        mixed, shares = mix(pictures, labels)
        assert torch.allclose(shares.sum(1), torch.ones(4))
        assert torch.allclose(mixed.mean((1, 2, 3)), shares @ labels.float(), atol=1e-4)
        assert 0 < float(shares[0, 3]) < 1
        # torch's generator decides, numpy's goes on as before.
        torch.manual_seed(1)
        again, _ = mix(pictures, labels)
        assert torch.equal(mixed, again)
    with pytest.raises(InputError, match="batch of 3"):
        MixupCutMix(4)(pictures[:3], labels[:3])
    with pytest.raises(InputError, match="label 3, but the head has num_classes=3"):
        MixupCutMix(3)(pictures, labels)


def test_mixing_belongs_to_training():
    model = build(
        loss=dict(type="BinaryCrossEntropyLoss"),
        mix=dict(type="MixupCutMix", num_classes=5),
    )
    changed, losses = step(model, LABELS)
    assert "head.fc.weight" in changed and math.isfinite(losses["loss"])
    assert len(model.val_step(batch(LABELS[:3]))) == 3
