"""The data-dependent initialisation against direct measurement."""

import math

import pytest
import torch
from torch import nn

from ce_plugin.errors import InputError
from ce_plugin.models.initialization.data_dependent import data_dependent_init
from ce_plugin.models.initialization.patch_filters import (
    fit_filters,
    kmeans,
    layer_patches,
)
from ce_plugin.registry import MODELS


class SmallCaffeNet(nn.Module):
    """CaffeNet's kinds of layers in its order, narrow."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 12, 5, stride=2)
        self.conv2 = nn.Conv2d(12, 16, 3, padding=1, groups=2)
        self.conv3 = nn.Conv2d(16, 8, 3, padding=1)
        self.fc = nn.Linear(8, 10)
        self.relu = nn.ReLU(inplace=True)
        self.norm = nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0)
        self.pool = nn.MaxPool2d(3, stride=2, ceil_mode=True)

    def forward(self, x):
        x = self.norm(self.pool(self.relu(self.conv1(x))))
        x = self.norm(self.pool(self.relu(self.conv2(x))))
        x = self.relu(self.conv3(x)).movedim(1, -1)
        return (self.fc(x).movedim(-1, 1),)


LAYERS = ("conv1", "conv2", "conv3", "fc")


def pictures(count=2, n=8, size=40, seed=0) -> list[torch.Tensor]:
    """Smooth pictures with the range that CaffeNet sees."""
    generator = torch.Generator().manual_seed(seed)
    small = torch.randn(count * n, 3, 8, 8, generator=generator)
    large = nn.functional.interpolate(small, (size, size), mode="bicubic")
    noise = torch.randn(large.shape, generator=generator)
    return list((60 * large + 5 * noise + 10).split(n))


def channels(net, names, batches) -> dict[str, torch.Tensor]:
    """All values of each layer's channels, (C, everything else)."""
    found = {name: [] for name in names}
    hooks = []
    for name in names:
        part = net.get_submodule(name)
        axis = -1 if isinstance(part, nn.Linear) else 1

        def keep(_, __, out, name=name, axis=axis):
            found[name].append(out.movedim(axis, 0).flatten(1).clone())

        hooks.append(part.register_forward_hook(keep))
    with torch.no_grad():
        for x in batches:
            net(x)
    for hook in hooks:
        hook.remove()
    return {name: torch.cat(parts, dim=1) for name, parts in found.items()}


def ratios(net, names, batches, train=False, draws=32) -> list[float]:
    """Of gradient to weight, by autograd on random sums of the outputs."""
    torch.manual_seed(99)
    net.train(train)
    squares = dict.fromkeys(names, 0.0)
    for x in [x for x in batches for _ in range(draws)]:
        net.zero_grad()
        out = net(x)[-1]
        (out * torch.randn_like(out)).sum().backward()
        for name in names:
            grad = net.get_submodule(name).weight.grad
            squares[name] += grad.square().mean().item() / len(batches) / draws
    sizes = {n: net.get_submodule(n).weight.square().mean().item() for n in names}
    return [math.sqrt(squares[name] / sizes[name]) for name in names]


@pytest.mark.parametrize("weights", ["gaussian", "pca", "kmeans"])
@pytest.mark.parametrize("bias", [0.0, 0.1])
def test_every_channel_has_the_mean_asked_for_and_deviation_one(weights, bias):
    net, data = SmallCaffeNet(), pictures()
    data_dependent_init(net, data, weights, bias=bias, iterations=0)
    for name, values in channels(net, LAYERS, data).items():
        assert (values.mean(dim=1) - bias).abs().max() < 1e-4, name
        assert (values.std(dim=1) - 1).abs().max() < 1e-2, name


@pytest.mark.parametrize("weights", ["gaussian", "kmeans"])
def test_layers_learn_equally_fast(weights):
    net, data = SmallCaffeNet(), pictures()
    data_dependent_init(net, data, weights, iterations=0)
    before = ratios(net, LAYERS, data)
    assert max(before) > 2 * min(before)
    said = data_dependent_init(net, data, weights, draws=32)
    after = ratios(net, LAYERS, data)
    assert max(after) < 1.2 * min(after)
    assert list(said) == list(LAYERS)
    assert max(said.values()) < 1.03 * min(said.values())
    for name, values in channels(net, LAYERS, data).items():
        std = values.std(dim=1)
        assert values.mean(dim=1).abs().max() < 1e-3 * std.mean(), name
        assert std.max() < 1.05 * std.min(), name


