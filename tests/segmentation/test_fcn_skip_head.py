"""FCN on CaffeNet, held against explicit arithmetic and the stock files' numbers."""

import numpy as np
import pytest
import torch
from mmengine.structures import BaseDataElement
from torch import nn
from torch.nn import functional as F

from ce_plugin.errors import InputError
from ce_plugin.models import CaffeNet, FCNSkipHead
from ce_plugin.models.segmentation import BilinearUpsample, caffenet_grids

VARIANTS = {
    "32s": ("pool5",),
    "16s": ("conv5", "pool5"),
    "8s": ("conv2", "conv5", "pool5"),
}
variants = pytest.mark.parametrize("maps", VARIANTS.values(), ids=VARIANTS)


def network(maps, classes=3, **options):
    torch.manual_seed(0)
    backbone = CaffeNet(maps, conv1_padding=100)
    head = FCNSkipHead(classes, maps, channels=8, **options)
    for layer in [*backbone.modules(), *head.modules()]:
        if isinstance(layer, nn.Conv2d):
            # Signals of the same size all the way up; biases that are not zero.
            nn.init.kaiming_normal_(layer.weight)
            nn.init.normal_(layer.bias, std=0.1)
    return backbone.eval(), head.eval()


def predict(net, x):
    backbone, head = net
    with torch.no_grad():
        return head.predict(backbone(x), [dict(img_shape=tuple(x.shape[-2:]))])


def sample(labels):
    item = BaseDataElement()
    item.gt_sem_seg = BaseDataElement(data=labels[None])
    return item


@variants
@pytest.mark.parametrize("size", [(1, 1), (33, 47), (75, 50), (100, 131), (224, 97)])
def test_output_has_the_size_of_the_picture(maps, size):
    assert predict(network(maps), torch.randn(2, 3, *size)).shape == (2, 3, *size)


