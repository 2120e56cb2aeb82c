"""A user's mistake is one line on stderr and exit code 1 or 2, nothing half-written."""

import os
import resource

import numpy as np
import pytest
import torch
from PIL import Image
from runs import DEFAULT, make_photos, train

from ce_plugin.checkpoints import read_weights
from ce_plugin.engine.config import load_config
from ce_plugin.registry import MODELS
from ce_plugin.tools import train as tool


def run(capsys, monkeypatch, tmp_path, *args):
    """The tool in this process, for mistakes that are found before a run starts."""
    work_dir = tmp_path / "run"
    argv = ["train", *map(str, args), "--work-dir", str(work_dir)]
    monkeypatch.setattr("sys.argv", argv)
    code = tool.main()
    (line,) = [
        text
        for text in capsys.readouterr().err.splitlines()
        if text.startswith("ce_plugin: error: ")
    ]
    left = list(work_dir.rglob("*.pth")) if work_dir.exists() else []
    assert left == []
    return code, line


OPTIONS = {
    "train_cfg.max_iter=5": "did you mean 'max_iters'?",
    "modle.window=full": "did you mean 'model'?",
    "model.bottelneck=None": "did you mean 'bottleneck'?",
    "model.backbone.base_chanels=8": "did you mean 'base_channels'?",
    "model.backbone.type=DCGANEncodr": "did you mean 'DCGANEncoder'?",
    "train_dataloader.dataset.mask.type=RandomBlok": "did you mean 'RandomBlock'?",
    "model.backbone.type=mmnone.ResNet": "no 'mmnone.ResNet'; is mmnone installed?",
    "optim_wrapper.optimizer.learning_rate=1": "fused, lr, maximize",
    "optim_wrapper.optimizer.type=Adan": "did you mean 'Adam",
    "custom_hooks.9.interval=5": "entries 0 to 5",
    "model.window=centre": "window is 'full' or 'center'",
    "model.reconstruction_weight=-1": "reconstruction_weight is at least 0",
    "model.reconstruction.region=holes": "region is one of hole, full, known10x",
    "optim_wrapper.lr_factor=0": "lr_factor is a positive number",
    "model.data_preprocessor.std=0,1,1": "std is positive",
    "train_dataloader.dataset.transforms.0.type=RandomResizeCrop": "RandomResizedCrop",
    "data_root=/no/such/folder": "/no/such/folder",
    "load_from=/no/such/file.pth": "no checkpoint /no/such/file.pth",
    "load_from=ce_plugin://none": "no weights 'none' come with the package",
    "train_cfg.val_interval=0": "a whole number from 1 on, not 0; val_cfg=None",
    "train_cfg.val_interval=2.5": "val_interval is a whole number from 1 on",
    "default_hooks.logger.interval=0": "logger.interval is a whole number from 1 on",
    "default_hooks.checkpoint.interval=abc": "checkpoint.interval is a whole number",
    "model.init_cfg=[1,2": "--cfg-options model.init_cfg: Imbalanced brackets",
    "param_scheduler.0.foo=1": "unknown key param_scheduler.0.foo",
    "param_scheduler.0.type=LinearLRs": "did you mean 'LinearLR'?",
    "custom_imports.imports=[no_such_module]": "no_such_module; is the folder of",
    "train_dataloader.dataset=None": "train_dataloader.dataset is a dict with the type",
    "window": "takes key=value",
    "train_cfg.max_iters=abc": "train_cfg.max_iters is a whole number from 1 on",
    "train_cfg.max_iters=0": "is a whole number from 1 on, not 0",
    "train_dataloader.batch_size=0": "batch_size is a whole number from 1 on",
    "val_dataloader.num_workers=-1": "num_workers is a whole number from 0 on",
    "optim_wrapper.optimizer.lr=fast": "lr is a number from 0 on, not 'fast'",
}


