"""Fast R-CNN on CaffeNet: the paper's protocol, constant by constant, and a run."""

import math
import pickle

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from runs import ROOT
from voc_folder import make_voc

CONFIG = ROOT / "configs" / "detection" / "fast-rcnn_caffenet_voc07.py"


@pytest.fixture(autouse=True)
def mmdet_scope(scope):
    from mmdet.utils import register_all_modules

    register_all_modules(init_default_scope=False)
    init_default_scope("mmdet")


@pytest.fixture(scope="module")
def cfg():
    cfg = Config.fromfile(CONFIG)
    cfg.model.backbone.init_cfg = None
    return cfg


@pytest.fixture
def model(cfg):
    from mmdet.registry import MODELS

    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    model.init_weights()
    return model


def test_encoder(model):
    net = model.backbone
    assert net.conv1.padding == (5, 5) and net.pool1.padding == net.pool2.padding == 1
    assert net.conv1.stride == (4, 4) and not net.conv1.weight.requires_grad
    assert net.conv2.weight.requires_grad and not model.with_neck
    # 600 -> 150 (conv1) -> 76 -> 39, 1000 -> 250 -> 126 -> 64: Caffe rounds pools up.
    assert net(torch.zeros(1, 3, 600, 1000))[0].shape == (1, 256, 39, 64)


def test_pixels(model):
    """Blue, green, red minus Caffe's means, no scale; pads behind, with zeros."""
    from mmdet.structures import DetDataSample

    picture = torch.zeros(3, 21, 30, dtype=torch.uint8)
    picture[0] = 255
    samples = [DetDataSample(metainfo=dict(img_shape=(21, 30))) for _ in range(2)]
    data = dict(inputs=[picture, picture[:, :, :9]], data_samples=samples)
    inputs = model.data_preprocessor(data)["inputs"]
    assert inputs.shape == (2, 3, 21, 30)
    expected = torch.tensor([255.0, 0, 0]) - torch.tensor(
        [102.9801, 115.9465, 122.7717]
    )
    assert torch.allclose(inputs[0, :, 3, 4], expected)
    assert (inputs[1, :, :, 9:] == 0).all()


def test_head(model):
    extractor, head = model.roi_head.bbox_roi_extractor, model.roi_head.bbox_head
    assert extractor.pool.output_size == 6 and extractor.pool.spatial_scale == 1 / 16
    assert head.fc6.weight.shape == (4096, 256 * 6 * 6)
    assert head.fc7.weight.shape == (4096, 4096) and head.dropout.p == 0.5
    assert head.fc_cls.weight.shape == (21, 4096)
    assert head.fc_reg.weight.shape == (80, 4096)
    stds = dict(fc6=0.005, fc7=0.005, fc_cls=0.01, fc_reg=0.001)
    for name, std in stds.items():
        layer = getattr(head, name)
        assert layer.weight.std().item() == pytest.approx(std, rel=0.02)
        assert abs(layer.weight.mean().item()) < std / 50
        bias = 0.1 if name in ("fc6", "fc7") else 0.0
        assert torch.all(layer.bias == torch.tensor(bias))
    assert head.bbox_coder.stds == [0.1, 0.1, 0.2, 0.2]
    assert head.loss_bbox.beta == 1.0 and not head.reg_class_agnostic


def test_boxes_include_both_corners(model):
    """The targets of Fast R-CNN: sides are x2 - x1 + 1, centres in the middle."""
    coder = model.roi_head.bbox_head.bbox_coder
    box = torch.tensor([[10.0, 20.0, 29.0, 59.0]])  # 20 by 40, centre 20, 40
    truth = torch.tensor([[14.0, 20.0, 53.0, 59.0]])  # 40 by 40, centre 34, 40
    target = coder.encode(box, truth)
    expected = torch.tensor([[14 / 20 / 0.1, 0.0, math.log(2) / 0.2, 0.0]])
    assert torch.allclose(target, expected)
    # Decoded sides end half a pixel outside, in Fast R-CNN one pixel behind.
    back = coder.decode(box, target, max_shape=(100, 100))
    outside = torch.tensor([[-0.5, -0.5, 0.5, 0.5]])
    assert torch.allclose(back, truth + outside, atol=1e-3)


