"""Every config of configs/segmentation: built, trained a step, asked for a prediction.

On a drawn devkit at small size; the encoder file is one that the test writes.
"""

import json
import subprocess
import sys
from copy import deepcopy
from functools import cache

import pytest
import torch
from mmengine.config import Config
from mmengine.model.utils import revert_sync_batchnorm
from mmengine.registry import DATASETS, FUNCTIONS, MODELS, init_default_scope
from runs import ROOT, environment
from voc_folder import make_voc

CONFIGS = {
    path.stem: path for path in sorted((ROOT / "configs/segmentation").glob("*.py"))
}
CAFFENET = [name for name in CONFIGS if "caffenet" in name]
STOCK = [name for name in CONFIGS if "caffenet" not in name]
# What the stock pipelines say in pixels.
SMALL = dict(
    RandomResize=dict(scale=(128, 64)),
    RandomCrop=dict(crop_size=(64, 64)),
    Pad=dict(size=(64, 64)),
    Resize=dict(scale=(128, 64)),
)


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """VOC2012 with the lists that the FCN configs name."""
    folder = make_voc(tmp_path_factory.mktemp("voc") / "VOCdevkit", ("2012",))
    lists = folder / "VOC2012/ImageSets/Segmentation"
    for source, name in (("train", "sbd_train"), ("val", "seg11valid")):
        (lists / f"{name}.txt").write_text((lists / f"{source}.txt").read_text())
    return folder / "VOC2012"


@pytest.fixture(autouse=True)
def scope():
    init_default_scope("mmseg")
    yield
    init_default_scope("mmengine")


def datasets(loader):
    """The datasets of a loader, those inside a ConcatDataset one by one."""
    return loader.dataset.get("datasets", [loader.dataset])


@cache
def read(name):
    """The config as it is; mmengine looks through all of mmseg for its bases."""
    return Config.fromfile(CONFIGS[name])


def load(name, year):
    cfg = deepcopy(read(name))
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        for dataset in datasets(loader):
            dataset.data_root = str(year)
            for step in dataset.pipeline:
                step.update(SMALL.get(step.type, {}))
    if name in CAFFENET:
        cfg.model.decode_head.channels = 16
    else:
        cfg.model.data_preprocessor.size = (64, 64)
    return cfg


def build(cfg, tmp_path):
    """The model with the weights of an encoder file, which are returned as well."""
    init = cfg.model.backbone.pop("init_cfg")
    weights = MODELS.build(cfg.model.backbone).state_dict()
    weights = {k: torch.rand_like(v.float()).to(v.dtype) for k, v in weights.items()}
    torch.save(dict(state_dict=weights), tmp_path / "encoder.pth")
    assert init.checkpoint == "encoder.pth"
    cfg.model.backbone.init_cfg = dict(init, checkpoint=str(tmp_path / "encoder.pth"))
    model = revert_sync_batchnorm(MODELS.build(cfg.model))
    model.init_weights()
    return model, weights


@pytest.mark.slow
@pytest.mark.parametrize("name", CONFIGS)
def test_loss_and_prediction(name, year, tmp_path):
    cfg = load(name, year)
    model, weights = build(cfg, tmp_path)
    loaded = model.backbone.state_dict()
    assert all(torch.equal(loaded[key], value) for key, value in weights.items())

    # Any weights would do for the file; for finite figures they should be sane.
    torch.manual_seed(0)
    for module in model.backbone.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    collate = FUNCTIONS.get("pseudo_collate")
    train = DATASETS.build(cfg.train_dataloader.dataset)
    assert len(train) == 6 * len(datasets(cfg.train_dataloader))
    batch = [train[i] for i in range(min(2, cfg.train_dataloader.batch_size))]
    model.train()
    losses = model(**model.data_preprocessor(collate(batch), True), mode="loss")
    total, _ = model.parse_losses(losses)
    total.backward()
    assert torch.isfinite(total) and total > 0
    assert "decode.acc_seg" in losses

    val = DATASETS.build(cfg.val_dataloader.dataset)
    model.eval()
    with torch.no_grad():
        (result,) = model.val_step(collate([val[0]]))
    assert result.pred_sem_seg.data.shape == result.gt_sem_seg.data.shape == (1, 80, 96)
    assert result.seg_logits.data.shape == (21, 80, 96)


