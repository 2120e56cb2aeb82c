"""Builds the config of one pretraining run from a suite and a method."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict

from ce_plugin.engine.config import load_config

from ..suite import ROOT, AsConfigured, Images, Method, Suite

CALIBRATION_STEPS = 15
_TIMED = ("FiniteLossHook", "BadPictureHook", "TargetFitHook", "ChannelsLastHook")
"""Hooks that take part in a method's step, or run before the first one."""
WARMUP_SHARE = 0.1
"""Share of the iterations in which the learning rate rises."""
NORMALIZATION = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
"""Normalisation of the pictures of untrained encoders: the pretexts' default."""


def build_config(
    suite: Suite, method: Method, data: str, seed: int, iterations: int | None
) -> Config:
    """The config of one run: the method's, with the suite's encoder, size and budget.

    Args:
        suite: The suite.
        method: A method with a config.
        data: Path of what it learns from.
        seed: Seed of the run.
        iterations: Number of steps; None: as the config says.
    """
    cfg = load_config(str(config_file(method)), [])
    read_in_process(cfg)
    if encoder := suite.encoder_of(method):
        replace(cfg, "model.backbone", encoder)
    for loader in ("train_dataloader", "val_dataloader"):
        if suite.size and cfg.get(loader) is not None:
            set_size(cfg[loader].dataset.get("transforms", []), suite.size)
    if suite.batch_size:
        cfg.train_dataloader.batch_size = suite.batch_size
    own = isinstance(suite.budget, AsConfigured)
    if not own:
        cfg.param_scheduler = _schedule(iterations)
    for changes in (suite.pretraining, method.changes):
        for key, value in changes.items():
            replace(cfg, key, value)
    if cfg.get("val_dataloader") is not None and not own:
        # Only for the pictures: nothing is chosen by held-out figures.
        cfg.val_dataloader.dataset.limit = 64
    if iterations is not None:
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


def config_file(method: Method) -> Path:
    """The file of a method's config."""
    inside = ROOT / "configs" / method.config
    return inside if inside.is_file() else ROOT / method.config


def _schedule(iterations: int) -> list[dict[str, Any]]:
    """The learning rate rises over a tenth of the steps, then falls as a cosine."""
    warmup = max(1, round(WARMUP_SHARE * iterations))
    return [
        dict(type="LinearLR", start_factor=0.01, by_epoch=False, begin=0, end=warmup),
        dict(type="CosineAnnealingLR", by_epoch=False, begin=0, eta_min=1e-6),
    ]


def calibration_config(suite: Suite, method: Method, data: str) -> Config:
    """The config of a few steps, each timed beside a pass of the bare encoder."""
    cfg = build_config(suite, method, data, 0, CALIBRATION_STEPS)
    shape = (suite.batch_size, 3, suite.size, suite.size)
    hook = dict(type="CalibrationHook", model=dict(suite.encoder), shape=shape)
    cfg.custom_hooks = [h for h in cfg.custom_hooks if h["type"] in _TIMED] + [hook]
    cfg.default_hooks.checkpoint.update(interval=10**9, save_last=False)
    for key in ("val_dataloader", "val_cfg", "val_evaluator"):
        cfg[key] = None
    return cfg


def read_in_process(cfg: Config) -> Config:
    """Turns reader processes off: a worker has one core. A suite may set them again."""
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
) -> int | None:
    """Number of steps that the budget allows; None where each config has its own.

    What comes before the first step is part of the budget.

    Args:
        suite: The suite.
        calibration: ``ratio`` of the method's step to the encoder's pass and
            ``reference``, the pass's seconds, the same for all methods of the suite;
            ``setup``, what the method does before its first step, such as a codebook,
            in passes.
        minutes: Budget used in place of the suite's.
    """
    if isinstance(suite.budget, AsConfigured):
        return None
    if isinstance(suite.budget, Images):
        return max(1, suite.budget.images // suite.batch_size)
    passes = 60 * (minutes or suite.budget.minutes) / calibration["reference"]
    passes -= calibration.get("setup", 0.0)
    return max(1, round(passes / calibration["ratio"]))


def write_config(cfg: Config, path: Path) -> None:
    """Writes ``cfg`` where the training tool reads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cfg.dump(str(path))
