"""From ``encoder.pth`` to a trained detector and segmentor, as users start them."""

import json
import re
import subprocess
import sys

import pytest
import torch
from checkpoints.encoders import timm, write_encoder_file
from runs import ROOT, environment
from voc_folder import make_voc

from ce_plugin.engine.config import load_config
from ce_plugin.engine.downstream import prepare
from ce_plugin.errors import InputError

CAFFENET = dict(type="ce_plugin.CaffeNet", out_indices=("pool5",))
SENTENCE = """
model = dict(
    backbone=dict(
        _delete_=True,
        type='ce_plugin.CaffeNet',
        init_cfg=dict(type='ce_plugin.PretrainedEncoder', checkpoint='encoder.pth')),
"""
DETECTOR = f"""
_base_ = 'mmdet::pascal_voc/retinanet_r50_fpn_1x_voc0712.py'
{SENTENCE}
    data_preprocessor=dict(
        mean=[104, 117, 123], std=[1, 1, 1], bgr_to_rgb=False),
    neck=dict(in_channels=[256], start_level=0, out_channels=16),
    bbox_head=dict(in_channels=16, feat_channels=16))
"""
SEGMENTOR = f"""
_base_ = [
    'mmseg::_base_/models/fcn_r50-d8.py',
    'mmseg::_base_/datasets/pascal_voc12.py',
    'mmseg::_base_/default_runtime.py',
    'mmseg::_base_/schedules/schedule_20k.py']
{SENTENCE}
    pretrained=None,
    data_preprocessor=dict(
        mean=[104, 117, 123], std=[1, 1, 1], bgr_to_rgb=False, size=(96, 96)),
    decode_head=dict(in_channels=256, in_index=0, channels=8, num_classes=21),
    auxiliary_head=None)
"""
# Appended to a config: the drawn pictures at their own size, three steps, evaluation.
SMALL_DETECTION = """
resize = dict(type='Resize', scale=(96, 96), keep_ratio=True)
boxes = dict(type='LoadAnnotations', with_bbox=True)
small = [
    dict(type='LoadImageFromFile'), resize, boxes, dict(type='PackDetInputs',
    meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor'))]
part = dict(type='VOCDataset', data_root='data/VOCdevkit', pipeline=small,
            data_prefix=dict(sub_data_root='VOC2007/'))
train_dataloader = dict(
    num_workers=0, persistent_workers=False,
    sampler=dict(type='InfiniteSampler'), batch_sampler=None,
    dataset=dict(_delete_=True, ann_file='VOC2007/ImageSets/Main/train.txt', **part))
val_dataloader = dict(
    num_workers=0, persistent_workers=False,
    dataset=dict(_delete_=True, test_mode=True,
                 ann_file='VOC2007/ImageSets/Main/val.txt', **part))
test_dataloader = val_dataloader
train_cfg = dict(
    _delete_=True, type='IterBasedTrainLoop', max_iters=3, val_interval=3)
param_scheduler = []
log_processor = dict(by_epoch=False)
default_hooks = dict(
    checkpoint=dict(by_epoch=False, interval=3), logger=dict(interval=1))
"""
SMALL_SEGMENTATION = """
model.setdefault('data_preprocessor', {})['size'] = (96, 96)
small = [
    dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'),
    dict(type='Resize', scale=(96, 80), keep_ratio=False), dict(type='PackSegInputs')]
part = dict(type='PascalVOCDataset', data_root='data/VOCdevkit/VOC2012', pipeline=small,
    data_prefix=dict(img_path='JPEGImages', seg_map_path='SegmentationClass'))
train_dataloader = dict(
    batch_size=2, num_workers=0, persistent_workers=False,
    dataset=dict(_delete_=True, ann_file='ImageSets/Segmentation/train.txt', **part))
val_dataloader = dict(
    num_workers=0, persistent_workers=False,
    dataset=dict(_delete_=True, ann_file='ImageSets/Segmentation/val.txt', **part))
test_dataloader = val_dataloader
train_cfg = dict(max_iters=3, val_interval=3)
default_hooks = dict(checkpoint=dict(interval=3), logger=dict(interval=1))
"""
CASES = {
    "mmdet": (DETECTOR, SMALL_DETECTION, "pascal_voc/mAP"),
    "mmsegmentation": (SEGMENTOR, SMALL_SEGMENTATION, "mIoU"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with ``encoder.pth`` and ``data/VOCdevkit``."""
    folder = tmp_path_factory.mktemp("user")
    make_voc(folder / "data" / "VOCdevkit", pictures=6)
    norm = dict(mean=[104, 117, 123], std=[1, 1, 1], bgr=True)
    write_encoder_file(CAFFENET, folder / "encoder.pth", normalization=norm)
    return folder


def figures(work_dir) -> dict:
    """The last line of the run's figures."""
    (path,) = work_dir.glob("*/vis_data/scalars.json")
    return json.loads(path.read_text().splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize("package", CASES)
def test_one_sentence_trains_and_evaluates(package, folder, mim):
    config, small, metric = CASES[package]
    path = folder / f"{package}.py"
    path.write_text(config + small)
    work_dir = folder / f"run_{package}"
    done = mim(folder, "train", package, path, "--gpus", "0", "--work-dir", work_dir)
    assert done.returncode == 0, done.stderr[-3000:]
    said = done.stdout + done.stderr
    assert "CaffeNet: loaded 10/10 tensors from encoder.pth" in said
    assert "data_preprocessor is not the encoder's" not in said
    assert 0 <= figures(work_dir)[metric] <= 100
    assert "custom_imports" not in (config + small)


@pytest.mark.slow
def test_the_readme_leads_to_a_detector_and_a_segmentor(mim, tmp_path):
    """Its blocks as they stand; only the schedule and the pictures are small."""
    text = (ROOT / "README.md").read_text()
    make_voc(tmp_path / "data" / "VOCdevkit", pictures=6)
    write_encoder_file(timm("resnet50"), tmp_path / "encoder.pth")
    for name, package, small in (
        ("detector.py", "mmdet", SMALL_DETECTION),
        ("segmentor.py", "mmsegmentation", SMALL_SEGMENTATION),
    ):
        (block,) = re.findall(rf"```python\n# {name}\n(.*?)```", text, re.DOTALL)
        (tmp_path / name).write_text(block + small)
        (command,) = re.findall(rf"^mim (train {package} {name})$", text, re.MULTILINE)
        done = mim(tmp_path, *command.split(), "--gpus", "0")
        assert done.returncode == 0, done.stderr[-3000:]
        said = done.stdout + done.stderr
        assert "ResNet: loaded 265/265 tensors from encoder.pth" in said
        assert "is not the encoder's" not in said
        work_dir = tmp_path / "work_dirs" / name.removesuffix(".py")
        assert figures(work_dir)


STOCK = {
    "mmdet": (
        "mmdet::pascal_voc/faster-rcnn_r50_fpn_1x_voc0712.py",
        {"model.backbone.init_cfg.checkpoint": "encoder.pth"},
    ),
    "mmseg": (
        "mmseg::fcn/fcn_r50-d8_4xb4-20k_voc12aug-512x512.py",
        {
            "model.pretrained": None,
            "model.backbone.type": "ResNet",
            "model.backbone.init_cfg": dict(
                type="Pretrained", checkpoint="encoder.pth"
            ),
        },
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("package", STOCK)
def test_stock_config_and_exported_file_need_nothing_of_this_package(package, tmp_path):
    base, options = STOCK[package]
    encoder = write_encoder_file(timm("resnet50"), tmp_path / "encoder.pth")
    (tmp_path / "stock.py").write_text(f"_base_ = {base!r}\n")
    code = (
        "import sys; sys.modules['ce_plugin'] = None\n"
        "import torch\n"
        "from mmengine.config import Config\n"
        f"from {package}.registry import MODELS\n"
        f"from {package}.utils import register_all_modules\n"
        "register_all_modules()\n"
        "cfg = Config.fromfile('stock.py')\n"
        f"cfg.merge_from_dict({options!r})\n"
        "model = MODELS.build(cfg.model)\n"
        "model.init_weights()\n"
        "torch.save(model.backbone.state_dict(), 'arrived.pth')\n"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=tmp_path, env=environment()
    )
    arrived = torch.load(tmp_path / "arrived.pth", weights_only=True)
    sent = encoder.state_dict()
    assert set(arrived) == set(sent)
    assert all(torch.equal(arrived[key], value) for key, value in sent.items())


TOOLS = sorted((ROOT / "ce_plugin/tools").glob("[a-z]*.py"))


@pytest.mark.parametrize("path", TOOLS, ids=lambda path: path.stem)
def test_every_tool_starts_by_its_path(path, tmp_path):
    """As ``mim run`` starts it; the help needs none of the heavy packages."""
    command = [sys.executable, "-X", "importtime", path, "--help"]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=environment()
    )
    assert done.returncode == 0 and "usage" in done.stdout, done.stderr[-2000:]
    imported = {line.split("|")[-1].strip() for line in done.stderr.splitlines()}
    assert "argparse" in imported
    assert not imported & {"torch", "mmengine", "numpy", "sklearn"}


@pytest.mark.slow
def test_mim_runs_the_tools(mim, tmp_path):
    write_encoder_file(timm("resnet18"), tmp_path / "encoder.pth")
    args = ("encoder.pth", "out.safetensors", "--style", "timm")
    done = mim(tmp_path, "run", "ce_plugin", "export", *args)
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "out.safetensors").is_file()


def tool(folder, config, *options, args=()):
    command = [sys.executable, "-m", "ce_plugin.tools.train", config, *args]
    return subprocess.run(
        [*command, "--cfg-options", *options],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
    )


@pytest.mark.slow
def test_own_tool_trains_resumes_and_names_what_is_wrong(folder):
    """``data_root`` reaches the datasets of a stock config; a run can go on."""
    (folder / "own.py").write_text(SEGMENTOR + SMALL_SEGMENTATION)
    root = f"data_root={folder / 'data' / 'VOCdevkit'}"
    work_dir = folder / "own"
    done = tool(folder, "own.py", root, args=("--work-dir", work_dir))
    assert done.returncode == 0, done.stderr[-3000:]
    kept = torch.load(work_dir / "iter_3.pth", weights_only=True)
    assert kept["message_hub"]["log_scalars"]
    more = (root, "train_cfg.max_iters=4", "train_cfg.val_interval=4")
    args = ("--work-dir", work_dir, "--resume")
    done = tool(folder, "own.py", *more, args=args)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "4 iterations of 2 pictures, from iteration 3 on" in done.stdout

    done = tool(folder, "own.py", "model.backbone.init_cfg.checkpoint=none.pth")
    lines = [x for x in done.stderr.splitlines() if "ce_plugin: error" in x]
    assert done.returncode == 2 and len(lines) == 1, done.stderr[-2000:]
    assert "no checkpoint" in lines[0] and "Traceback" not in done.stderr


def test_data_that_does_not_fit_is_named_before_anything_is_built(folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "data.py").write_text(SEGMENTOR + SMALL_SEGMENTATION)
    for option, phrase in {
        "train_dataloader.dataset.ann_file=none.txt": "none.txt",
        "train_dataloader.dataset.data_root=/no/such": "/no/such",
        "model.decode_head.num_classes=7": "num_classes is 7",
        "modle.decode_head.num_classes=7": "did you mean 'model'",
    }.items():
        with pytest.raises(InputError, match=phrase):
            prepare(load_config("data.py", [option]))
    cfg = load_config("data.py", [])
    prepare(cfg, "data/VOCdevkit")
    assert cfg.train_dataloader.dataset.data_root == "data/VOCdevkit/VOC2012"


def test_configs_of_packages_that_are_missing(tmp_path):
    (tmp_path / "stock.py").write_text("_base_ = 'mmrazor::x/y.py'\n")
    with pytest.raises(InputError, match=r"mmrazor.*install_mmcv"):
        load_config(str(tmp_path / "stock.py"), [])
