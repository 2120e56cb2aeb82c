"""Encoders leave under other libraries' names and come in from them."""

import json
import sys

import pytest
import timm as timm_library
import torch
import torchvision
from checkpoints.encoders import ENCODERS, IMAGENET, timm, write_encoder_file
from safetensors import safe_open

from ce_plugin.checkpoints import import_encoder, load_encoder, read_weights
from ce_plugin.checkpoints.key_styles import (
    RENAMINGS,
    from_detectron2,
    to_detectron2,
    to_style,
)
from ce_plugin.errors import InputError
from ce_plugin.tools import convert as convert_tool
from ce_plugin.tools import export as tool


def run(module, monkeypatch, *args):
    monkeypatch.setattr("sys.argv", ["tool", *map(str, args)])
    return module.main()


def test_names_of_detectron2_are_its_own():
    """As its ResNet has them, written out by hand."""
    expected = {
        "conv1.weight": "stem.conv1.weight",
        "bn1.running_var": "stem.conv1.norm.running_var",
        "layer1.0.conv1.weight": "res2.0.conv1.weight",
        "layer1.0.bn3.bias": "res2.0.conv3.norm.bias",
        "layer4.0.downsample.0.weight": "res5.0.shortcut.weight",
        "layer4.0.downsample.1.weight": "res5.0.shortcut.norm.weight",
    }
    for ours, theirs in expected.items():
        assert to_detectron2(ours) == theirs and from_detectron2(theirs) == ours


@pytest.mark.parametrize("depth", [18, 50])
def test_renamings_are_each_others_reverse(depth):
    plain = set(getattr(torchvision.models, f"resnet{depth}")().state_dict())
    plain = {name for name in plain if not name.startswith("fc.")}
    deep = set(timm_library.create_model("resnet50c").state_dict())
    deep = {name for name in deep if not name.startswith("fc.")}
    for names, (there, back) in ((plain, RENAMINGS[3]), (deep, RENAMINGS[2])):
        renamed = {there(name) for name in names}
        assert len(renamed) == len(names) and renamed != names
        assert {back(name) for name in renamed} == names


def test_torchvision_and_timm_load_what_is_exported(tmp_path, monkeypatch):
    encoder = write_encoder_file(timm("resnet50"), tmp_path / "encoder.pth").eval()
    x = torch.rand(1, 3, 64, 64)
    expected = encoder(x)[0]
    for style in ("torchvision", "timm"):
        out = tmp_path / f"{style}.pth"
        args = (tmp_path / "encoder.pth", out, "--style", style)
        assert run(tool, monkeypatch, *args) == 0
        state = torch.load(out, weights_only=True)["state_dict"]
        if style == "torchvision":
            network = torchvision.models.resnet50()
            missing, unexpected = network.load_state_dict(state, strict=False)
            network.fc = network.avgpool = torch.nn.Identity()
            found = network.eval()(x).view_as(expected)
        else:
            network = timm_library.create_model("resnet50")
            from timm.models import load_checkpoint

            load_checkpoint(network, str(out), strict=False)
            missing, unexpected = ["fc.weight", "fc.bias"], []
            found = network.eval().forward_features(x)
        assert set(missing) == {"fc.weight", "fc.bias"} and not unexpected
        assert torch.allclose(found, expected)


def test_safetensors_carry_their_meta(tmp_path, monkeypatch):
    encoder = write_encoder_file(timm("resnet18"), tmp_path / "encoder.pth")
    out = tmp_path / "out" / "encoder.safetensors"
    assert run(tool, monkeypatch, tmp_path / "encoder.pth", out) == 0
    with safe_open(out, "pt") as file:
        meta = json.loads(file.metadata()["meta"])
    assert meta["normalization"] == IMAGENET and meta["style"] == "openmmlab"
    again, said = load_encoder(out)
    assert said == meta
    for key, value in encoder.state_dict().items():
        assert torch.equal(again.state_dict()[key], value)


def test_detectron2_file_lets_it_match_names(tmp_path, monkeypatch):
    write_encoder_file(timm("resnet18"), tmp_path / "encoder.pth")
    out = tmp_path / "d2.pth"
    args = (tmp_path / "encoder.pth", out, "--style", "detectron2")
    assert run(tool, monkeypatch, *args) == 0
    file = torch.load(out, weights_only=True)
    assert file["matching_heuristics"] is True and "__author__" in file
    assert len(file["model"]) == 100 and "res3.0.shortcut.norm.bias" in file["model"]
    assert load_encoder(out)[1]["style"] == "detectron2"


