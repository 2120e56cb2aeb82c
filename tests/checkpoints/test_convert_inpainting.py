"""The released inpainting networks, from the port's and from Torch7's files."""

import hashlib
import math

import pytest
import torch
from checkpoints.port import (
    CENTER,
    ENTRIES,
    JUDGE,
    REGION,
    entries,
    lua,
    port,
    python2_file,
    size_of,
)
from checkpoints.t7_writer import Function, Obj, dumps
from torch import nn

from ce_plugin.checkpoints import convert
from ce_plugin.checkpoints.formats.released_networks import NETWORKS, layers_of
from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS

ALL = list(ENTRIES)


def saved(path, net, **kwargs):
    torch.save(dict(epoch=7, state_dict=entries(net)), path, **kwargs)
    return path


def written(path, root, **kwargs):
    path.write_bytes(dumps(root, **kwargs))
    return path


def computes_what(found, net, which):
    """The converted network, strictly loaded, gives what the hand-built one gives."""
    model = MODELS.build(found["meta"]["model"]).eval()
    state = found["state_dict"]
    result = model.load_state_dict(state, strict=True)
    assert not result.missing_keys and not result.unexpected_keys
    x = torch.randn(2, 3, size_of(which), size_of(which))
    with torch.no_grad():
        expected = net(x)
        if which.startswith("judge"):
            # Ours returns the logit, theirs ends in a sigmoid.
            given = model(x).sigmoid()[..., None, None]
        else:
            given = model.reconstruct(x)
    assert given.shape == expected.shape and expected.std() > 2e-4
    assert torch.allclose(given, expected, atol=2e-6, rtol=1e-5)


@pytest.mark.parametrize(
    ("network", "count"),
    zip(NETWORKS, (71_124_544, 71_190_208, 71_058_880, 2_765_568, 2_831_232)),
)
def test_sizes_of_the_released_networks(network, count):
    layers = [layer for layer in layers_of(network) if layer.name]
    weights = sum(math.prod(layer.shape) for layer in layers)
    # A norm has a weight and a bias.
    shifts = sum(layer.shape[0] for layer in layers if layer.kind == "norm")
    assert weights + shifts == count


@pytest.mark.parametrize("which", ALL)
def test_every_network_of_the_port(which, tmp_path):
    net = port(which)
    given = entries(net)
    assert len(given) == ENTRIES[which]
    found = convert(saved(tmp_path / "net.pth", net))
    assert len(found["state_dict"]) == len(given)
    assert found["meta"]["source"]["epoch"] == 7
    assert found["meta"]["biases"] == "none"
    computes_what(found, net, which)


@pytest.mark.parametrize("which", ALL)
@pytest.mark.parametrize("library", ["nn", "cudnn"])
def test_every_network_of_torch7(which, library, tmp_path):
    net = port(which)
    found = convert(written(tmp_path / "net.t7", lua(net, library)))
    assert len(found["state_dict"]) == ENTRIES[which]
    computes_what(found, net, which)


@pytest.mark.parametrize("write", ["port", "torch7"])
def test_two_weights_of_one_shape(write, tmp_path):
    """Convolution and transposed convolution around the code: only places tell."""
    net = port(code=16)
    assert net[14].weight.shape == net[17].weight.shape == (16, 16, 4, 4)
    path = tmp_path / "net"
    path = saved(path, net) if write == "port" else written(path, lua(net))
    found = convert(path)
    state = found["state_dict"]
    assert torch.equal(state["backbone.stages.5.conv.weight"], net[14].weight)
    assert torch.equal(state["decoder.stages.0.conv.weight"], net[17].weight)
    computes_what(found, net, CENTER)