@pytest.mark.parametrize("option", OPTIONS)
def test_options(option, capsys, monkeypatch, tmp_path):
    code, line = run(capsys, monkeypatch, tmp_path, DEFAULT, "--cfg-options", option)
    assert code == 2
    assert OPTIONS[option] in line


def test_configs_that_are_none(capsys, monkeypatch, tmp_path):
    def said(config):
        code, line = run(capsys, monkeypatch, tmp_path, config)
        assert code == 2
        return line

    assert "did you mean 'pretrain_ce.py'" in said("pretrain-ce.py")
    (tmp_path / "broken.py").write_text("model = dict(\n")
    assert "broken.py cannot be read" in said(tmp_path / "broken.py")
    (tmp_path / "slip.py").write_text(f"_base_ = {str(DEFAULT)!r}\nx = 1 / 0\n")
    assert "slip.py cannot be read: division by zero" in said(tmp_path / "slip.py")
    (tmp_path / "typo.py").write_text(
        f"_base_ = {str(DEFAULT)!r}\ntrain_datalaoder = dict(batch_size=2)\n"
    )
    assert "did you mean 'train_dataloader'" in said(tmp_path / "typo.py")


def test_imports_that_are_none(capsys, monkeypatch, tmp_path):
    config = tmp_path / "mine.py"
    missing = "custom_imports = dict(imports=['no_such_module'])"
    config.write_text(f"_base_ = {str(DEFAULT)!r}\n{missing}\n")
    code, line = run(capsys, monkeypatch, tmp_path, config)
    assert code == 2
    assert line.endswith("is the folder of the module in PYTHONPATH?")
    assert "no_such_module" in line and "sys.path" not in line


@pytest.mark.skipif(torch.cuda.is_available(), reason="of a machine without a GPU")
def test_amp_of_float16_without_a_gpu(capsys, monkeypatch, tmp_path):
    option = "optim_wrapper.type=AmpOptimWrapper"
    code, line = run(capsys, monkeypatch, tmp_path, DEFAULT, "--cfg-options", option)
    assert code == 2 and "AmpOptimWrapper needs a GPU" in line and "--amp" in line


def test_data_that_is_none(capsys, monkeypatch, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("no picture")
    for folder in ("empty", "notes"):
        option = f"data_root={tmp_path / folder}"
        code, line = run(
            capsys, monkeypatch, tmp_path, DEFAULT, "--cfg-options", option
        )
        assert code == 2 and str(tmp_path / folder) in line and "jpg" in line


def test_nothing_to_resume(capsys, monkeypatch, tmp_path):
    code, line = run(capsys, monkeypatch, tmp_path, DEFAULT, "--resume")
    assert code == 2 and "nothing to resume" in line


def test_checkpoints_that_do_not_fit(capsys, monkeypatch, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "exploded"),))

    bomb, other = tmp_path / "bomb.ckpt", tmp_path / "other.ckpt"
    torch.save(dict(state_dict=Bomb()), bomb)
    torch.save(dict(state_dict={"backbone.conv1.weight": torch.zeros(3)}), other)
    said = []
    for path in (bomb, other):
        option = f"load_from={path}"
        args = (DEFAULT, "--cfg-options", option, "model.backbone.base_channels=4")
        code, line = run(capsys, monkeypatch, tmp_path, *args)
        assert code == 2
        said.append(line)
    assert "carries code" in said[0] and "mkdir" in said[0]
    assert not (tmp_path / "exploded").exists()
    assert "of another network than this ContextEncoder" in said[1]


def test_an_encoder_alone_is_no_start(capsys, monkeypatch, tmp_path):
    """What the line says to type in its place loads all of it."""
    config, source = "hidden-words_r18-half-96.py", "ce_plugin://r18-half"
    args = (config, "--cfg-options", f"load_from={source}")
    code, line = run(capsys, monkeypatch, tmp_path, *args)
    assert code == 2 and f"{source} is an encoder alone, no TargetPrediction" in line
    options = line.partition("--cfg-options ")[2].split()
    model = MODELS.build(load_config(config, options).model)
    model.init_weights()
    state, _ = read_weights(source)
    own = model.backbone.state_dict()
    assert own.keys() == state.keys()
    assert all(torch.equal(own[key], value) for key, value in state.items())


