"""The authors' feature network from Caffe's files."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from checkpoints.caffemodel_writer import (
    CONVS,
    blob,
    caffenet,
    layer,
    message,
    net_parameter,
    number,
)
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from ce_plugin.checkpoints import convert
from ce_plugin.checkpoints.formats.caffemodel import read_caffemodel
from ce_plugin.errors import InputError
from ce_plugin.models.backbones import CaffeNet
from ce_plugin.registry import MODELS


def weights(seed=0):
    rng = np.random.default_rng(seed)
    found = {}
    for name, (c_out, c_in, k) in CONVS.items():
        weight = rng.normal(0, 0.01, (c_out, c_in, k, k)).astype(np.float32)
        found[name] = weight, rng.normal(0, 0.1, c_out).astype(np.float32)
    return found


def written(path, layers):
    path.write_bytes(net_parameter(layers))
    return path


@pytest.mark.parametrize("way", ["packed", "old", "double", "gradients"])
def test_every_way_to_write_an_encoder(way, tmp_path):
    found = convert(written(tmp_path / "net.caffemodel", caffenet(way)))
    state, meta = found["state_dict"], found["meta"]
    assert len(state) == meta["tensors"] == 10
    for name, (weight, bias) in weights().items():
        # Blue, green, red, as they were.
        assert np.array_equal(state[f"backbone.{name}.weight"].numpy(), weight)
        assert np.array_equal(state[f"backbone.{name}.bias"].numpy(), bias)
    assert meta["normalization"] == dict(mean=[104, 117, 123], std=[1, 1, 1], bgr=True)
    assert meta["backbone"] == dict(type="CaffeNet", out_indices=["pool5"])
    assert meta["model"] is None and meta["left_over"] == []
    encoder = {k.removeprefix("backbone."): v for k, v in state.items()}
    net = MODELS.build(dict(meta["backbone"]))
    net.load_state_dict(encoder, strict=True)
    assert net(torch.randn(1, 3, 227, 227))[0].shape == (1, 256, 6, 6)


def behind(rng):
    """The paper's layers behind pool5, and their blobs."""

    def normal(*shape, std=0.05):
        return rng.normal(0, std, shape).astype(np.float32)

    blobs = [
        ("fc-channel", "Convolution", [normal(9216, 1, 6, 6), normal(9216)]),
        ("mix", "Convolution", [normal(256, 256, 1, 1), normal(256)]),
    ]
    sides = [(256, 16), (16, 8), (8, 3)]
    for i, (c_in, c_out) in enumerate(sides):
        tensors = [normal(c_in, c_out, 5, 5), normal(c_out)]
        blobs.append((f"up{i}", "Deconvolution", tensors))
    return blobs


def test_the_whole_network(tmp_path):
    """Against the same layers by hand, from pool5 on."""
    blobs = behind(np.random.default_rng(1))
    layers = caffenet() + [layer(*item) for item in blobs]
    found = convert(written(tmp_path / "net.caffemodel", layers))
    assert found["meta"]["left_over"] == []
    assert len(found["state_dict"]) == 10 + 2 * 5
    model = MODELS.build(found["meta"]["model"]).eval()
    model.load_state_dict(found["state_dict"], strict=True)
    x = torch.randn(2, 3, 227, 227)
    with torch.no_grad():
        y = model.extract_feat(x)[-1]
        given = model.reconstruct(x)
        parts = [[torch.from_numpy(a) for a in item[2]] for item in blobs]
        # One grouped convolution of pool5, its 9216 outputs seen as 256 maps.
        y = F.conv2d(y, *parts[0], groups=256).view(2, 256, 6, 6)
        y = F.relu(F.conv2d(y, *parts[1]))
        for i, part in enumerate(parts[2:]):
            y = F.conv_transpose2d(F.relu(y) if i else y, *part, stride=2, padding=2)
        expected = F.interpolate(y, (227, 227), mode="bilinear")
    assert expected.std() > 1e-3
    assert torch.allclose(given, expected, atol=1e-5, rtol=1e-4)


def test_layers_that_are_no_part(tmp_path):
    rng = np.random.default_rng(2)
    extra = [
        layer("fc6", "InnerProduct", [rng.normal(size=(5, 9216)), np.zeros(5)]),
        layer("up", "Deconvolution", [np.zeros((256, 4, 5, 5)), np.zeros(4)]),
        layer("bn", "BatchNorm", [np.zeros(3), np.zeros(3), np.ones(1)]),
    ]
    found = convert(written(tmp_path / "a", caffenet() + extra))
    assert found["meta"]["left_over"] == ["fc6", "up", "bn"]
    assert len(found["state_dict"]) == 10 and found["meta"]["model"] is None

    # The channel-wise layer is known without a decoder, too.
    found = convert(
        written(tmp_path / "a", [*caffenet(), layer(*behind(rng)[0]), *extra])
    )
    assert found["meta"]["left_over"] == ["fc6", "up", "bn"]
    assert found["state_dict"]["bottleneck.weight"].shape == (9216, 1, 6, 6)


def test_the_pool_free_variant(tmp_path):
    pools = [
        layer(name, "Convolution", [np.full((c, c, 3, 3), 0.01), np.zeros(c)])
        for name, c in dict(pool1=96, pool2=256, pool5=256).items()
    ]
    found = convert(written(tmp_path / "a", caffenet() + pools))
    assert found["meta"]["backbone"]["pool"] == "conv"
    state = {k.removeprefix("backbone."): v for k, v in found["state_dict"].items()}
    CaffeNet(pool="conv").load_state_dict(state, strict=True)
    assert found["meta"]["left_over"] == []


