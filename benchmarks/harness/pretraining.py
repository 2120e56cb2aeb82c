"""From a suite and a method to the config of one pretraining run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict

from ce_plugin.engine.config import load_config

from .suite import ROOT, Images, Method, Suite

CALIBRATION_STEPS = 15
_TIMED = ("FiniteLossHook", "BadPictureHook", "TargetFitHook", "ChannelsLastHook")
"""Hooks that belong to a method's step, or to what comes before the first."""
WARMUP_SHARE = 0.1
"""Share of the iterations in which the learning rate rises."""
NORMALIZATION = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
"""What untrained encoders get their pictures in: the pretexts' own default."""


def build_config(
    suite: Suite, method: Method, data: str, seed: int, iterations: int
) -> Config:
    """The config of one run: the method's, with the suite's encoder, size and budget.

    Args:
        suite: The suite.
        method: One with a config.
        data: What it learns from.
        seed: Of the run.
        iterations: Of the run.
    """
    cfg = load_config(str(ROOT / "configs" / method.config), [])
    read_in_process(cfg)
    replace(cfg, "model.backbone", suite.encoder)
    for loader in ("train_dataloader", "val_dataloader"):
        if cfg.get(loader) is None:
            continue
        set_size(cfg[loader].dataset.get("transforms", []), suite.size)
    cfg.train_dataloader.batch_size = suite.batch_size
    warmup = max(1, round(WARMUP_SHARE * iterations))
    cfg.param_scheduler = [
        dict(type="LinearLR", start_factor=0.01, by_epoch=False, begin=0, end=warmup),
        dict(type="CosineAnnealingLR", by_epoch=False, begin=0, eta_min=1e-6),
    ]
    for changes in (suite.pretraining, method.changes):
        for key, value in changes.items():
            replace(cfg, key, value)
    if cfg.get("val_dataloader") is not None:
        # Only for the pictures: nothing is chosen by held-out figures.
        cfg.val_dataloader.dataset.limit = 64
    cfg.train_cfg = dict(
        type="PretrainLoop", max_iters=iterations, val_interval=iterations
    )
    cfg.default_hooks.checkpoint.update(interval=max(1, iterations // 4))
    imports = [*(cfg.get("custom_imports") or {}).get("imports", []), "harness.cost"]
    cfg.custom_imports = dict(imports=imports, allow_failed_imports=False)
    there = {hook["type"] for hook in cfg.custom_hooks}
    cfg.custom_hooks += [dict(h) for h in suite.hooks if h["type"] not in there]
    cfg.custom_hooks.append(dict(type="CostHook"))
    if suite.channels_last:
        cfg.custom_hooks.append(dict(type="ChannelsLastHook"))
    cfg.data_root, cfg.randomness = data, dict(seed=seed)
    return cfg


def calibration_config(suite: Suite, method: Method, data: str) -> Config:
    """A few steps of the method, each beside a pass of the bare encoder."""
    cfg = build_config(suite, method, data, 0, CALIBRATION_STEPS)
    shape = (suite.batch_size, 3, suite.size, suite.size)
    hook = dict(type="CalibrationHook", model=dict(suite.encoder), shape=shape)
    cfg.custom_hooks = [h for h in cfg.custom_hooks if h["type"] in _TIMED] + [hook]
    cfg.default_hooks.checkpoint.update(interval=10**9, save_last=False)
    for key in ("val_dataloader", "val_cfg", "val_evaluator"):
        cfg[key] = None
    return cfg


def read_in_process(cfg: Config) -> Config:
    """No processes that read, unless a suite asks for them: a core is a worker's."""
    for name in ("train_dataloader", "val_dataloader"):
        if cfg.get(name) is not None:
            cfg[name].update(num_workers=0, persistent_workers=False, pin_memory=False)
    return cfg


def replace(cfg: Config, key: str, value: Any) -> None:
    """Sets a dotted key to ``value`` as it is: nothing of what was there is merged.

    Parts of the way are made where they are not there, but for the first: a method
    without held-out pictures does not get them by a setting of theirs.
    """
    *path, last = key.split(".")
    here: Any = cfg
    if path and cfg.get(path[0]) is None:
        return
    for name in path:
        here = here.setdefault(name, ConfigDict())
    here[last] = ConfigDict(value) if isinstance(value, Mapping) else value


def set_size(transforms: Any, size: int) -> None:
    """Replaces every ``size`` in a config's transforms, at any depth."""
    if isinstance(transforms, Mapping):
        for key, value in transforms.items():
            if key == "size":
                many = isinstance(value, list | tuple)
                transforms[key] = (size, size) if many else size
            else:
                set_size(value, size)
    elif isinstance(transforms, list | tuple):
        for part in transforms:
            set_size(part, size)


def iterations(
    suite: Suite,
    calibration: Mapping[str, float] | None,
    minutes: float | None = None,
) -> int:
    """How many steps the budget allows; what comes before the first is in it.

    Args:
        suite: The suite.
        calibration: ``ratio`` of the method's step to the encoder's pass and
            ``reference``, the pass's seconds, the same for all methods of the suite;
            ``setup``, what the method does before its first step, such as a codebook,
            in passes.
        minutes: In place of the suite's.
    """
    if isinstance(suite.budget, Images):
        return max(1, suite.budget.images // suite.batch_size)
    passes = 60 * (minutes or suite.budget.minutes) / calibration["reference"]
    passes -= calibration.get("setup", 0.0)
    return max(1, round(passes / calibration["ratio"]))


def write_config(cfg: Config, path: Path) -> None:
    """Writes ``cfg`` where the training tool reads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cfg.dump(str(path))