def one_line(done, code):
    lines = [x for x in done.stderr.splitlines() if x.startswith("ce_plugin: error: ")]
    assert done.returncode == code, done.stderr[-2000:]
    assert len(lines) == 1 and "Traceback" not in done.stderr, done.stderr[-2000:]
    return lines[0]


@pytest.mark.slow
def test_a_mask_that_cannot_fit(tmp_path):
    """Found in a data worker, and still one line."""
    config = tmp_path / "patches.py"
    config.write_text(
        f"_base_ = {str(DEFAULT)!r}\n"
        "mask = dict(_delete_=True, type='GridPatches', patch_size=48)\n"
        "train_dataloader = dict(dataset=dict(mask=mask))\n"
    )
    done = train(
        tmp_path / "run", config=config, options=["train_dataloader.num_workers=1"]
    )
    assert "48" in one_line(done, 2)


@pytest.mark.slow
def test_bad_pictures_are_named_and_too_many_stop_the_run(tmp_path):
    photos = make_photos(tmp_path / "photos")
    pictures = sorted(photos.rglob("*.jpg"))
    pictures[0].write_bytes(pictures[0].read_bytes()[:300])
    Image.fromarray(np.zeros((30, 30), np.uint8)).save(photos / "grey.png")
    Image.fromarray(np.zeros((3, 2, 4), np.uint8)).save(photos / "tiny_rgba.png")
    Image.new("CMYK", (40, 40)).save(photos / "cmyk.jpg")
    Image.fromarray(np.zeros((40, 40), np.uint16)).save(photos / "deep.png")
    options = [f"data_root={photos}", "train_dataloader.batch_size=16"]
    done = train(tmp_path / "run", options=options)
    assert done.returncode == 0, done.stderr[-2000:]
    said = done.stdout + done.stderr
    assert "1 unreadable pictures were passed over: " + str(pictures[0]) in said

    for path in pictures[:12]:
        # Not the same bytes: copies of held-out files are no part of the training.
        path.write_bytes(b"not a picture" + path.name.encode())
    line = one_line(train(tmp_path / "again", options=options), 2)
    assert "can" in line and "be read" in line and str(photos) in line


@pytest.mark.slow
def test_a_loss_that_is_no_number(tmp_path):
    work_dir = tmp_path / "run"
    options = ["optim_wrapper.optimizer.lr=1e30", "train_cfg.max_iters=30"]
    done = train(work_dir, options=[*options, "default_hooks.checkpoint.interval=1"])
    line = one_line(done, 1)
    assert "not finite for 5 iterations" in line
    assert not (work_dir / "encoder.pth").exists()
    kept = list(work_dir.glob("*.pth"))
    for path in kept:
        state = torch.load(path, weights_only=True)["state_dict"]
        assert all(
            torch.isfinite(v).all() for v in state.values() if v.is_floating_point()
        )


@pytest.mark.slow
def test_a_disk_that_is_full(tmp_path):
    """The system refuses the write half-way; the last good checkpoint stays named."""
    work_dir = tmp_path / "run"
    assert train(work_dir, options=["train_cfg.max_iters=2"]).returncode == 0
    good = work_dir / "iter_2.pth"
    room = good.stat().st_size // 2

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    line = one_line(train(work_dir, "--resume", preexec_fn=limit), 1)
    assert "cannot be written" in line and str(good) in line
    assert (work_dir / "last_checkpoint").read_text() == str(good)
    assert {p.name for p in work_dir.glob("*.pth*")} == {"iter_2.pth", "encoder.pth"}
    assert not list(work_dir.glob(".*part"))
    torch.load(good, weights_only=True)
    assert train(work_dir, "--resume").returncode == 0
