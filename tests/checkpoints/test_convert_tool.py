"""The command: what it writes, what it says, and that it writes nothing half."""

import os
import resource

import pytest
import torch
from checkpoints.caffemodel_writer import caffenet, layer, net_parameter
from checkpoints.port import CENTER, JUDGE, entries, lua, port
from checkpoints.t7_writer import dumps

from ce_plugin.checkpoints import load_encoder
from ce_plugin.registry import MODELS
from ce_plugin.tools import convert as tool


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def command(*args):
        monkeypatch.setattr("sys.argv", ["convert", *map(str, args)])
        code = tool.main()
        said = capsys.readouterr()
        assert not list(tmp_path.rglob(".*part"))
        return code, said.out, said.err

    return command


@pytest.fixture
def t7(tmp_path):
    path = tmp_path / "net.t7"
    path.write_bytes(dumps(lua(port(bias=True))))
    return path


@pytest.mark.parametrize("out", ["out.pth", "sub/out.safetensors"])
def test_writes_the_whole_network(out, run, t7):
    code, said, _ = run(t7, "--out", out, "--biases", "keep")
    assert code == 0
    first, second = said.splitlines()
    assert first.startswith(
        "torch7: generator for the centre of 128 px pictures, 58 tensors; biases kept"
    )
    assert second == f"58 tensors in {os.path.realpath(out)}"
    if out.endswith("pth"):
        file = torch.load(out, weights_only=True)
        model = MODELS.build(file["meta"]["model"])
        model.load_state_dict(file["state_dict"], strict=True)


def test_writes_the_encoder(run, t7):
    """As pretraining exports it: loads whole where encoders are loaded."""
    assert run(t7, "--out", "encoder.pth", "--encoder")[0] == 0
    file = torch.load("encoder.pth", weights_only=True)
    assert len(file["state_dict"]) == file["meta"]["tensors"] == 26
    assert "model" not in file["meta"]
    encoder, meta = load_encoder("encoder.pth")
    assert encoder(torch.randn(1, 3, 128, 128))[0].shape == (1, 3, 1, 1)
    assert meta["normalization"]["bgr"] is False

    args = ("--encoder", "--no-bottleneck")
    assert run(t7, "--out", "trunk.pth", *args)[0] == 0
    encoder, meta = load_encoder("trunk.pth")
    # Any size now, for detection and segmentation.
    (maps,) = encoder(torch.randn(1, 3, 160, 96))
    assert maps.shape == (1, *meta["out_channels"], 5, 3)
    assert meta["out_strides"] == (32,)


def test_says_what_is_left_out(run, tmp_path):
    path = tmp_path / "features.caffemodel"
    extra = layer("fc8", "InnerProduct", [torch.zeros(2, 3), torch.zeros(2)])
    path.write_bytes(net_parameter([*caffenet(), extra]))
    code, said, _ = run(path, "--out", "encoder.pth", "--encoder")
    assert code == 0
    assert said.splitlines()[0] == (
        "caffe: feature network (CaffeNet), 10 tensors; not part of it and left out: "
        "fc8; no decoder in the file"
    )
    encoder, meta = load_encoder("encoder.pth")
    assert meta["normalization"]["bgr"] is True
    assert encoder(torch.randn(1, 3, 227, 227))[0].shape == (1, 256, 6, 6)


def test_mistakes_are_one_line(run, t7, tmp_path):
    torch.save(entries(port(JUDGE)), tmp_path / "judge.pth")
    (tmp_path / "picture.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "folder.pth").mkdir()
    wrong = {
        "no file": ("none.t7", "--out", "o.pth"),
        "ends in .pth or .safetensors": (t7, "--out", "o.npz"),
        "--out is the file itself": ("judge.pth", "--out", "judge.pth"),
        "folder.pth is a folder": (t7, "--out", "folder.pth"),
        "a foreign file is an encoder": (
            *("judge.pth", "--out", "o.pth", "--kind", "foreign", "--biases", "drop"),
        ),
        "--no-bottleneck goes with": (t7, "--out", "o.pth", "--no-bottleneck"),
        "--pretext go with --kind foreign": (t7, "--out", "o.pth", "--pretext", "byol"),
        "has no encoder": ("judge.pth", "--out", "o.pth", "--encoder"),
        "is no PyTorch (.pth)": ("picture.jpg", "--out", "o.pth"),
        "no binary caffemodel": (t7, "--out", "o.pth", "--kind", "caffe"),
    }
    for said, args in wrong.items():
        code, _, err = run(*args)
        (line,) = err.splitlines()
        assert code == 2 and line.startswith("ce_plugin: error: ") and said in line
    assert not (tmp_path / "o.pth").exists()


def test_a_caffenet_has_no_bottleneck_to_leave_out(run, tmp_path):
    (tmp_path / "a").write_bytes(net_parameter(caffenet()))
    code, _, err = run("a", "--out", "o.pth", "--encoder", "--no-bottleneck")
    assert code == 2 and "no bottleneck to leave out" in err
    assert not (tmp_path / "o.pth").exists()


@pytest.mark.parametrize("ending", ["pth", "safetensors"])
def test_the_old_file_stays_where_the_new_one_fails(ending, run, tmp_path):
    """torch and safetensors have errors of their own for a full disk."""
    out = tmp_path / f"out.{ending}"
    out.write_text("old")
    torch.save(dict(epoch=1, state_dict=entries(port(CENTER))), tmp_path / "g.pth")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, before[1]))
    try:
        code, _, err = run("g.pth", "--out", out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    (line,) = err.splitlines()
    assert code == 1 and f"cannot write {out} (" in line and "make room" in line
    assert out.read_text() == "old"
