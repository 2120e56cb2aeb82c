"""Encoders as other libraries' training scripts leave them come in, or are named."""

import sys

import pytest
import timm
import torch
import torchvision
from torch import nn

from ce_plugin.checkpoints import import_encoder
from ce_plugin.checkpoints.formats.import_encoder import normalization_given
from ce_plugin.checkpoints.load.numbered_keys import from_positions
from ce_plugin.errors import InputError
from ce_plugin.tools import convert as convert_tool


@pytest.fixture(scope="module")
def resnet():
    torch.manual_seed(0)
    return torchvision.models.resnet18()


def prefixed(prefix, module):
    return {f"{prefix}{name}": value for name, value in module.state_dict().items()}


def sequential(network, cut=1):
    """What lightly's tutorials make of a network."""
    return nn.Sequential(*list(network.children())[:-cut])


def noise(state, prefix):
    """The same shapes under another prefix, as a momentum encoder has."""
    return {f"{prefix}{name}": torch.rand_like(v.float()) for name, v in state.items()}


def lightly_tutorial(net):
    return prefixed("backbone.", sequential(net)) | prefixed(
        "projection_head.layers.", nn.Sequential(nn.Linear(512, 64), nn.BatchNorm1d(64))
    )


LAYOUTS = {
    "lightly's tutorials": lightly_tutorial,
    "the same in a Lightning checkpoint": lambda net: dict(
        state_dict=lightly_tutorial(net), epoch=3, global_step=7, hyper_parameters={}
    ),
    "the same, without the pooling": lambda net: sequential(net, 2).state_dict(),
    "numbers without the first pooling": lambda net: nn.Sequential(
        *list(net.children())[:3], *list(net.children())[4:8]
    ).state_dict(),
    "a mean pooling behind": lambda net: prefixed("module.0.", sequential(net)),
    "VISSL's trunk": lambda net: dict(
        phase_idx=9,
        classy_state_dict=dict(
            base_model=dict(
                model=dict(
                    trunk=prefixed("_feature_blocks.", net),
                    heads={"0.clf.0.weight": torch.zeros(4, 512)},
                )
            )
        ),
    ),
    "OpenSelfSup's MoCo": lambda net: dict(
        state_dict=prefixed("encoder_q.0.", net)
        | {"encoder_q.1.mlp.0.weight": torch.zeros(8, 512), "queue": torch.zeros(4, 9)},
        meta=dict(epoch=200),
    ),
    "OpenSelfSup's BYOL": lambda net: dict(
        state_dict=prefixed("online_net.0.", net)
        | {"online_net.1.fc0.weight": torch.zeros(8, 512)}
    ),
    "mmselfsup 0.x": lambda net: dict(
        state_dict=prefixed("backbone.", net)
        | {"neck.mlp.0.weight": torch.zeros(8, 512)},
        meta=dict(mmselfsup_version="0.11.0"),
    ),
    "MoCo's own": lambda net: dict(
        arch="resnet18", state_dict=prefixed("module.encoder_q.", net)
    ),
    "DINO's teacher": lambda net: dict(
        teacher=prefixed("backbone.", net), student=noise(net.state_dict(), "module.")
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_of_others(layout, resnet, tmp_path):
    torch.save(LAYOUTS[layout](resnet), tmp_path / "theirs.pth")
    found = import_encoder(tmp_path / "theirs.pth")
    assert found["meta"]["backbone"] == dict(type="TimmBackbone", model_name="resnet18")
    expected = {k: v for k, v in resnet.state_dict().items() if k[:3] != "fc."}
    assert set(found["state_dict"]) == set(expected)
    assert all(torch.equal(found["state_dict"][k], v) for k, v in expected.items())


def test_positions_of_a_bottleneck_and_of_a_deep_stem(tmp_path):
    net = torchvision.models.resnet50()
    torch.save(prefixed("backbone.", sequential(net)), tmp_path / "a.pth")
    found = import_encoder(tmp_path / "a.pth")
    assert found["meta"]["backbone"]["model_name"] == "resnet50"
    assert torch.equal(found["state_dict"]["layer4.2.bn3.bias"], net.layer4[2].bn3.bias)
    deep = timm.create_model("resnet50c")
    torch.save(sequential(deep, 2).state_dict(), tmp_path / "b.pth")
    found = import_encoder(tmp_path / "b.pth")
    assert found["meta"]["backbone"]["stem_type"] == "deep"
    assert torch.equal(found["state_dict"]["conv1.3.weight"], deep.conv1[3].weight)


def test_positions_are_checked_by_shapes_and_by_count(resnet, tmp_path):
    state = sequential(resnet).state_dict()
    torch.save(state, tmp_path / "a.pth")
    network = dict(type="TimmBackbone", model_name="resnet18")
    assert import_encoder(tmp_path / "a.pth", network)["state_dict"]
    network["model_name"] = "resnet34"
    with pytest.raises(InputError, match="does not fill"):
        import_encoder(tmp_path / "a.pth", network)
    torch.save(
        {k: v for k, v in state.items() if k != "5.1.bn2.weight"}, tmp_path / "a"
    )
    with pytest.raises(InputError, match=r"1 missing: layer2\.1\.bn2\.weight"):
        import_encoder(tmp_path / "a")
    torch.save(state | {"0.weight": state["0.weight"][:, :1]}, tmp_path / "a")
    with pytest.raises(InputError, match=r"of another shape: conv1\.weight"):
        import_encoder(tmp_path / "a")
    other = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2)).state_dict()
    assert from_positions(other) == other