def test_maps_cover_pictures_of_every_size():
    """Caffe's size formulas, written out: a map that falls short shrinks the crop."""
    for width in range(1, 1200):
        conv1 = (width + 200 - 11) // 4 + 1
        pool1 = -(-(conv1 - 3) // 2) + 1
        pool2 = -(-(pool1 - 3) // 2) + 1
        fc6 = -(-(pool2 - 3) // 2) + 1 - 5
        assert 32 * (fc6 - 1) + 63 >= 18 + width
        double = 2 * fc6 + 1
        assert 5 + double <= pool2
        assert 10 + 2 * double + 1 <= pool1


def test_crops_are_those_of_the_stock_network():
    """18 px for the 32s, as Caffe's crop layer finds it; whole cells for the skips."""
    head = FCNSkipHead(maps=VARIANTS["8s"], channels=8)
    assert FCNSkipHead(channels=8).crop == 18
    assert head.skip_crops == dict(conv5=5, conv2=10)
    assert head.enlarge.weight.shape == (21, 1, 15, 15)
    assert FCNSkipHead(channels=8).enlarge.weight.shape == (21, 1, 63, 63)


def test_grids_agree_with_the_layers():
    """A ramp of pixel coordinates, averaged through the real layers' windows."""
    net = CaffeNet(conv1_padding=100)
    x = torch.arange(-100.0, 400)[None, None]

    def window(layer):
        kernel, stride = layer.kernel_size, layer.stride
        kernel, stride = (k if isinstance(k, int) else k[0] for k in (kernel, stride))
        return F.avg_pool1d(x, kernel, stride)

    grids = caffenet_grids()
    assert net.conv1.padding == (100, 100) and net.pool1.padding == 0
    x = window(net.conv1)
    found = dict(conv1=x)
    for pool, name in (("pool1", "conv2"), ("pool2", "conv5"), ("pool5", "pool5")):
        x = window(getattr(net, pool))
        found[name] = x
    found["fc6"] = F.avg_pool1d(x, FCNSkipHead(channels=8).fc6.kernel_size[0], 1)
    for name, ramp in found.items():
        ramp = ramp.flatten()
        assert (ramp[0], ramp[1] - ramp[0]) == (grids[name].origin, grids[name].stride)


@pytest.mark.parametrize("factor", [2, 3, 8, 32])
def test_bilinear_kernel_is_the_formula(factor):
    size = 2 * factor - 1
    kernel = BilinearUpsample(2, factor).weight
    assert kernel.shape == (2, 1, size, size)
    for y in range(size):
        for x in range(size):
            dy, dx = abs(y - factor + 1) / factor, abs(x - factor + 1) / factor
            assert kernel[1, 0, y, x].item() == pytest.approx((1 - dy) * (1 - dx))


def test_two_steps_are_one():
    x = torch.randn(1, 2, 4, 5)
    twice = BilinearUpsample(2, 16)(BilinearUpsample(2, 2)(x))
    torch.testing.assert_close(twice, BilinearUpsample(2, 32)(x))


def interpolated(scores, size, stride, origin):
    """Each pixel from its four cells, zero where there is no cell; slowly."""
    channels, rows, columns = scores.shape
    out = np.zeros((channels, *size))
    for y in range(size[0]):
        for x in range(size[1]):
            v, u = (y - origin) / stride, (x - origin) / stride
            for i in (int(np.floor(v)), int(np.floor(v)) + 1):
                for j in (int(np.floor(u)), int(np.floor(u)) + 1):
                    if 0 <= i < rows and 0 <= j < columns:
                        share = (1 - abs(v - i)) * (1 - abs(u - j))
                        out[..., y, x] += share * scores[:, i, j]
    return out


@pytest.mark.parametrize(
    "maps, origin",
    [(VARIANTS["32s"], 13), (VARIANTS["16s"], -3), (VARIANTS["8s"], -11)],
)
def test_scores_lie_where_the_receptive_fields_are(maps, origin):
    size = (45, 70)
    backbone, head = network(maps)
    with torch.no_grad():
        scores = head(backbone(torch.randn(1, 3, *size)))
        out = head.to_picture(scores, size)[0]
    slow = interpolated(scores[0].double().numpy(), size, 32 >> len(maps) - 1, origin)
    np.testing.assert_allclose(out.numpy(), slow, atol=1e-5 * np.abs(slow).max())


@variants
def test_mirrored_pictures_have_mirrored_scores(maps):
    """With symmetric filters and sizes that the strides divide evenly: centred.

    One pixel too much or too little in a crop would show.
    """
    net = network(maps)
    for part in net:
        for layer in part.modules():
            if isinstance(layer, nn.Conv2d):
                weight = layer.weight.data
                weight.copy_((weight + weight.flip(-1) + weight.flip(-2)) / 3)
                weight.copy_((weight + weight.flip(-1)) / 2)
                weight.copy_((weight + weight.flip(-2)) / 2)
    x = torch.randn(1, 3, 91, 123)
    out = predict(net, x)
    for dims in ((-1,), (-2,)):
        flipped = predict(net, x.flip(dims)).flip(dims)
        torch.testing.assert_close(flipped, out, rtol=1e-3, atol=1e-3 * out.abs().max())
    assert (out - out.roll(1, -1)).abs().max() > 0.01 * out.abs().max()


@variants
def test_moved_pictures_have_moved_scores(maps):
    net = network(maps)
    for part in net:
        for layer in part.modules():
            if isinstance(layer, nn.Conv2d):
                # Black then stays black, and no border can be felt.
                nn.init.zeros_(layer.bias)
    large = torch.zeros(1, 3, 160, 160)
    large[..., 60:90, 60:90] = torch.randn(3, 30, 30)
    out, moved = predict(net, large), predict(net, large.roll((32, 32), (-2, -1)))
    inside = slice(64, 128)
    torch.testing.assert_close(
        moved[..., inside, inside],
        out[..., 32:96, 32:96],
        rtol=1e-3,
        atol=1e-3 * float(out.abs().max()),
    )


def test_scores_are_those_of_the_stock_layers():
    """Caffe's deconvolution has a matrix of kernels, zero off its diagonal."""
    backbone, head = network(VARIANTS["32s"], classes=4)
    x = torch.randn(1, 3, 50, 66)
    with torch.no_grad():
        pool5 = backbone(x)[0]
        fc7 = F.relu(head.fc7(F.relu(head.fc6(pool5))))
        score = head.scores["pool5"](fc7)
        tent = np.minimum(np.arange(1, 64), np.arange(63, 0, -1)) / 32
        kernel = torch.zeros(4, 4, 63, 63)
        for c in range(4):
            kernel[c, c] = torch.tensor(np.outer(tent, tent))
        full = F.conv_transpose2d(score, kernel, stride=32)
    torch.testing.assert_close(
        predict((backbone, head), x), full[..., 18:68, 18:84], rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("name", ["16s", "8s"])
def test_skips_start_as_the_32s(name):
    backbone, coarse = network(VARIANTS["32s"])
    fine = FCNSkipHead(3, VARIANTS[name], channels=8).eval()
    fine.init_weights()
    result = fine.load_state_dict(coarse.state_dict(), strict=False)
    new = {key.split(".")[0] for key in result.missing_keys}
    assert new == {"scores", "doubled"} and not result.unexpected_keys
    skipping = CaffeNet(VARIANTS[name], conv1_padding=100)
    skipping.load_state_dict(backbone.state_dict())
    x = torch.randn(1, 3, 70, 91)
    torch.testing.assert_close(
        predict((skipping, fine), x),
        predict((backbone, coarse), x),
        rtol=1e-4,
        atol=1e-4,
    )


def test_initial_values():
    head = FCNSkipHead(maps=VARIANTS["8s"], channels=64)
    head.init_weights()
    assert head.fc6.weight.shape == (64, 256, 6, 6)
    for layer in (head.fc6, head.fc7):
        assert layer.weight.std().item() == pytest.approx(0.005, rel=0.05)
        assert not layer.bias.any()
    for layer in head.scores.values():
        assert not layer.weight.any() and not layer.bias.any()
    learned = {name for name, _ in head.doubled.named_parameters()}
    assert learned == {"conv5.weight", "conv2.weight"}
    fixed = FCNSkipHead(maps=VARIANTS["8s"], channels=8, learn_upsampling=False)
    assert not list(fixed.doubled.parameters())


def test_loss_is_a_mean_over_labelled_pixels():
    backbone, head = network(VARIANTS["16s"])
    x = torch.randn(2, 3, 40, 52)
    labels = torch.randint(0, 3, (2, 40, 52))
    labels[0, :9] = 255
    losses = head.loss(backbone(x), [sample(one) for one in labels])
    shares = predict((backbone, head), x).log_softmax(1).numpy()
    total, right, count = 0.0, 0, 0
    for n, y, x_ in np.argwhere(labels.numpy() != 255):
        label = labels[n, y, x_].item()
        total -= shares[n, label, y, x_]
        right += shares[n, :, y, x_].argmax() == label
        count += 1
    assert losses["loss_ce"].item() == pytest.approx(total / count, rel=1e-4)
    assert losses["acc_seg"].item() == pytest.approx(100 * right / count, rel=1e-4)


def test_pictures_without_labels_and_gradients():
    backbone, head = network(VARIANTS["8s"])
    maps = backbone(torch.randn(1, 3, 40, 40))
    nothing = torch.full((40, 40), 255)
    assert head.loss(maps, [sample(nothing)])["loss_ce"].item() == 0
    head.loss(maps, [sample(torch.ones(40, 40).long())])["loss_ce"].backward()
    for name, parameter in head.named_parameters():
        assert parameter.grad is not None and parameter.grad.any(), name


def test_mistakes():
    for maps in (
        (),
        ("conv5",),
        ("conv2", "pool5"),
        ("pool5", "conv5"),
        ("a", "pool5"),
    ):
        with pytest.raises(InputError, match="maps are"):
            FCNSkipHead(maps=maps)
    with pytest.raises(InputError, match="skip_scales has 2 factors for the 1"):
        FCNSkipHead(maps=VARIANTS["16s"], skip_scales=(1, 1))
    _, head = network(VARIANTS["16s"])
    x = torch.randn(1, 3, 40, 40)
    with pytest.raises(InputError, match="set the backbone's out_indices"):
        head(CaffeNet(["pool5"], conv1_padding=100)(x))
    with pytest.raises(InputError, match="set the backbone's out_indices"):
        head(CaffeNet(["pool5", "conv5"], conv1_padding=100)(x))
    large = CaffeNet(VARIANTS["16s"])(torch.randn(1, 3, 250, 250))
    with pytest.raises(InputError, match="conv1_padding=100"):
        head.predict(large, [dict(img_shape=(250, 250))])
    wrong = sample(torch.full((40, 40), 21))
    wrong.set_metainfo(dict(seg_map_path="masks/a.png"))
    maps = CaffeNet(VARIANTS["16s"], conv1_padding=100)(x)
    with pytest.raises(InputError, match=r"masks/a.png has the label 21; labels are 0"):
        head.loss(maps, [wrong])