def test_other_networks(tmp_path):
    def said(layers):
        with pytest.raises(InputError) as error:
            convert(written(tmp_path / "a", layers))
        return str(error.value)

    good = caffenet()
    assert "1 missing" not in said(good[:-1]) and "missing: conv5" in said(good[:-1])
    other = layer("conv5", "Convolution", [np.zeros((256, 384, 3, 3)), np.zeros(256)])
    assert "conv5.weight ((256, 384, 3, 3) for (256, 192, 3, 3))" in said(
        [*good[:-1], other]
    )
    assert "two layers are named 'conv5'" in said([*good, other])
    assert "10 missing" in said([])
    nan = layer("conv5", "Convolution", [np.full((256, 192, 3, 3), np.nan), [0] * 256])
    assert "not finite" in said([*good[:-1], nan])
    third = [np.zeros((256, 192, 3, 3)), np.zeros(256), np.zeros(1)]
    assert "1 left over: conv5.blob2" in said(
        [*good[:-1], layer("conv5", "Convolution", third)]
    )


@pytest.fixture(scope="module")
def net_class():
    """NetParameter as the protobuf library makes it, of the fields that matter."""
    file = descriptor_pb2.FileDescriptorProto(
        name="net.proto", package="t", syntax="proto2"
    )
    kinds = descriptor_pb2.FieldDescriptorProto

    def define(name, *fields):
        made = file.message_type.add(name=name)
        for field, tag, kind, repeated in fields:
            label = kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL
            one = made.field.add(name=field, number=tag, label=label)
            if isinstance(kind, str):
                one.type, one.type_name = kinds.TYPE_MESSAGE, f".t.{kind}"
            else:
                one.type = kind
                numeric = kind != kinds.TYPE_STRING
                one.options.packed = bool(repeated and numeric)

    text, whole = kinds.TYPE_STRING, kinds.TYPE_INT64
    define("Shape", ("dim", 1, whole, True))
    define(
        "Blob",
        ("shape", 7, "Shape", False),
        ("data", 5, kinds.TYPE_FLOAT, True),
        ("double_data", 8, kinds.TYPE_DOUBLE, True),
        ("num", 1, kinds.TYPE_INT32, False),
        ("channels", 2, kinds.TYPE_INT32, False),
        ("height", 3, kinds.TYPE_INT32, False),
        ("width", 4, kinds.TYPE_INT32, False),
    )
    define(
        "Layer",
        ("name", 1, text, False),
        ("type", 2, text, False),
        ("blobs", 7, "Blob", True),
    )
    define(
        "OldLayer",
        ("name", 4, text, False),
        ("type", 5, kinds.TYPE_INT32, False),
        ("blobs", 6, "Blob", True),
    )
    define(
        "Net",
        ("name", 1, text, False),
        ("layers", 2, "OldLayer", True),
        ("layer", 100, "Layer", True),
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("t.Net"))


def test_reads_what_protobuf_writes(net_class, tmp_path):
    rng = np.random.default_rng(3)
    values = rng.normal(size=(2, 3, 4, 5)).astype(np.float32)
    net = net_class(name="a net")
    new = net.layer.add(name="new", type="Convolution")
    new.blobs.add(data=values.ravel().tolist(), shape=dict(dim=values.shape))
    new.blobs.add(double_data=[1.5, 2.5], shape=dict(dim=[2]))
    net.layer.add(name="no weights", type="ReLU")
    old = net.layers.add(name="old", type=39)
    old.blobs.add(data=values.ravel().tolist(), num=2, channels=3, height=4, width=5)
    path = tmp_path / "net"
    path.write_bytes(net.SerializeToString())
    found = {item.name: item for item in read_caffemodel(path)}
    assert set(found) == {"old", "new"}
    assert found["new"].type, found["old"].type == ("Convolution", "Deconvolution")
    for name in found:
        assert np.array_equal(found[name].blobs[0], values)
    assert found["new"].blobs[1].tolist() == [1.5, 2.5]


def test_values_one_by_one(tmp_path):
    """As old writers that knew nothing of packing had them."""
    values = np.arange(24, dtype=np.float32).reshape(4, 6)
    path = written(tmp_path / "a", [layer("a", "Scale", [values], "one by one")])
    (found,) = read_caffemodel(path)
    assert np.array_equal(found.blobs[0], values)


def test_the_tests_write_what_protobuf_reads(net_class):
    """And so the other tests' files are Caffe's."""
    values = np.arange(6, dtype=np.float32).reshape(1, 2, 3, 1)
    for way in ("packed", "old", "double", "gradients", "one by one"):
        data = net_parameter([layer("a", "Convolution", [values], way)])
        net = net_class.FromString(data)
        (one,) = net.layers if way == "old" else net.layer
        (held,) = one.blobs
        assert one.name == "a"
        assert [*held.data, *held.double_data] == values.ravel().tolist()
        shape = [held.num, held.channels, held.height, held.width]
        assert (shape if way == "old" else [*held.shape.dim]) == [1, 2, 3, 1]
    assert net_class.FromString(message(1, "x") + number(99, 7)).name == "x"
    assert blob([1.0]) == blob(np.ones(1))
