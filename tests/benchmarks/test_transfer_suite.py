"""The suite transfer: detector and segmentor take the encoder whole; the table."""

import sys

import pytest
import tables_case  # noqa: F401  puts the harness on the path
from harness.data.entries import pictures_outside_val
from harness.results.read import read_results
from harness.results.store import results_of
from harness.suite import Run
from harness.suites import load_suite
from harness.tables.leaderboard import Leaderboard
from harness.tables.pairs import pairs
from mmengine.config import Config
from voc_folder import make_voc

from ce_plugin.engine.downstream import prepare

SUITE = load_suite("transfer")
TRAINED = {task.name: task for task in SUITE.tasks if task.trains}


def test_pretraining_sees_no_evaluation_picture(tmp_path):
    root = make_voc(tmp_path / "dev", years=("2007", "2012"), pictures=8)
    seen = {path.stem for path in pictures_outside_val(root)}
    for year in ("2007", "2012"):
        lists = root / f"VOC{year}" / "ImageSets"
        for part in ("Main", "Segmentation"):
            assert not seen & set((lists / part / "val.txt").read_text().split())
            assert set((lists / part / "train.txt").read_text().split()) <= seen


def test_the_table_is_of_pairs(tmp_path):
    layers = dict(layers=dict(a=3.0, b=2.0)), dict(layers=dict(a=4.0, b=6.0))
    store = results_of("transfer", tmp_path)
    for method, task, seed, value, figures in (
        ("random", "detection", 0, 5.0, {}),
        ("random", "detection", 1, 7.0, {}),
        ("context-encoder", "detection", 0, 6.0, {}),
        ("context-encoder", "detection", 1, 9.0, {}),
        ("random", "svm-voc07", 0, 1.0, layers[0]),
        ("context-encoder", "svm-voc07", 0, 4.0, layers[1]),
        # No seed of both yet: no row.
        ("random", "svm-voc12", 0, 1.0, layers[0]),
        ("context-encoder", "svm-voc12", 1, 4.0, layers[1]),
    ):
        at = dict(suite="transfer", method=method, task=task, seed=seed, value=value)
        store.append(dict(**at, status="done", minutes=2.0, figures=figures))
    (table,) = pairs(Leaderboard(SUITE, read_results(SUITE, tmp_path)))
    svm, chosen, best, detection = [[cell.text for cell in r] for r in table.rows]
    assert detection[1:] == ["6.0 ± 1.4", "7.5 ± 2.1", "1.5 ± 0.7 (+1.0, +2.0)", "2.0"]
    assert svm == ["SVM, VOC07, last layer", "2.0", "6.0", "4.0 (+4.0)", "2.0"]
    assert chosen[1:3] == ["1.0", "4.0"] and best[1:3] == ["3.0", "6.0"]


@pytest.mark.slow
@pytest.mark.parametrize("name", TRAINED)
def test_configs_take_the_encoder_whole(name, tmp_path, monkeypatch):
    """The encoder of the pretraining config in the network of the task."""
    from checkpoints.encoders import write_encoder_file
    from mmengine.utils import import_modules_from_strings

    backbone = dict(SUITE.encoder, type="ce_plugin.TimmBackbone")
    encoder = write_encoder_file(backbone, tmp_path / "encoder.pth")
    data = dict(voc=str(tmp_path))
    run = Run("random", 0, tmp_path / "encoder.pth", tmp_path, data)
    TRAINED[name].commands(run)
    cfg = Config.fromfile(tmp_path / "config.py")
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
    assert trained is (name != "segmentation_frozen")