def test_meta(tmp_path):
    path = saved(tmp_path / "netG_streetview.pth", port(REGION, base=4, code=6))
    meta = convert(path)["meta"]
    assert meta["backbone"] == dict(
        type="DCGANEncoder", input_size=128, bottleneck=6, base_channels=4
    )
    assert meta["normalization"] == dict(mean=[127.5] * 3, std=[127.5] * 3, bgr=False)
    assert (meta["out_channels"], meta["out_strides"]) == ((6,), (128,))
    assert meta["pretext"] == "ContextEncoder" and meta["overlap"] is None
    assert meta["tensors"] == 52
    source = meta["source"]
    assert source["kind"] == "pytorch" and source["file"] == path.name
    assert source["network"] == "generator for regions of 128 px pictures"
    assert source["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    torch.save(meta, tmp_path / "meta.pth")
    assert torch.load(tmp_path / "meta.pth", weights_only=True) == meta
    judge = convert(saved(tmp_path / "d.pth", port(JUDGE)))["meta"]
    assert judge["model"]["type"] == "DCGANDiscriminator"
    assert judge["backbone"] == {} and judge["pretext"] is None


def test_files_of_2017_and_of_today(tmp_path):
    net = port()
    old = saved(tmp_path / "a", net, _use_new_zipfile_serialization=False)
    computes_what(convert(old), net, CENTER)
    older = python2_file(tmp_path / "c", entries(net))
    assert convert(older)["meta"]["source"]["epoch"] == 200
    computes_what(convert(older), net, CENTER)
    # Newer PyTorch counts batches; forks wrap for several devices, or save bare.
    state = {f"module.main.{k}": v for k, v in net.state_dict().items()}
    torch.save(state, tmp_path / "b")
    found = convert(tmp_path / "b")
    assert len(found["state_dict"]) == 47 + 9
    computes_what(found, net, CENTER)


def test_biases(tmp_path):
    net = port(bias=True)
    path = written(tmp_path / "net.t7", lua(net))
    kept = convert(path, biases="keep")
    assert len(kept["state_dict"]) == 47 + 11
    assert kept["meta"]["biases"] == "kept"
    computes_what(kept, net, CENTER)

    dropped = convert(path)
    assert len(dropped["state_dict"]) == 47
    largest = max(float(m.bias.detach().abs().max()) for m in net if not _is_norm(m))
    assert dropped["meta"]["biases"] == "dropped"
    assert dropped["meta"]["largest_bias"] == largest > 0
    for layer in net:
        if not _is_norm(layer):
            nn.init.zeros_(layer.bias)
    computes_what(dropped, net, CENTER)

    judge = port(JUDGE, bias=True)
    path = written(tmp_path / "d.t7", lua(judge))
    computes_what(convert(path, biases="keep"), judge, JUDGE)
    # Nothing there to keep.
    found = convert(saved(tmp_path / "g.pth", port()), biases="keep")
    assert found["meta"]["biases"] == "none" and len(found["state_dict"]) == 47


def _is_norm(layer):
    return not hasattr(layer, "bias") or isinstance(layer, nn.BatchNorm2d)


@pytest.mark.parametrize("element", ["Float", "Double", "Cuda"])
@pytest.mark.parametrize("one_storage", [False, True])
def test_tensors_of_torch7(element, one_storage, tmp_path):
    """getParameters() makes all parameters views of one storage."""
    net = port()
    root = lua(net, element=element, one_storage=one_storage)
    path = written(tmp_path / "net.t7", root)
    found = convert(path)
    assert all(v.dtype == torch.float32 for v in found["state_dict"].values())
    assert all(
        v.untyped_storage().nbytes() == 4 * v.numel()
        for v in found["state_dict"].values()
    )
    computes_what(found, net, CENTER)


def test_old_torch7(tmp_path):
    """1 / sqrt(variance + eps) in place of the variance; no versions; rows."""
    net = port()
    # Small enough that eps shows.
    net[3].running_var.fill_(1e-3)
    root = lua(net, old_norm=True)
    path = written(tmp_path / "net.t7", root, version=None)
    found = convert(path)
    var = found["state_dict"]["backbone.stages.1.norm.running_var"]
    assert torch.allclose(var, net[3].running_var, rtol=1e-4)
    computes_what(found, net, CENTER)

    first = root.fields["modules"][0].fields["modules"][0]
    first.name = "nn.SpatialConvolutionMM"
    first.fields["weight"].size, first.fields["weight"].stride = (2, 48), (48, 1)
    computes_what(convert(written(path, root)), net, CENTER)


@pytest.mark.parametrize("kind", [6, 7, 8])
def test_functions_are_passed_over(kind, tmp_path):
    net = port()
    root = lua(net)
    function = Function(kind, upvalues={1: dict(name="_ENV"), 2: root})
    root.fields["hook"] = function
    root.fields["again"] = function
    computes_what(convert(written(tmp_path / "net.t7", root)), net, CENTER)


def _change(modules, place, **fields):
    modules[place].fields |= fields


SPOILED = {
    "negval 0.01": lambda enc, dec: _change(enc, 1, negval=0.01),
    "eps 0.001": lambda enc, dec: _change(enc, 3, eps=1e-3),
    "dW 1.0, the released network has 2": lambda enc, dec: _change(enc, 0, dW=1),
    "place 2 has norm where": lambda enc, dec: enc.pop(2),
    "has nothing where": lambda enc, dec: dec.pop(),
    "noiseGen": lambda enc, dec: dec.insert(1, Obj("nn.JoinTable", dimension=2)),
    "main.5.weight ((1, 2, 4, 4) for (4, 2, 4, 4))": lambda enc, dec: _resize(enc[5]),
    "missing: main.3.running_var": lambda enc, dec: enc[3].fields.pop("running_var"),
    "of 4x4 kernels": lambda enc, dec: _rows(enc[0]),
}


def _resize(module):
    module.fields["weight"].size = (1, 2, 4, 4)


def _rows(module):
    module.fields["weight"].size, module.fields["weight"].stride = (2, 7), (7, 1)


@pytest.mark.parametrize("said", SPOILED)
def test_other_networks_of_torch7(said, tmp_path):
    root = lua(port())
    decoder = root.fields["modules"]
    SPOILED[said](decoder[0].fields["modules"], decoder)
    with pytest.raises(InputError) as error:
        convert(written(tmp_path / "net.t7", root))
    assert said in str(error.value) and "net.t7" in str(error.value)


def test_other_networks_of_the_port(tmp_path):
    path = tmp_path / "net.pth"

    def said(state):
        torch.save(dict(state_dict=state), path)
        with pytest.raises(InputError) as error:
            convert(path)
        assert "\n" not in str(error.value) and str(path) in str(error.value)
        return str(error.value)

    good = entries(port())
    assert "1 missing: main.14.weight" in said(
        {k: v for k, v in good.items() if k != "main.14.weight"}
    )
    assert "45 of 47 tensors fit" in said(
        good | {k: torch.zeros(9) for k in ("main.2.weight", "main.3.bias")}
    )
    assert "1 left over: main.30.weight" in said(
        good | {"main.30.weight": torch.zeros(2)}
    )
    assert "main.0.weight" in said({k: v for k, v in good.items() if "main.0" not in k})
    assert "not finite" in said(good | {"main.3.bias": torch.full((2,), torch.nan)})
    assert "negative variances" in said(
        good | {"main.3.running_var": torch.full((2,), -1.0)}
    )
    assert "no tensor is named main" in said({"layer1.0.weight": torch.zeros(2)})
    assert "entries are left over" in said(good | {"fc.weight": torch.zeros(2)})
    assert "no dense tensor" in said(good | {"main.0.weight": 3})
    assert "repeats itself" in said(
        good | {"main.0.weight": torch.zeros(1, 1, 1, 1).expand(2000, 3, 4, 4)}
    )
    assert "its state_dict is none" in said([1, 2])