def test_a_deep_stem_is_v1c_for_openmmlab(tmp_path, monkeypatch):
    write_encoder_file(ENCODERS["resnet50-v1c"][0], tmp_path / "encoder.pth")
    state, _ = read_weights(tmp_path / "encoder.pth")
    assert "stem.0.weight" in state and "stem.7.running_mean" in state
    assert "conv1.0.weight" in to_style(state, "timm", "x")
    back, _ = load_encoder(tmp_path / "encoder.pth")
    assert torch.equal(back.state_dict()["conv1.0.weight"], state["stem.0.weight"])


def test_styles_that_have_no_such_network(tmp_path, monkeypatch, capsys):
    write_encoder_file(dict(type="CaffeNet"), tmp_path / "caffe.pth")
    write_encoder_file(ENCODERS["resnet50-v1c"][0], tmp_path / "deep.pth")
    write_encoder_file(timm("seresnet18"), tmp_path / "attention.pth")
    for file, style, phrase in (
        ("caffe.pth", "torchvision", "has no CaffeNet"),
        ("caffe.pth", "detectron2", "has no CaffeNet"),
        ("attention.pth", "torchvision", "has no seresnet18"),
        ("attention.pth", "detectron2", "has no seresnet18"),
        ("deep.pth", "torchvision", "has three"),
        ("deep.pth", "keras", "style is one of"),
    ):
        out = tmp_path / "out.pth"
        args = (tmp_path / file, out, "--style", style)
        assert run(tool, monkeypatch, *args) == 2
        assert phrase in capsys.readouterr().err and not out.exists()
    assert run(tool, monkeypatch, tmp_path / "caffe.pth", "x.onnx") == 2
    assert "OUT ends in" in capsys.readouterr().err


@pytest.mark.parametrize("depth", [18, 34, 50, 101])
def test_a_resnet_of_torchvision_comes_in(depth, tmp_path):
    network = getattr(torchvision.models, f"resnet{depth}")().eval()
    torch.save(network.state_dict(), tmp_path / "theirs.pth")
    found = import_encoder(tmp_path / "theirs.pth")
    assert found["meta"]["backbone"]["model_name"] == f"resnet{depth}"
    assert found["meta"]["normalization"] == IMAGENET
    expected = {
        k: v for k, v in network.state_dict().items() if not k.startswith("fc.")
    }
    assert set(found["state_dict"]) == set(expected)
    assert all(torch.equal(found["state_dict"][k], v) for k, v in expected.items())


def test_mmpretrain_and_timm_files_come_in(tmp_path):
    encoder = timm_library.create_model("resnet50c")
    state = {f"backbone.{k}": v for k, v in encoder.state_dict().items()}
    state["head.fc.weight"] = torch.zeros(3, 3)
    torch.save(dict(state_dict=state, meta=dict(epoch=3)), tmp_path / "deep.pth")
    found = import_encoder(tmp_path / "deep.pth", pretext="MoCo")
    assert found["meta"]["pretext"] == "MoCo"
    assert torch.equal(found["state_dict"]["bn1.weight"], state["backbone.bn1.weight"])

    atto = timm_library.create_model("convnext_atto")
    torch.save(atto.state_dict(), tmp_path / "atto.pth")
    with pytest.raises(InputError, match="no ResNet"):
        import_encoder(tmp_path / "atto.pth")
    network = dict(type="TimmBackbone", model_name="convnext_atto")
    found = import_encoder(tmp_path / "atto.pth", network)
    key = "stages.3.blocks.1.mlp.fc2.weight"
    assert torch.equal(found["state_dict"][key], atto.state_dict()[key])
    network["model_name"] = "convnext_femto"
    with pytest.raises(InputError, match="of another shape"):
        import_encoder(tmp_path / "atto.pth", network)


def test_the_tool_takes_foreign_files(tmp_path, monkeypatch, capsys):
    network = torchvision.models.resnet18()
    torch.save(network.state_dict(), tmp_path / "theirs.pth")
    out = tmp_path / "supervised.pth"
    args = (tmp_path / "theirs.pth", "--kind", "foreign", "--out", out)
    assert run(convert_tool, monkeypatch, *args) == 0
    loaded, meta = load_encoder(out)
    assert torch.equal(loaded.state_dict()["conv1.weight"], network.conv1.weight)
    assert meta["pretext"] == "supervised"
    args = (*args, "--network", "resnet34")
    assert run(convert_tool, monkeypatch, *args) == 2
    assert "does not fill TimmBackbone" in capsys.readouterr().err
    assert sys.argv[0] == "tool"
