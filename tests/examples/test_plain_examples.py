"""Every file of examples/, run by the command that stands at its head."""

import re
import runpy
import subprocess
import sys

import numpy as np
import pytest
import torch
from class_folders import make_classes
from PIL import Image
from runs import ROOT, environment, make_photos
from torchvision.models import resnet18

FILES = sorted((ROOT / "examples").glob("*.py"))
NAMES = [path.stem for path in FILES]
# What makes each quick; the folders and files are those of the command.
SMALL = {
    "pretrain_timm": "--steps 2 --batch 4 --words 4 --size 64",
    "finetune_torchvision": "--epochs 1 --batch 4 --size 32",
    "masks_in_transforms": "--size 64",
    "fill_array": "--filler telea",
    "linear_probe": "--size 64",
}


def command(name: str) -> list[str]:
    """The command of the docstring, with the small options after its own."""
    text = (ROOT / "examples" / f"{name}.py").read_text()
    (line,) = re.findall(rf"^    python examples/{name}\.py (.*)$", text, re.MULTILINE)
    return [*line.split(), *SMALL[name].split()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Photos, classes, a photo, and the encoder that the first example makes."""
    folder = tmp_path_factory.mktemp("examples")
    make_photos(folder / "photos", count=8)
    make_classes(folder / "classes")
    pixels = np.random.default_rng(0).integers(0, 255, (9, 12, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels).resize((120, 90), Image.Resampling.BICUBIC)
    picture.save(folder / "photo.jpg")
    # In a process of its own: nothing else has set a scope or filled a registry.
    made = subprocess.run(
        [sys.executable, ROOT / "examples/pretrain_timm.py", *command("pretrain_timm")],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(),
        timeout=240,
    )
    assert made.returncode == 0, made.stderr
    assert "step 0: loss" in made.stdout and "encoder.pth: " in made.stdout
    return folder


@pytest.fixture
def run(folder, monkeypatch, capsys):
    def start(name: str) -> str:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", [f"{name}.py", *command(name)])
        runpy.run_path(str(ROOT / "examples" / f"{name}.py"), run_name="__main__")
        return capsys.readouterr().out

    return start


def test_each_is_short_and_run_here():
    assert sorted(SMALL) == NAMES and len(NAMES) == 5
    for path in FILES:
        assert len(path.read_text().splitlines()) < 60, path


def test_pretrain_timm(folder):
    file = torch.load(folder / "encoder.pth", weights_only=True)
    assert file["meta"]["backbone"]["model_name"] == "resnet18"
    network = resnet18()
    missing, unexpected = network.load_state_dict(file["state_dict"], strict=False)
    assert set(missing) == {"fc.weight", "fc.bias"} and not unexpected
    assert (network.bn1.running_mean != 0).all()


def test_finetune_torchvision(run, folder):
    before = torch.load(folder / "encoder.pth", weights_only=True)["state_dict"]
    assert re.search(r"epoch 0: [\d.]+ % right", run("finetune_torchvision"))
    after = torch.load(folder / "classifier.pth", weights_only=True)
    assert after["fc.weight"].shape == (3, 512)
    moved = (after["conv1.weight"] - before["conv1.weight"]).abs().max()
    assert 0 < moved < 0.01  # one epoch away from the encoder, not from random weights


def test_another_architecture_is_refused(run, monkeypatch):
    monkeypatch.setitem(SMALL, "finetune_torchvision", "--model resnet34")
    with pytest.raises(SystemExit, match="is no resnet34"):
        run("finetune_torchvision")


def test_masks_in_transforms(run, folder):
    lines = run("masks_in_transforms").splitlines()
    assert len(lines) == 8 and all(float(line.split()[0]) > 5 for line in lines)
    pixels = np.asarray(Image.open(folder / "holes.png"))
    assert pixels.shape == (2 + 2 * 66, 2 + 4 * 66, 3)
    assert 0.05 < (pixels == (255, 0, 255)).all(axis=2).mean() < 0.3


def test_fill_array(run, folder):
    assert "filled.png: 2000 pixels filled by telea" in run("fill_array")
    before = np.asarray(Image.open(folder / "photo.jpg"))
    after = np.asarray(Image.open(folder / "filled.png"))
    changed = (before != after).any(axis=2)
    assert changed[30:70, 40:90].mean() > 0.9
    changed[30:70, 40:90] = False
    assert not changed.any()


def test_linear_probe(run):
    """The colours of the classes are as clear to random weights as to any."""
    (share,) = re.findall(r"top-1 ([\d.]+) %", run("linear_probe"))
    assert float(share) > 90


def test_an_encoder_of_bgr_is_shown_bgr(folder, monkeypatch):
    file = torch.load(folder / "encoder.pth", weights_only=True)
    file["state_dict"]["conv1.weight"] = file["state_dict"]["conv1.weight"].flip(1)
    norm = file["meta"]["normalization"]
    turned = {name: norm[name][::-1] for name in ("mean", "std")}
    file["meta"]["normalization"] = turned | dict(bgr=True)
    torch.save(file, folder / "bgr.pth")
    monkeypatch.chdir(folder)
    found = []
    for encoder in ("encoder.pth", "bgr.pth"):
        argv = ["linear_probe.py", encoder, *command("linear_probe")[1:]]
        monkeypatch.setattr(sys, "argv", argv)
        found.append(runpy.run_path(str(ROOT / "examples/linear_probe.py"))["train"])
    torch.testing.assert_close(*found, atol=1e-3, rtol=1e-3)