@pytest.mark.parametrize("name", CAFFENET)
def test_constants_of_the_protocol(name):
    """Method 6.4, from what the config builds."""
    from mmengine.optim import build_optim_wrapper

    cfg = deepcopy(read(name))
    del cfg.model.backbone.init_cfg
    # The full 4,096 channels are on the meta device: no memory, no time.
    with torch.device("meta"):
        model = MODELS.build(cfg.model)
    head, backbone = model.decode_head, model.backbone
    assert backbone.conv1.padding == (100, 100)
    assert head.fc6.weight.shape == (4096, 256, 6, 6)
    assert head.fc7.weight.shape == (4096, 4096, 1, 1)
    assert head.scores["pool5"].weight.shape == (21, 4096, 1, 1)
    assert head.dropout.p == 0.5 and head.ignore_index == 255
    stride = {"fcn_": 32, "fcn-16s_": 16, "fcn-8s_": 8}[name.split("caffenet")[0]]
    assert head.enlarge.factor == stride
    assert head.enlarge.weight.shape[-1] == 2 * stride - 1
    assert not list(head.enlarge.parameters())
    preprocessor = model.data_preprocessor
    assert preprocessor.size is None and not preprocessor.channel_conversion
    assert cfg.model.data_preprocessor.mean == (104, 117, 123)
    assert cfg.model.data_preprocessor.std == (1, 1, 1)

    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    assert wrapper._accumulative_counts == 20 and not cfg.param_scheduler
    rates = {
        id(p): (group["lr"], group["momentum"], group["weight_decay"])
        for group in wrapper.optimizer.param_groups
        for p in group["params"]
    }
    for key, parameter in model.named_parameters():
        score = "scores." in key and key.endswith("bias")
        expected = (2e-4, 0.9, 0) if score else (1e-4, 0.9, 5e-4)
        assert rates[id(parameter)] == pytest.approx(expected), key

    # 100,000 steps of 20 pictures; mmengine counts the pictures.
    assert cfg.train_cfg.max_iters == 20 * 100_000
    for loader, ann, masks in (
        (cfg.train_dataloader, "sbd_train", "SegmentationClassAug"),
        (cfg.val_dataloader, "seg11valid", "SegmentationClass"),
        (cfg.test_dataloader, "seg11valid", "SegmentationClass"),
    ):
        assert loader.batch_size == 1
        assert loader.dataset.ann_file == f"ImageSets/Segmentation/{ann}.txt"
        assert loader.dataset.data_prefix.seg_map_path == masks
        steps = [step.type for step in loader.dataset.pipeline]
        assert steps == ["LoadImageFromFile", "LoadAnnotations", "PackSegInputs"]


@pytest.mark.parametrize("name", STOCK)
def test_stock_configs_differ_in_the_encoder_alone(name):
    """The network is mmseg's, its stem the plain ResNet's, its classes VOC's."""
    cfg = deepcopy(read(name))
    assert cfg.model.pretrained is None and cfg.model.backbone.type == "ResNet"
    assert cfg.model.backbone.depth == (18 if "r18" in name else 50)
    assert cfg.model.backbone.init_cfg.type == "ce_plugin.PretrainedEncoder"
    assert cfg.model.backbone.dilations == (1, 1, 2, 4)
    head = "DepthwiseSeparableASPPHead" if "deeplab" in name else "FCNHead"
    assert cfg.model.decode_head.type == head
    assert (
        cfg.model.decode_head.num_classes == cfg.model.auxiliary_head.num_classes == 21
    )
    assert tuple(cfg.model.data_preprocessor.size) == (512, 512)
    lists = [dataset.ann_file for dataset in datasets(cfg.train_dataloader)]
    wanted = ["train", "aug"] if "aug" in name else ["train"]
    assert lists == [f"ImageSets/Segmentation/{name}.txt" for name in wanted]
    assert cfg.val_dataloader.dataset.ann_file == "ImageSets/Segmentation/val.txt"
    assert cfg.train_cfg.max_iters == 20_000 and cfg.optim_wrapper.optimizer.lr == 0.01