def test_sampling(model):
    """64 regions a picture, a quarter foreground from IoU .5, background .1 to .5."""
    from mmengine.structures import InstanceData

    truth = torch.tensor([[0.0, 0.0, 100.0, 100.0]])
    wide = torch.arange(1.0, 501.0) / 5  # IoU with the truth: wide / 100
    boxes = torch.stack(
        [torch.zeros(500), torch.zeros(500), wide, torch.full((500,), 100.0)], 1
    )
    regions = InstanceData(priors=boxes)
    known = InstanceData(bboxes=truth, labels=torch.tensor([3]))
    head = model.roi_head
    assigned = head.bbox_assigner.assign(regions, known)
    overlap = wide / 100
    assert torch.equal(assigned.gt_inds > 0, overlap >= 0.5)
    assert torch.equal(assigned.gt_inds == 0, (overlap >= 0.1) & (overlap < 0.5))
    sample = head.bbox_sampler.sample(assigned, regions, known)
    assert sample.pos_inds.numel() == 16 and sample.neg_inds.numel() == 48


def test_loss_is_divided_by_the_regions(model):
    """Smooth L1 summed over a box and divided by all 128 regions, as in Caffe."""
    loss = model.roi_head.bbox_head.loss_bbox
    values = loss(torch.full((4, 4), 0.5), torch.zeros(4, 4), avg_factor=128)
    assert values.item() == pytest.approx(16 * 0.5 * 0.5**2 / 128)


def test_training(cfg, model):
    from mmengine.optim import build_optim_wrapper

    assert cfg.train_dataloader.batch_size == 2
    assert cfg.train_cfg.type == "IterBasedTrainLoop"
    assert cfg.train_cfg.max_iters == 40000
    (steps,) = cfg.param_scheduler
    assert steps.milestones == [30000] and not steps.by_epoch
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    scheduler = build_scheduler(steps, wrapper)
    assert scheduler.gamma == 0.1
    groups = {
        id(g["params"][0]): (g["lr"], g["weight_decay"], g["momentum"])
        for g in wrapper.optimizer.param_groups
    }
    frozen = {f"backbone.conv1.{kind}" for kind in ("weight", "bias")}
    assert len(groups) == len([*model.parameters()]) - len(frozen)
    for name, parameter in model.named_parameters():
        if name in frozen:
            continue
        bias = name.endswith(".bias")
        expected = (2e-3, 0.0, 0.9) if bias else (1e-3, 5e-4, 0.9)
        assert groups[id(parameter)] == pytest.approx(expected), name


def build_scheduler(settings, wrapper):
    from mmengine.registry import PARAM_SCHEDULERS

    return PARAM_SCHEDULERS.build(dict(settings, optimizer=wrapper))


def test_testing(cfg):
    rules = cfg.model.test_cfg.rcnn
    assert rules.nms.type == "nms" and rules.nms.iou_threshold == 0.3
    assert rules.score_thr == 0.0
    assert cfg.test_evaluator[0].eval_mode == "11points"


def test_pool_is_caffes():
    """Against a slow pool: corners rounded, both inside, cells floor and ceil."""
    from ce_plugin.models import RoIPoolExtractor

    rng = np.random.default_rng(0)
    features = torch.from_numpy(rng.normal(size=(2, 3, 13, 17)))
    corners = rng.uniform(0, 190, (25, 4))
    corners = np.concatenate(
        [np.minimum(corners[:, :2], corners[:, 2:]), corners.max(1, keepdims=True)], 1
    )
    rois = np.stack(
        [np.arange(25) % 2, *corners.T[:2], corners[:, 2], corners[:, 2]], 1
    )
    pooled = RoIPoolExtractor(6, 3)([features], torch.from_numpy(rois))
    for (picture, *box), got in zip(rois, pooled):
        x1, y1, x2, y2 = (int(np.floor(v / 16 + 0.5)) for v in box)
        height, width = max(y2 - y1 + 1, 1), max(x2 - x1 + 1, 1)
        for i in range(6):
            for j in range(6):
                rows = slice(*_cells(i, height, y1, 13))
                columns = slice(*_cells(j, width, x1, 17))
                cell = features[int(picture), :, rows, columns]
                want = cell.amax((1, 2)) if cell.numel() else torch.zeros(3)
                assert torch.equal(got[:, i, j], want.to(got))


def _cells(index, size, start, limit):
    begin = start + int(np.floor(index * size / 6))
    end = start + int(np.ceil((index + 1) * size / 6))
    return min(max(begin, 0), limit), min(max(end, 0), limit)


