"""As a user starts it: from a wheel, with mim, on own pictures, on two processes."""

import json
import subprocess
import sys

import pytest
import torch
from runs import SMALL, environment, make_photos, train

from ce_plugin.checkpoints import load_encoder
from ce_plugin.zoo import FOLDER, zoo_names


def assert_finished(work_dir, last=6):
    assert (work_dir / "last_checkpoint").read_text().endswith(f"iter_{last}.pth")
    encoder = torch.load(work_dir / "encoder.pth", weights_only=True)
    assert len(encoder["state_dict"]) > 10
    # The training checkpoint serves as well, and says how pictures are normalised.
    raw, meta = load_encoder(work_dir / f"iter_{last}.pth")
    assert meta["normalization"] == encoder["meta"]["normalization"]
    assert all(raw.state_dict()[k].equal(v) for k, v in encoder["state_dict"].items())
    page = (work_dir / "index.html").read_text()
    assert "encoder.pth" in page and "data:image/png;base64," in page
    metrics = json.loads((work_dir / "metrics.json").read_text())["metrics"]
    assert {"inpainting/hole_psnr", "inpainting/context-mean/hole_psnr"} <= set(metrics)
    assert list((work_dir / "pictures").glob("iter_*.png"))
    return encoder


@pytest.mark.slow
def test_mim_from_a_wheel_in_an_empty_folder(installed, mim, tmp_path):
    args = ("pretrain_ce.py", "--cfg-options", *SMALL)
    done = mim(tmp_path, "train", "ce_plugin", *args)
    assert done.returncode == 0, done.stderr[-3000:]
    assert str(installed) in done.stdout
    assert_finished(tmp_path / "work_dirs" / "pretrain_ce")
    (log,) = tmp_path.glob("work_dirs/pretrain_ce/*/*.log")
    assert "images_per_second" in log.read_text() and "data_wait" in log.read_text()


@pytest.mark.slow
def test_mim_on_two_processes(mim, tmp_path):
    done = mim(
        tmp_path,
        "train",
        "ce_plugin",
        "pretrain_ce.py",
        "--launcher",
        "pytorch",
        "--gpus",
        "2",
        "--cfg-options",
        *SMALL,
        # Without a GPU torch's own are refused by torch.
        "sync_bn=torch",
    )
    assert done.returncode == 0, done.stderr[-3000:]
    encoder = assert_finished(tmp_path / "work_dirs" / "pretrain_ce")
    # One process speaks.
    for line in ("network   ContextEncoder", "held out after 4 it", "result page: "):
        assert done.stdout.count(line) == 1, done.stdout
    assert not any("module." in name for name in encoder["state_dict"])


@pytest.mark.slow
def test_own_pictures_tensorboard_and_amp(tmp_path):
    photos = make_photos(tmp_path / "photos")
    (photos / "part0" / "00.jpg").write_bytes(b"")
    work_dir = tmp_path / "run"
    done = train(
        work_dir, "--tensorboard", "--amp-anyway", options=[f"data_root={photos}"]
    )
    assert done.returncode == 0, done.stderr[-3000:]
    encoder = assert_finished(work_dir)
    assert encoder["meta"]["data"]["kind"] == "ImageFolder"
    assert encoder["meta"]["data"]["root"] == str(photos)
    assert list(work_dir.rglob("events.out.tfevents*"))


def test_help_imports_no_torch():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "ce_plugin.tools.train", "--help"],
        capture_output=True,
        text=True,
        env=environment(),
    )
    assert done.returncode == 0 and "--cfg-options" in done.stdout
    imported = {line.split("|")[-1].strip() for line in done.stderr.splitlines()}
    assert "argparse" in imported
    assert not imported & {"torch", "mmengine", "numpy"}


@pytest.mark.slow
def test_import_needs_none_of_the_optional_packages():
    code = (
        "import sys, ce_plugin, ce_plugin.registry as r\n"
        "for part in vars(r).values():\n"
        "    if isinstance(part, r.Registry) and part is not r.Registry:\n"
        "        part.import_from_location()\n"
        "assert r.MODELS.get('ContextEncoder') and r.MASKS.get('RandomBlock')\n"
        "bad = {'mmdet', 'mmseg', 'mmcv', 'lightly', 'timm'} & set(sys.modules)\n"
        "assert not bad, bad\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=environment())


@pytest.mark.slow
def test_the_wheel_has_the_packaged_weights_and_their_cards(installed):
    files = [p for p in FOLDER.iterdir() if p.suffix in (".safetensors", ".json")]
    assert len(files) == 2 * len(zoo_names()) == 4
    for file in files:
        there = installed / "ce_plugin/zoo" / file.name
        assert there.read_bytes() == file.read_bytes()


def test_base_across_packages(installed, tmp_path):
    (tmp_path / "mine.py").write_text(
        "_base_ = 'ce_plugin::pretrain/context-encoder_r18_blocks-64.py'\n"
        "train_cfg = dict(max_iters=7)\n"
    )
    base = "_base_ = 'ce_plugin::_base_/../pretrain_ce.py'\n"
    (tmp_path / "default.py").write_text(base)
    code = (
        "import ce_plugin.registry\n"
        "from mmengine.config import Config\n"
        "cfg = Config.fromfile('mine.py')\n"
        "assert cfg.model.backbone.model_name == 'resnet18'\n"
        "assert cfg.train_cfg.max_iters == 7\n"
        "cfg = Config.fromfile('default.py')\n"
        "assert cfg.model.backbone.input_size == 64"
    )
    env = environment()
    env["PYTHONPATH"] = str(installed)
    subprocess.run([sys.executable, "-c", code], check=True, env=env, cwd=tmp_path)
