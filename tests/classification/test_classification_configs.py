"""Every config of configs/classification runs at reduced size, through the tool."""

import json
import sys

import pytest
import torch
from class_folders import make_classes
from runs import ROOT
from voc_folder import make_voc

from ce_plugin.engine.config import load_config
from ce_plugin.registry import MODELS
from ce_plugin.tools import train as tool

FOLDER = ROOT / "configs" / "classification"
IN_PLACE = ["train_dataloader", "val_dataloader"]
TINY = [
    "train_cfg.max_iters=2",
    "train_cfg.val_interval=2",
    "train_dataloader.batch_size=4",
    "val_dataloader.batch_size=4",
    "default_hooks.logger.interval=1",
    *(f"{loader}.num_workers=0" for loader in IN_PLACE),
    *(f"{loader}.persistent_workers=False" for loader in IN_PLACE),
    *(f"{loader}.pin_memory=False" for loader in IN_PLACE),
]
VOC = ["val_dataloader.dataset.crops_per_picture=2"]
IMAGENET = ["model.head.num_classes=3"]
# Options beside TINY, the figures of a run, and how many tensors are trained.
CONFIGS = {
    "caffenet_voc07-multilabel": (
        [*VOC, "model.head.width=32"],
        ["voc/mAP_1-draw", "voc/mAP_2-draws"],
        16,
    ),
    "r18_voc07-multilabel": (VOC, ["voc/mAP_1-draw", "voc/mAP_2-draws"], 62),
    "r50_imagenet_rsb-a3": (
        [*IMAGENET, "model.mix.num_classes=3"],
        ["accuracy/top1", "accuracy/top5"],
        161,
    ),
    "linear-probe_caffenet_imagenet": (
        IMAGENET,
        [f"accuracy/conv{i}_top1" for i in range(1, 6)],
        10,
    ),
    "linear-probe_r50_imagenet": (
        IMAGENET,
        [f"accuracy/{n}_top1" for n in ("conv1", "layer1", "layer4")],
        10,
    ),
}


def run(monkeypatch, config, data_root, work_dir, *options, resume=False):
    """The tool in this process."""
    argv = ["train", str(config), "--work-dir", str(work_dir)]
    argv += ["--resume"] if resume else []
    argv += ["--cfg-options", f"data_root={data_root}", *TINY, *options]
    monkeypatch.setattr(sys, "argv", argv)
    return tool.main()


def write_encoder(cfg, path):
    """An encoder for the config's backbone with values of its own."""
    backbone = MODELS.build({**cfg.model.backbone, "init_cfg": None})
    state = backbone.state_dict()
    generator = torch.Generator().manual_seed(7)
    for name, value in state.items():
        if value.ndim > 1:
            fan_in = value[0].numel()
            state[name] = torch.randn(value.shape, generator=generator) / fan_in**0.5
    torch.save(dict(state_dict=state), path)
    return state


def test_the_table_has_every_config():
    # The MNIST configs have a test of their own, and so has the one that starts from no
    # encoder: tests/benchmarks/test_floors.py.
    found = {p.stem for p in FOLDER.glob("*.py") if "mnist" not in p.stem}
    assert found == {*CONFIGS, "supervised_r18-half_voc-96"}


@pytest.mark.slow
@pytest.mark.parametrize("name", CONFIGS)
def test_two_iterations_from_an_encoder(name, tmp_path, monkeypatch):
    options, figures, trained = CONFIGS[name]
    path = FOLDER / f"{name}.py"
    encoder = tmp_path / "encoder.pth"
    given = write_encoder(load_config(str(path), []), encoder)
    if "voc07" in name:
        root = make_voc(tmp_path / "VOCdevkit", years=["2007"])
    else:
        root = make_classes(tmp_path / "ImageNet")
    options = [*options, f"model.backbone.init_cfg.checkpoint={encoder}"]
    code = run(monkeypatch, path, root, tmp_path / "run", *options)
    assert code == 0
    record = json.loads((tmp_path / "run/metrics.json").read_text())
    assert record["iteration"] == 2
    for figure in figures:
        assert 0 <= record["metrics"][figure] <= 100
    saved = torch.load(tmp_path / "run/iter_2.pth", weights_only=True)
    state = saved["state_dict"]
    same = [torch.equal(state[f"backbone.{k}"], v) for k, v in given.items()]
    if name.startswith("linear-probe"):
        assert all(same)
    else:
        weights = [s for s, v in zip(same, given.values()) if v.ndim > 1]
        assert not any(weights)
    # Whose momentum the optimizer has, was trained.
    assert len(saved["optimizer"]["state"]) == trained