@pytest.mark.parametrize("way", ["whole", "slide", "padded"])
def test_ways_of_inference(way, year):
    """mmseg's whole pictures, sliding windows and padding to a multiple."""
    cfg = load("fcn_caffenet_voc12", year)
    del cfg.model.backbone.init_cfg
    if way == "slide":
        cfg.model.test_cfg = dict(mode="slide", crop_size=(64, 64), stride=(30, 30))
    if way == "padded":
        cfg.model.data_preprocessor.test_cfg = dict(size_divisor=64)
    model = MODELS.build(cfg.model)
    model.init_weights()
    with torch.no_grad():
        model.decode_head.scores["pool5"].bias[7] = 1
    model.eval()
    item = DATASETS.build(cfg.val_dataloader.dataset)[0]
    with torch.no_grad():
        (result,) = model.val_step(FUNCTIONS.get("pseudo_collate")([item]))
    assert result.pred_sem_seg.data.shape == (1, 80, 96)
    assert (result.pred_sem_seg.data == 7).all()


def test_configs_are_short():
    for name, path in CONFIGS.items():
        lines = path.read_text().splitlines()
        assert len(lines) <= (60 if name == "fcn_caffenet_voc12" else 40), name


@pytest.mark.slow
def test_mim_trains_and_evaluates(year, tmp_path):
    """``mim train mmsegmentation`` on the paper's protocol, from data/VOCdevkit."""
    from ce_plugin.models import CaffeNet

    (tmp_path / "data").mkdir()
    (tmp_path / "data/VOCdevkit").symlink_to(year.parent)
    encoder = CaffeNet(conv1_padding=100)
    encoder.init_weights()
    torch.save(dict(state_dict=encoder.state_dict()), tmp_path / "encoder.pth")
    options = [
        "model.backbone.init_cfg.checkpoint=encoder.pth",
        "model.decode_head.channels=16",
        "train_cfg.max_iters=4",
        "train_cfg.val_interval=4",
        "optim_wrapper.accumulative_counts=2",
        "default_hooks.logger.interval=1",
        "default_hooks.checkpoint.interval=4",
        *(f"{part}_dataloader.num_workers=0" for part in ("train", "val")),
        *(f"{part}_dataloader.persistent_workers=False" for part in ("train", "val")),
    ]
    command = [sys.executable, "-m", "mim", "train", "mmsegmentation"]
    command += [str(CONFIGS["fcn_caffenet_voc12"]), "--gpus", "0"]
    run = subprocess.run(
        [*command, "--work-dir", "run", "--cfg-options", *options],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(),
        timeout=240,
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    assert "loaded 10/10 tensors" in run.stdout + run.stderr
    (log,) = (tmp_path / "run").rglob("scalars.json")
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    losses = [row["decode.loss_ce"] for row in rows if "decode.loss_ce" in row]
    # The scores start at 0: ln 21 until the first of two steps.
    assert losses[:2] == pytest.approx([3.0445, 3.0445], abs=1e-3)
    assert len(losses) == 4 and losses[2] < losses[0]
    (result,) = (row for row in rows if "mIoU" in row)
    assert 0 <= result["mIoU"] <= 100
    saved = torch.load(tmp_path / "run/iter_4.pth", weights_only=False)["state_dict"]
    # Only what cannot be worked out again is saved.
    assert not [key for key in saved if "enlarge" in key]
