"""Every detection config is built, learns from a step and finds its pictures."""

from copy import deepcopy
from functools import cache

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from runs import ROOT
from voc_folder import make_voc

FOLDER = ROOT / "configs" / "detection"
CONFIGS = sorted(FOLDER.glob("*.py"))
# Which encoder tensors are not trained, and which lists are trained on.
FROZEN = {"fast-rcnn_caffenet_voc07": {"conv1.weight", "conv1.bias"}}
LISTS = {"voc07": ["VOC2007"], "voc0712": ["VOC2007", "VOC2012"]}


@pytest.fixture(autouse=True)
def mmdet_scope(scope):
    from mmdet.utils import register_all_modules

    register_all_modules(init_default_scope=False)
    init_default_scope("mmdet")


@cache
def read(path):
    """The config as it is; mmengine looks through all of mmdet for its bases."""
    return Config.fromfile(path)


def load(path, encoder=None):
    """The config with another initialisation of its encoder, and fewer regions."""
    cfg = deepcopy(read(path))
    parts = [cfg.model.backbone]
    if "shared_head" in cfg.model.get("roi_head", {}):
        parts.append(cfg.model.roi_head.shared_head)
    for part in parts:
        assert part.init_cfg == dict(
            type="ce_plugin.PretrainedEncoder", checkpoint="encoder.pth"
        )
        part.init_cfg = encoder
    if cfg.model.type == "FasterRCNN":
        cfg.model.train_cfg.rcnn.sampler.num = 8
    return cfg


def build(path, encoder=None):
    from mmdet.registry import MODELS

    return MODELS.build(load(path, encoder).model)


@pytest.fixture(scope="module")
def voc(tmp_path_factory):
    return make_voc(tmp_path_factory.mktemp("devkit"), pictures=4)


def batch(model, proposals):
    from mmdet.testing import demo_mm_inputs
    from mmengine.structures import InstanceData

    shapes = [[3, 96, 128], [3, 100, 90]]
    data = demo_mm_inputs(2, shapes, num_items=[2, 2], num_classes=20)
    if proposals:
        for sample in data["data_samples"]:
            boxes = torch.rand(40, 4).sort(1).values * 80
            sample.proposals = InstanceData(bboxes=boxes, scores=torch.ones(40))
    return model.data_preprocessor(data, True)