@pytest.mark.slow
def test_a_tiny_network_learns_the_drawn_voc(tmp_path, monkeypatch):
    """From random init, by the protocol; four classes by their colours."""
    root = make_voc(tmp_path / "VOCdevkit", years=["2007"], pictures=64)
    config = tmp_path / "tiny.py"
    config.write_text(
        f"_base_ = {str(FOLDER / 'caffenet_voc07-multilabel.py')!r}\n"
        "crop = [dict(type='VOCRandomSquareCrop', size=64), "
        "dict(type='RandomHorizontalFlip')]\n"
        "model = dict(\n"
        "    data_preprocessor=dict(mean=(128, 128, 128), std=(64, 64, 64)),\n"
        "    backbone=dict(_delete_=True, type='DCGANEncoder', input_size=64,\n"
        "                  base_channels=8, bottleneck=None),\n"
        "    head=dict(_delete_=True, type='PooledLinear', num_classes=20))\n"
        "train_dataloader = dict(dataset=dict(transforms=crop, image_set='train'))\n"
        "val_dataloader = dict(dataset=dict(transforms=crop, image_set='val'))\n"
        "optim_wrapper = dict(optimizer=dict(lr=0.02))\n"
    )
    work_dir = tmp_path / "run"
    options = ["train_cfg.max_iters=150", "train_cfg.val_interval=150"]
    options += ["train_dataloader.batch_size=16", "default_hooks.logger.interval=50"]
    assert run(monkeypatch, config, root, work_dir, *options) == 0
    metrics = json.loads((work_dir / "metrics.json").read_text())["metrics"]
    # An untrained one has 61 with one draw, and 18 for the worst class: chance.
    assert metrics["voc/mAP_1-draw"] > 90
    by_class = [v for name, v in metrics.items() if name.startswith("voc/AP_")]
    assert len(by_class) == 4 and min(by_class) > 80
    assert metrics["voc/mAP_10-draws"] >= metrics["voc/mAP_1-draw"] - 2


def said(capsys, monkeypatch, config, data_root, work_dir, *options):
    """The one line on stderr of a command that fails with exit code 2."""
    path = FOLDER / f"{config}.py"
    options = ["model.backbone.init_cfg=None", *options]
    code = run(monkeypatch, path, data_root, work_dir, *options)
    start = "ce_plugin: error: "
    lines = capsys.readouterr().err.splitlines()
    (line,) = [line for line in lines if line.startswith(start)]
    assert code == 2 and not list(work_dir.rglob("*.pth"))
    return line


@pytest.mark.slow
def test_bad_input_is_one_line(capsys, monkeypatch, tmp_path):
    voc = make_voc(tmp_path / "VOCdevkit", years=["2007"], pictures=4)
    folders = make_classes(tmp_path / "ImageNet", train=1, val=1)
    caffenet, probe = "caffenet_voc07-multilabel", "linear-probe_caffenet_imagenet"

    def one(config, root, *options):
        return said(capsys, monkeypatch, config, root, tmp_path / "run", *options)

    width = "model.head.width=8"
    assert "/no/such/VOC" in one(caffenet, "/no/such/VOC", width)
    line = one(caffenet, voc, width, "train_dataloader.dataset.image_set=tarin")
    assert "no list" in line and "tarin.txt" in line
    line = one(caffenet, voc, width, "model.train_layers=fc7")
    assert "'fc7'" in line and "fc6-8" in line
    line = one(caffenet, voc, "model.head.num_classes=21", width)
    assert "(20,)" in line and "num_classes=21" in line
    line = one(caffenet, voc, "model.head.type=PooledLinaer")
    assert "did you mean 'PooledLinear'?" in line
    (voc / "VOC2007/ImageSets/Main/test.txt").write_text("")
    assert "test.txt lists no pictures" in one(caffenet, voc, width)

    line = one(probe, folders, "model.head.num_classes=2")
    assert "the label 2" in line and "num_classes=2" in line
    (folders / "val/n01").rename(folders / "val/n07")
    assert "a wrong class list" in one(probe, folders)


@pytest.mark.slow
def test_an_encoder_of_another_network_is_refused(capsys, monkeypatch, tmp_path):
    voc = make_voc(tmp_path / "VOCdevkit", years=["2007"], pictures=4)
    path = tmp_path / "encoder.pth"
    write_encoder(load_config(str(FOLDER / "r18_voc07-multilabel.py"), []), path)
    options = [f"model.backbone.init_cfg.checkpoint={path}", "model.head.width=8"]
    config = FOLDER / "caffenet_voc07-multilabel.py"
    assert run(monkeypatch, config, voc, tmp_path / "run", *options) == 2
    assert "does not fill CaffeNet" in capsys.readouterr().err


@pytest.mark.slow
def test_a_resumed_run_mixes_and_augments_as_one_that_was_not_stopped(
    tmp_path, monkeypatch
):
    root = make_classes(tmp_path / "ImageNet")
    options = [*IMAGENET, "model.mix.num_classes=3"]
    options += ["model.backbone.init_cfg=None", "model.backbone.model_name=resnet18"]
    options += ["train_dataloader.dataset.transforms.0.size=32"]
    options += ["val_dataloader.dataset.transforms.1.size=64"]

    def final(work_dir, iterations, resume=False):
        length = f"train_cfg.max_iters={iterations}"
        config = FOLDER / "r50_imagenet_rsb-a3.py"
        args = (monkeypatch, config, root, work_dir, *options, length)
        assert run(*args, "param_scheduler.1.end=4", resume=resume) == 0
        path = work_dir / f"iter_{iterations}.pth"
        return torch.load(path, weights_only=True)["state_dict"]

    whole = final(tmp_path / "whole", 4)
    half = final(tmp_path / "parts", 2)
    resumed = final(tmp_path / "parts", 4, resume=True)
    assert all(torch.equal(whole[k], resumed[k]) for k in whole)
    assert not torch.equal(half["head.fc.weight"], whole["head.fc.weight"])
