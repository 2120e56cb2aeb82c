"""Features are those of a plain forward pass, and the encoder stays as it was."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from ce_plugin.errors import InputError
from ce_plugin.evaluation.probes.features import (
    extract_features,
    grid_cells,
    picture_transforms,
    pool_map,
)
from ce_plugin.evaluation.probes.layers import layer_names, open_layers, pick_layers
from ce_plugin.models.backbones import CaffeNet, DCGANEncoder, TimmBackbone
from ce_plugin.structures import PretextSample

NORM = dict(mean=[104.0, 117.0, 123.0], std=[50.0, 60.0, 70.0], bgr=True)


class Net(nn.Module):
    """Two maps, with batch norm and dropout in between."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, stride=2)
        self.norm = nn.BatchNorm2d(4)
        self.drop = nn.Dropout(0.5)
        self.second = nn.Conv2d(4, 6, 3, stride=2)

    def forward(self, x):
        x = self.drop(self.norm(self.first(x)).relu())
        return x, self.second(x)


def batches(count=7, size=5, side=24):
    generator = torch.Generator().manual_seed(1)
    shape = (count, 3, side, side)
    pictures = torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)
    labels = torch.arange(count)
    return [
        dict(inputs=x, data_samples=PretextSample(gt_label=y))
        for x, y in zip(pictures.split(size), labels.split(size))
    ]


def extract(net, **options):
    options = dict(normalization=NORM, names=["first", "second"]) | options
    return extract_features(net, options.pop("data", batches()), **options)


def test_same_as_by_hand():
    torch.manual_seed(0)
    net = Net().eval()
    found = extract(net, pool="2x3")
    pictures = torch.cat([b["inputs"] for b in batches()]).double()
    channels = [
        (pictures[:, c] - m) / s
        for c, m, s in zip((2, 1, 0), NORM["mean"], NORM["std"])
    ]
    x = torch.stack(channels, 1).float()
    with torch.no_grad():
        maps = net(x)
    for name, features in zip(("first", "second"), maps):
        wanted = F.adaptive_avg_pool2d(features, (2, 3)).flatten(1).numpy()
        np.testing.assert_allclose(found.vectors[name], wanted, rtol=1e-5, atol=1e-6)
    assert found.labels.tolist() == list(range(7))
    assert found.vectors["first"].dtype == np.float32


def test_batch_size_and_repetition_change_nothing():
    torch.manual_seed(0)
    net = Net()
    runs = [extract(net, data=batches(size=size)) for size in (1, 3, 7, 7)]
    for run in runs[1:]:
        for name, vectors in run.vectors.items():
            np.testing.assert_allclose(vectors, runs[0].vectors[name], atol=1e-6)
    assert all(
        np.array_equal(runs[2].vectors[name], runs[3].vectors[name])
        for name in runs[2].vectors
    )


def test_the_encoder_is_left_as_it_was():
    torch.manual_seed(0)
    net = Net().train()
    net.drop.eval()
    before = {k: v.clone() for k, v in net.state_dict().items()}
    extract(net)
    assert net.training and net.norm.training and not net.drop.training
    assert all(torch.equal(v, before[k]) for k, v in net.state_dict().items())
    assert all(p.requires_grad and p.grad is None for p in net.parameters())


def test_only_the_layers_asked_for():
    assert list(extract(Net(), layers=["second"]).vectors) == ["second"]


@pytest.mark.parametrize(
    "change, said",
    [
        (dict(data=[]), "the split is empty"),
        (dict(layers=["third"]), "no layer 'third'; there are: first, second"),
        (dict(names=["first"]), "returns 2 layers, 1 are named"),
        (dict(pool="2by2"), "not '2by2'"),
    ],
)
def test_mistakes(change, said):
    with pytest.raises(InputError, match=said):
        extract(Net(), **change)


def test_spoiled_weights_are_said_so():
    net = Net()
    nn.init.constant_(net.second.weight, float("nan"))
    with pytest.raises(InputError, match="features of second are not finite"):
        extract(net)


def test_published_dimensions():
    """ResNet-50 at 224 px, and AlexNet's five layers."""
    maps = {64: 112, 256: 56, 512: 28, 1024: 14, 2048: 7}
    found = [pool_map(torch.zeros(1, c, s, s)).shape[1] for c, s in maps.items()]
    assert found == [9216, 9216, 8192, 9216, 8192]
    channels = (96, 256, 384, 384, 256)
    cells = [grid_cells("9k", c)[0] for c in channels]
    assert [c * s * s for c, s in zip(channels, cells)] == [
        9600,
        9216,
        9600,
        9600,
        9216,
    ]


def test_pooling_never_invents_cells():
    assert pool_map(torch.zeros(1, 8, 3, 5)).shape == (1, 8 * 15)
    assert pool_map(torch.zeros(1, 8, 3, 5), "global").shape == (1, 8)
    assert pool_map(torch.zeros(1, 8)).shape == (1, 8)


@pytest.mark.parametrize("resize", ["squash", "crop"])
def test_pictures_come_without_chance(resize):
    from ce_plugin.datasets.build import build_transforms

    picture = torch.randint(0, 256, (3, 50, 80), dtype=torch.uint8)
    steps = build_transforms(picture_transforms(32, resize))
    results = []
    for _ in range(2):
        out = picture
        for step in steps:
            out = step(out)
        results.append(out)
    assert results[0].shape == (3, 32, 32)
    assert torch.equal(*results)


def test_all_layers_with_the_weights():
    torch.manual_seed(0)
    state = TimmBackbone("resnet18", channels=(8, 8, 16, 16)).state_dict()

    def build(**arguments):
        net = TimmBackbone("resnet18", channels=(8, 8, 16, 16), **arguments)
        net.load_state_dict(state)
        return net

    net, names = open_layers(build)
    assert names == ("act1", "layer1", "layer2", "layer3", "layer4")
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        maps, (last,) = net(x), build().eval()(x)
    assert [m.shape[1] for m in maps][1:] == [8, 8, 16, 16]
    assert torch.equal(maps[-1], last)


def test_layers_after_the_encoder_s_own_are_not_opened():
    cut, names = open_layers(
        lambda **given: CaffeNet(**dict(out_indices=["conv3"]) | given)
    )
    assert names == ("conv1", "conv2", "conv3")
    assert cut.out_indices == (0, 1, 2)


def test_names():
    assert layer_names(CaffeNet())[-1] == "pool5"
    assert layer_names(DCGANEncoder(128, bottleneck=None))[-1] == "conv5"
    with pytest.raises(InputError, match="Conv2d does not tell its layers"):
        layer_names(nn.Conv2d(3, 3, 1))
    assert pick_layers(["b", "a"], ["a", "b", "c"]) == ("a", "b")
    with pytest.raises(InputError, match=r"no layer 'd'.*a, b, c"):
        pick_layers(["d"], ["a", "b", "c"])