@pytest.mark.slow
@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_one_step(path):
    torch.manual_seed(0)
    model = build(path)
    model.train()
    name = path.stem
    losses = model(**batch(model, name.startswith("fast-rcnn")), mode="loss")
    loss, log = model.parse_losses(losses)
    assert all(torch.isfinite(value) for value in log.values())
    loss.backward()
    backbone = dict(model.backbone.named_parameters())
    untouched = {key for key, p in backbone.items() if p.grad is None}
    assert untouched == FROZEN.get(name, set())
    # Norms use and learn the statistics of what is trained on.
    norms = [m for m in model.modules() if isinstance(m, torch.nn.SyncBatchNorm)]
    assert all(m.training and m.weight.requires_grad for m in norms)
    assert bool(norms) == (not name.startswith("fast-rcnn"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_lists_and_encoder(path, voc):
    from mmdet.registry import DATASETS

    cfg = load(path)
    assert cfg.default_scope == "mmdet"
    train = cfg.train_dataloader.dataset
    train = train.get("dataset", train)
    parts = train.get("datasets", [train])
    years = LISTS[path.stem.rsplit("_", 1)[1]]
    assert [p.ann_file for p in parts] == [
        f"{year}/ImageSets/Main/trainval.txt" for year in years
    ]
    test = cfg.test_dataloader.dataset
    assert test.ann_file == "VOC2007/ImageSets/Main/test.txt" and test.test_mode
    for part, count in [*((p, 4) for p in parts), (test, 2)]:
        part.pop("proposal_file", None)
        dataset = DATASETS.build(dict(part, data_root=str(voc)))
        assert len(dataset) == count

    metrics = [(m.type, m.eval_mode, m.prefix) for m in cfg.test_evaluator]
    assert metrics == [
        ("VOCMetric", "11points", "voc_11points"),
        ("VOCMetric", "area", "voc_area"),
    ]
    assert cfg.val_evaluator == cfg.test_evaluator
    if path.stem.startswith("fast-rcnn"):
        return
    assert cfg.auto_scale_lr == dict(enable=True, base_batch_size=16)
    pixels = cfg.model.data_preprocessor
    assert pixels.mean == [123.675, 116.28, 103.53] and pixels.bgr_to_rgb
    assert pixels.std == [58.395, 57.12, 57.375]


@pytest.mark.parametrize(
    "name, channels, strides",
    [
        ("faster-rcnn_r50-fpn_voc0712", [256, 512, 1024, 2048], [4, 8, 16, 32]),
        ("faster-rcnn_r18-fpn_voc07", [64, 128, 256, 512], [4, 8, 16, 32]),
        ("retinanet_r50-fpn_voc0712", [256, 512, 1024, 2048], [4, 8, 16, 32]),
        ("retinanet_r18-fpn_voc07", [64, 128, 256, 512], [4, 8, 16, 32]),
        ("faster-rcnn_convnext-tiny-fpn_voc0712", [96, 192, 384, 768], [4, 8, 16, 32]),
        ("faster-rcnn_r50-c4_voc0712", [1024], [16]),
        ("fast-rcnn_caffenet_voc07", [256], [16]),
    ],
)
def test_maps_of_the_encoder(name, channels, strides):
    model = build(FOLDER / f"{name}.py")
    model.eval()
    with torch.no_grad():
        maps = model.backbone(torch.zeros(1, 3, 64, 96))
    assert [m.shape[1] for m in maps] == channels
    # Fast R-CNN's padding makes its maps a cell or two larger than size over stride.
    slack = 2 if name.startswith("fast-rcnn") else 0
    for m, stride in zip(maps, strides):
        assert 0 <= m.shape[2] - 64 // stride <= slack
        assert 0 <= m.shape[3] - 96 // stride <= slack


def test_every_config_is_in_the_table_above():
    marks = test_maps_of_the_encoder.pytestmark
    rows = next(mark.args[1] for mark in marks if mark.name == "parametrize")
    assert {row[0] for row in rows} == {path.stem for path in CONFIGS}


def _encoder(net):
    """Weights and statistics of a ResNet without its classifier."""
    return [
        (key, value)
        for key, value in net.state_dict().items()
        if not key.startswith("fc.") and not key.endswith("num_batches_tracked")
    ]


class TestC4:
    path = FOLDER / "faster-rcnn_r50-c4_voc0712.py"

    def test_stages_are_torchvisions(self):
        """conv1 to layer3 and the head's layer4 are one ResNet-50: keys, strides."""
        from torchvision.models import resnet50

        model = build(self.path)
        shapes = {k: v.shape for k, v in resnet50().state_dict().items()}
        ours = {k: v.shape for k, v in model.backbone.state_dict().items()}
        head = {k: v.shape for k, v in model.roi_head.shared_head.state_dict().items()}
        assert not ours.keys() & head.keys()
        assert all(key.startswith("layer4.") for key in head)
        whole = {k: s for k, s in shapes.items() if not k.startswith("fc.")}
        assert ours | head == whole
        # Caffe's ResNet, mmdet's own choice here, has the stride in the first conv.
        for stage in (model.backbone.layer2, model.roi_head.shared_head.layer4):
            assert stage[0].conv1.stride == (1, 1) and stage[0].conv2.stride == (2, 2)

    def test_one_file_fills_backbone_and_head(self, tmp_path):
        """The extra norm is no part of the encoder: nothing may be missing."""
        from torchvision.models import resnet50

        torch.manual_seed(0)
        weights = {k: torch.rand_like(v.float()) for k, v in _encoder(resnet50())}
        torch.save(weights, tmp_path / "encoder.pth")
        file = str(tmp_path / "encoder.pth")
        model = build(
            self.path, dict(type="ce_plugin.PretrainedEncoder", checkpoint=file)
        )
        model.init_weights()
        loaded = dict(_encoder(model.backbone))
        loaded |= dict(_encoder(model.roi_head.shared_head))
        assert loaded.keys() == weights.keys()
        assert all(torch.equal(loaded[key], weights[key]) for key in weights)

    def test_norms_are_trained(self):
        model = build(self.path)
        model.train()
        head = model.roi_head
        for part in (model.backbone, head.shared_head, head.bbox_head):
            norms = [m for m in part.modules() if isinstance(m, torch.nn.SyncBatchNorm)]
            assert norms and all(m.training and m.weight.requires_grad for m in norms)
        assert head.bbox_head.norm.num_features == 2048

    def test_schedule(self):
        cfg = load(self.path)
        assert (
            cfg.train_cfg.max_iters == 24000 and cfg.optim_wrapper.optimizer.lr == 0.02
        )
        warmup, steps = cfg.param_scheduler
        assert warmup.end == 100 and steps.milestones == [18000, 22000]


def test_timm_model_can_be_another():
    from mmdet.registry import MODELS

    cfg = load(FOLDER / "faster-rcnn_convnext-tiny-fpn_voc0712.py")
    cfg.merge_from_dict(
        {
            "model.backbone.model_name": "resnet18",
            "model.backbone.out_indices": (1, 2, 3, 4),
            "model.neck.in_channels": [64, 128, 256, 512],
        }
    )
    model = MODELS.build(cfg.model)
    assert model.backbone.out_channels == (64, 128, 256, 512)


def test_names_and_lengths():
    names = [path.name for path in (ROOT / "configs").rglob("*.py")]
    for path in CONFIGS:
        assert names.count(path.name) == 1
        lines = len(path.read_text().splitlines())
        assert lines <= (60 if path.stem.startswith("fast-rcnn") else 40)
        assert read(path).filename == str(path)
