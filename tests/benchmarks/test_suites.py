"""Every suite can be built: each method's config, each task's, and a dry run."""

import os
import subprocess
import sys

import pytest
from runs import ROOT, environment

sys.path.insert(0, str(ROOT / "benchmarks"))
import harness.cost  # noqa: F401  (registers its hooks, as a run's config does)
from harness.methods import METHODS
from harness.runner.pretraining import build_config, config_file, iterations
from harness.suite import AsConfigured
from harness.suites import known_suites, load_suite

from ce_plugin.engine.config import check_config, load_config
from ce_plugin.models.pretexts import Pretext
from ce_plugin.registry import MODELS

SUITES = known_suites()
# One that differs from the others' in most; `--dry-run` alone does all, in a while.
ONE = {
    "voc_r50": "swav",
    "imagenet": "moco",
    "paper_alexnet": "context-encoder-region",
    "voc320_cpu": "byol",
    "voc320_choose": "moco~lr0.001~b32",
    "voc320_fair": "supervised",
    "camvid_labels": "simclr",
    "camvid_fair": "seen-words",
    "mnist": "context-encoder-columns",
    "transfer": "context-encoder",
    "inpainting": "Context Encoder, center",
    "smoke": "random",
}


TASKS = {
    "inpainting": ("voc-center", "bundled-strokes"),
    "voc320_choose": ("svm-last-voc07", "detection", "segmentation-frozen"),
}
"""Some of them, where others differ in masks alone or are another suite's as well."""


@pytest.mark.parametrize("name", SUITES)
def test_configs(name):
    """Each method's config has the suite's encoder, size and budget."""
    suite = load_suite(name)
    own = isinstance(suite.budget, AsConfigured)
    assert suite.name == name
    assert suite.floor in {method.name for method in suite.methods}
    for method in suite.methods:
        if method.config is None:
            continue
        steps = iterations(suite, dict(ratio=1, reference=3, setup=0), 1)
        assert (steps is None) is own
        cfg = build_config(suite, method, "pictures", 3, steps)
        check_config(cfg)
        encoder = method.encoder or suite.encoder
        # Which maps heads stand on is the method's; the network is the suite's.
        maps = method.changes.get("model.backbone.out_indices")
        own_maps = dict(out_indices=maps) if maps else {}
        assert not encoder or cfg.model.backbone.to_dict() == {**encoder, **own_maps}
        searched = method.changes.get("train_dataloader.batch_size")
        file = load_config(str(config_file(method)), [])
        batch = searched or suite.batch_size or file.train_dataloader.batch_size
        assert cfg.train_dataloader.batch_size == batch and cfg.randomness.seed == 3
        assert cfg.train_cfg.max_iters == (steps or file.train_cfg.max_iters)
        assert any(hook["type"] == "CostHook" for hook in cfg.custom_hooks)
        assert any(hook["type"] == "EncoderExportHook" for hook in cfg.custom_hooks)
    names = {method.name for method in suite.methods}
    assert {name for pair in suite.claims for name in pair} <= names
    assert set(suite.claimed) <= {task.name for task in suite.tasks}
    for task in suite.tasks:
        assert task.config and task.metric and set(task.needs) <= set(suite.data)


def test_every_pretext_is_a_method():
    """What is registered as a pretext can be compared."""
    MODELS.import_from_location()
    kinds = [cls for cls in MODELS.module_dict.values() if isinstance(cls, type)]
    ours = {
        cls.__name__
        for cls in kinds
        if issubclass(cls, Pretext) and cls.__module__.startswith("ce_plugin.")
    }
    configs = [m.config for m in METHODS.values() if m.kind == "pretrain"]
    models = {load_config(str(ROOT / "configs" / c), []).model.type for c in configs}
    assert models == ours


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("name", SUITES)
def test_dry_run(name, tmp_path):
    """A method and its tasks: two iterations each; nothing is left behind."""
    temporary, here = tmp_path / "tmp", tmp_path / "here"
    temporary.mkdir(), here.mkdir()
    command = [sys.executable, str(ROOT / "benchmarks" / "run.py"), name, "--dry-run"]
    command += ["--seeds", "0", "--workers", "1", "--methods", ONE[name]]
    tasks = TASKS.get(name) or [task.name for task in load_suite(name).tasks]
    command += ["--tasks", *tasks]
    env = environment(TMPDIR=str(temporary), CUDA_VISIBLE_DEVICES="")
    done = subprocess.run(command, cwd=here, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    runs = 1 + len(tasks)
    assert f"[{runs}/{runs}]" in done.stdout and "FAILED" not in done.stdout
    left = [p for p in os.listdir(temporary) if p.startswith("ce_plugin")]
    assert not left and not os.listdir(here)