@pytest.mark.parametrize(("homogeneous", "near"), [(True, 0.01), (False, 0.2)])
def test_a_chain_keeps_the_scale_of_its_output(homogeneous, near):
    net, data = SmallCaffeNet(), pictures()
    if homogeneous:
        net.norm = nn.Identity()
    data_dependent_init(net, data)
    values = channels(net, LAYERS, data)
    assert values["conv1"].std() > 5
    assert values["fc"].std(dim=1).mean().item() == pytest.approx(1, rel=near)


R18 = dict(type="TimmBackbone", model_name="resnet18", channels=(8, 8, 16, 16))


@pytest.mark.parametrize("iterations", [0, 10])
def test_with_batch_norm(iterations):
    net, data = MODELS.build(R18), pictures(size=64)
    modes = net.training
    said = data_dependent_init(net, data, iterations=iterations)
    assert net.training == modes
    norms = [n for n, m in net.named_modules() if isinstance(m, nn.BatchNorm2d)]
    convs = [n for n, m in net.named_modules() if isinstance(m, nn.Conv2d)]
    assert len(norms) == len(convs) == len(said) == 21
    net.eval()
    # The norms of a kind that the forward pass activates in place are measured before.
    for name, values in channels(net, norms, data).items():
        module = net.get_submodule(name)
        if type(module) is nn.BatchNorm2d:
            assert values.mean(dim=1).abs().max() < 1e-3, name
            assert (values.std(dim=1) - 1).abs().max() < 1e-2, name
    if iterations:
        after = ratios(net, convs, data, train=True, draws=8)
        assert max(after) < 1.3 * min(after)
        assert max(said.values()) < 1.03 * min(said.values())
    else:
        for name, values in channels(net, convs, data).items():
            assert (values.std(dim=1) - 1).abs().max() < 1e-2, name


def test_the_seed_is_all_that_counts():
    states = []
    for seed, global_seed in ((3, 0), (3, 1), (4, 0)):
        torch.manual_seed(global_seed)
        net = SmallCaffeNet()
        data_dependent_init(net, pictures(), "kmeans", seed=seed)
        states.append(net.state_dict())
    for name, value in states[0].items():
        assert torch.equal(value, states[1][name]), name
    assert not torch.equal(states[0]["conv1.weight"], states[2]["conv1.weight"])


def test_fitted_layers_from_the_input_on():
    kinds = {}
    for count in (1, None):
        net = SmallCaffeNet()
        data_dependent_init(net, pictures(), "pca", fitted_layers=count, iterations=0)
        kinds[count] = net.state_dict()
    assert torch.equal(kinds[1]["conv1.weight"], kinds[None]["conv1.weight"])
    assert not torch.equal(kinds[1]["conv3.weight"], kinds[None]["conv3.weight"])


def test_patches_are_what_the_filters_see():
    conv = nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2, bias=False)
    x = torch.randn(2, 4, 7, 7)
    patches = layer_patches(conv, x)
    filters = conv.weight.view(2, 3, -1)
    by_hand = torch.einsum("gpv,gfv->gfp", patches, filters).flatten(0, 1)
    torch.testing.assert_close(by_hand, conv(x).transpose(0, 1).flatten(1))


def test_principal_components_are_the_datas():
    generator = torch.Generator().manual_seed(0)
    spread = torch.tensor([1.0, 9.0, 3.0])
    patches = torch.randn(5000, 3, generator=generator) * spread
    first, second = fit_filters("pca", patches, 2, generator)
    assert first.abs().argmax() == 1 and second.abs().argmax() == 2
    assert fit_filters("pca", patches, 5, generator).shape == (5, 3)


def test_kmeans_finds_the_groups():
    generator = torch.Generator().manual_seed(0)
    truth = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    points = truth.repeat_interleave(50, 0)
    points = points + torch.randn(points.shape, generator=generator)
    centres = kmeans(points, 3, torch.Generator().manual_seed(4))
    assert torch.cdist(truth, centres).min(dim=1).values.max() < 0.5


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        (dict(weights="zca"), "weights is one of"),
        (dict(batches=[]), "give at least one batch"),
        (dict(batches=[torch.zeros(2, 3, 40, 40)]), "the same everywhere"),
        (dict(weights="kmeans", batches=pictures(1, 1, 12)), "too few"),
    ],
)
def test_mistakes_in_one_line(kwargs, words):
    with pytest.raises(InputError, match=words) as caught:
        data_dependent_init(SmallCaffeNet(), **dict(batches=pictures()) | kwargs)
    assert "\n" not in str(caught.value)


def test_a_layer_behind_the_last_map():
    net = MODELS.build(dict(type="CaffeNet", out_indices=("conv2",)))
    data = pictures(1, 4, 67)
    with pytest.raises(InputError, match="does not depend on conv3"):
        data_dependent_init(net, data)
    assert data_dependent_init(net, data, iterations=0)["conv3"] == 0