@pytest.fixture
def devkit(tmp_path):
    """Drawn pictures, and for each a proposal file with the truth and near misses."""
    from xml.etree import ElementTree as ET

    root = make_voc(tmp_path / "VOCdevkit", years=("2007",), pictures=6)
    year = root / "VOC2007"
    rng = np.random.default_rng(0)
    for split in ("trainval", "test"):
        proposals = {}
        names = (year / f"ImageSets/Main/{split}.txt").read_text().split()
        for name in names:
            boxes = ET.parse(year / "Annotations" / f"{name}.xml").iter("bndbox")
            truth = np.array([[int(side.text) - 1 for side in box] for box in boxes])
            noise = rng.normal(0, 8, (20, 1, 4))
            near = np.clip((truth + noise).reshape(-1, 4), 0, 79)
            near = np.sort(near.reshape(-1, 2, 2), 1).reshape(-1, 4)
            rows = np.concatenate([truth, near]).astype(np.float32)
            proposals[f"JPEGImages/{name}.jpg"] = dict(
                bboxes=rows, scores=np.ones(len(rows), np.float32)
            )
        with open(year / f"selective_search_{split}.pkl", "wb") as file:
            pickle.dump(proposals, file)
    return root


def test_pictures_and_proposals(cfg, devkit):
    """Shorter side 600, longer at most 1000; proposals follow resize and flip."""
    from mmdet.registry import DATASETS

    train = DATASETS.build(dict(cfg.train_dataloader.dataset, data_root=str(devkit)))
    test = DATASETS.build(dict(cfg.test_dataloader.dataset, data_root=str(devkit)))
    flips = set()
    for i in range(24):
        sample = train[i % len(train)]["data_samples"]
        assert sample.img_shape == (600, 720)  # 96 x 80 pictures
        truth, proposals = sample.gt_instances.bboxes, sample.proposals.bboxes
        assert len(proposals) > 20
        count = len(truth)
        assert torch.allclose(truth.tensor, proposals[:count], atol=1e-3)
        flips.add(bool(sample.flip))
    assert flips == {False, True}
    item = test[0]["data_samples"]
    scale = torch.tensor([*item.scale_factor, *item.scale_factor])
    first = item.gt_instances.bboxes.tensor[0]  # of the picture as it is
    assert torch.allclose(first * scale, item.proposals.bboxes[0], atol=1e-3)

    longest = cfg.train_dataloader.dataset.pipeline[3].transforms[0]
    assert longest.scale == (1000, 600) and longest.keep_ratio


@pytest.mark.slow
def test_trains_and_evaluates(devkit, tmp_path):
    from mmengine.hooks import Hook
    from mmengine.runner import Runner

    cfg = Config.fromfile(CONFIG)
    cfg.model.backbone.init_cfg = None
    cfg.model.roi_head.bbox_head.fc_channels = 32
    cfg.train_cfg.update(max_iters=2, val_interval=2)
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        loader.update(num_workers=0, persistent_workers=False)
        loader.dataset.data_root = str(devkit)
        for step in loader.dataset.pipeline:
            for inner in step.get("transforms", []):
                if inner.type == "Resize":
                    inner.scale = (200, 120)
    cfg.default_hooks.checkpoint.update(interval=2)
    cfg.work_dir = str(tmp_path / "run")
    cfg.experiment_name = "fast_rcnn"
    cfg.randomness = dict(seed=0)
    runner = Runner.from_cfg(cfg)
    before = {}

    class Snapshot(Hook):
        """Takes the weights after their initialisation."""

        def before_train_iter(self, runner, batch_idx, data_batch=None):
            if not before:
                state = runner.model.state_dict()
                before.update({k: v.clone() for k, v in state.items()})

    runner.register_hook(Snapshot())
    runner.train()
    after = runner.model.state_dict()
    still = {key for key in before if torch.equal(before[key], after[key])}
    assert still == {"backbone.conv1.weight", "backbone.conv1.bias"}
    figures = runner.val_loop.run()
    assert figures.keys() == {
        f"{prefix}/{name}"
        for prefix in ("voc_11points", "voc_area")
        for name in ("mAP", "AP50")
    }
    assert all(0 <= value <= 1 for value in figures.values())
    assert (tmp_path / "run" / "iter_2.pth").exists()
