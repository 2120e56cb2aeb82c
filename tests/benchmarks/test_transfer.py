"""What the transfer benchmark decides by itself: pictures, jobs, the table."""

import importlib.util
import sys

import pytest
from mmengine.config import Config
from runs import ROOT
from voc_folder import make_voc

from ce_plugin.checkpoints import build_encoder
from ce_plugin.engine.downstream import prepare

FOLDER = ROOT / "benchmarks" / "transfer"


@pytest.fixture
def module(monkeypatch):
    """A script of the benchmark by name; what its configs import is on the path."""
    monkeypatch.syspath_prepend(str(FOLDER.parent))

    def load(name):
        path = FOLDER / f"{name}.py"
        spec = importlib.util.spec_from_file_location(f"transfer_{name}", path)
        found = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(found)
        return found

    return load


def test_pretraining_sees_no_evaluation_picture(module, tmp_path):
    root = make_voc(tmp_path / "dev", years=("2007", "2012"), pictures=8)
    seen = {path.stem for path in module("run").pictures_outside_val(root)}
    for year in ("2007", "2012"):
        lists = root / f"VOC{year}" / "ImageSets"
        for part in ("Main", "Segmentation"):
            assert not seen & set((lists / part / "val.txt").read_text().split())
            assert set((lists / part / "train.txt").read_text().split()) <= seen


def test_a_failing_job_ends_no_other(module):
    done = []

    def fail():
        raise RuntimeError("no")

    jobs = [lambda: done.append(1), fail, lambda: done.append(2)]
    failed = module("run").work_off(jobs, workers=2)
    assert sorted(done) == [1, 2] and [str(error) for error in failed] == ["no"]


def test_the_table_is_of_pairs(module):
    def result(value, **kwargs):
        return dict(value=value, minutes=2.0, **kwargs)

    found = {
        ("detection", "random"): {0: result(5.0), 1: result(7.0)},
        ("detection", "context-encoder"): {0: result(6.0), 1: result(9.0)},
        ("svm-voc07", "random"): {0: result(1.0, layers=dict(a=3.0, b=2.0))},
        ("svm-voc07", "context-encoder"): {0: result(4.0, layers=dict(a=4.0, b=6.0))},
    }
    svm, chosen, best, detection = module("table").rows(found)
    assert "| 6.0 ± 1.4 | 7.5 ± 2.1 | 1.5 ± 0.7 (+1.0, +2.0) | 2.0 |" in detection
    assert "last layer | 2.0 | 6.0 | 4.0 (+4.0)" in svm
    assert "| 1.0 | 4.0 | 3.0 (+3.0)" in chosen and "| 3.0 | 6.0 | 3.0" in best


@pytest.mark.slow
@pytest.mark.parametrize("task", ["detection", "segmentation", "segmentation_frozen"])
def test_configs_take_the_encoder_whole(task, module, tmp_path, monkeypatch):
    """The encoder of the pretraining config in the network of the task."""
    from checkpoints.encoders import write_encoder_file
    from mmengine.utils import import_modules_from_strings

    pretrain = Config.fromfile(module("run").PRETRAIN)
    backbone = dict(pretrain.model.backbone, type="ce_plugin.TimmBackbone")
    encoder = write_encoder_file(backbone, tmp_path / "encoder.pth")
    assert build_encoder(dict(backbone=backbone)).out_channels == (256,)
    cfg = Config.fromfile(FOLDER / f"{task}.py")
    cfg.data_root = None
    cfg.model.backbone.init_cfg.checkpoint = str(tmp_path / "encoder.pth")
    monkeypatch.setattr("ce_plugin.engine.downstream.check_downstream", lambda cfg: [])
    prepare(cfg)
    if cfg.get("custom_imports"):
        import_modules_from_strings(**cfg.custom_imports)
    registry = sys.modules[f"{cfg.default_scope}.registry"].MODELS
    model = registry.build(cfg.model)
    model.init_weights()
    arrived = model.backbone.state_dict()
    assert all(arrived[k].equal(v) for k, v in encoder.state_dict().items())
    trained = any(p.requires_grad for p in model.backbone.parameters())
    assert trained is (task != "segmentation_frozen")