@pytest.mark.parametrize("numbers", [False, True])
def test_a_stem_for_small_pictures_is_said_by_name(numbers, tmp_path):
    if numbers:
        lightly = pytest.importorskip("lightly.models")
        state = sequential(lightly.ResNetGenerator("resnet-18")).state_dict()
    else:
        net = torchvision.models.resnet18()
        net.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        state = net.state_dict()
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(
        InputError, match=r"small pictures, as for CIFAR.* 3x3, not 7x7"
    ):
        import_encoder(tmp_path / "a.pth")


def test_the_normalisation_is_printed_and_can_be_given(
    resnet, tmp_path, monkeypatch, capsys
):
    torch.save(resnet.state_dict(), tmp_path / "a.pth")

    def run(*options):
        out = tmp_path / "out.pth"
        words = [
            "tool",
            tmp_path / "a.pth",
            "--kind",
            "foreign",
            "--out",
            out,
            *options,
        ]
        monkeypatch.setattr(sys, "argv", [str(word) for word in words])
        code = convert_tool.main()
        said = capsys.readouterr()
        if code:
            return said.err
        meta = torch.load(out, weights_only=True)["meta"]["normalization"]
        return said.out.splitlines()[-1], meta

    line, meta = run()
    assert line.endswith("std 58.395 57.12 57.375, RGB (assumed)")
    assert line.startswith("normalisation: mean 123.675 116.28 103.53")
    line, meta = run("--mean", 0.5, 0.5, 0.5, "--std", 0.5, 0.25, 0.5)
    assert line == "normalisation: mean 127.5 127.5 127.5, std 127.5 63.75 127.5, RGB"
    assert meta == dict(mean=[127.5] * 3, std=[127.5, 63.75, 127.5], bgr=False)
    line, meta = run("--mean", 104, 117, 123, "--std", 1, 1, 1, "--bgr")
    assert meta == dict(mean=[104, 117, 123], std=[1, 1, 1], bgr=True)
    assert "BGR" in line and "assumed" not in line
    assert "go together" in run("--mean", 1, 2, 3)
    assert "above 0" in run("--mean", 1, 2, 3, "--std", 1, 0, 1)


def test_imagenets_values_are_turned_for_bgr():
    assert normalization_given(None, None, True) == dict(
        mean=[103.53, 116.28, 123.675], std=[57.375, 57.12, 58.395], bgr=True
    )
