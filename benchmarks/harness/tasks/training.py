"""Tasks that train a detector or segmentor from the encoder, by the training tool."""

from __future__ import annotations

import functools
import json
import re
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ce_plugin.checkpoints import build_encoder, read_weights
from ce_plugin.engine.config import load_config

from ..runner.pretraining import replace
from ..suite import ROOT, Run, Task

_DRY_SIDE = 64


@functools.cache
def _config_text(file: str) -> str:
    return json.dumps(load_config(str(ROOT / file), []).to_dict(), default=str)


@dataclass(frozen=True, kw_only=True)
class Training(Task):
    """A config of mmdet or mmseg, trained from the encoder.

    Attributes:
        file: The config, relative to the checkout.
        data: Entry of the suite's data that its ``data_root`` is.
        levels: Maps of the encoder that the config's neck or head takes: the backbone
            is then built as the encoder's file describes it. None where the config has
            a backbone of its own that the encoder fits into.
        in_channels: Key of the config that takes the channels of these maps.
        strides: Key of the config that takes the strides of these maps.
        encoder: Further options of such a backbone, such as ``output_stride``.
        bfloat16: Whether the encoder's convolutions are computed in bfloat16.
        frozen: Whether the encoder stays as it is.
        changes: Values set in the config, by dotted key.
    """

    name: str
    title: str
    metric: str
    file: str
    data: str = "voc"
    levels: tuple[int, ...] | None = None
    in_channels: str | None = None
    strides: str | None = None
    encoder: Mapping[str, Any] = field(default_factory=dict)
    bfloat16: bool = False
    frozen: bool = False
    changes: Mapping[str, Any] = field(default_factory=dict)
    deviation: float | None = None
    like: str = ""

    trains = True

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.data,)

    @property
    def config(self) -> dict[str, Any]:
        return dict(
            file=self.file,
            resolved=json.loads(_config_text(self.file)),
            levels=self.levels,
            encoder=dict(self.encoder),
            bfloat16=self.bfloat16,
            frozen=self.frozen,
            changes=dict(self.changes),
        )

    def commands(self, run: Run) -> list[list[str]]:
        cfg = load_config(str(ROOT / self.file), [])
        for key, value in self.changes.items():
            replace(cfg, key, value)
        self.set_encoder(cfg, run)
        self._set_data(cfg, run)
        cfg.randomness = dict(seed=run.seed)
        if run.device == "cpu":
            _read_in_process(cfg)
        if run.dry:
            self.shorten(cfg)
        path = run.folder / "config.py"
        cfg.dump(str(path))
        command = ["-m", "ce_plugin.tools.train", str(path)]
        command += ["--work-dir", str(run.folder / "train")]
        return [[*command, "--cfg-options", f"data_root={run.data[self.data]}"]]

    def figures(self, run: Run) -> dict[str, Any]:
        folder = run.folder / "train"
        tensors = loaded_tensors(folder)
        scalars = list(folder.glob("*/vis_data/scalars.json"))
        lines = scalars[-1].read_text().splitlines() if scalars else []
        found = json.loads(lines[-1]) if lines else {}
        return dict(**self.read(found, run), tensors=tensors)

    @abstractmethod
    def read(self, found: Mapping[str, float], run: Run) -> dict[str, Any]:
        """The figures of the task from the last line of mmengine's scalars."""

    def shorten(self, cfg: Config) -> None:
        """Two iterations of two small pictures, and an evaluation of four."""
        cfg.train_cfg = dict(type="IterBasedTrainLoop", max_iters=2, val_interval=2)
        cfg.train_dataloader.update(
            batch_size=2, sampler=dict(type="InfiniteSampler"), batch_sampler=None
        )
        cfg.val_dataloader.update(batch_size=2)
        for name in ("train_dataloader", "val_dataloader"):
            _shrink(cfg[name].dataset)
        if cfg.model.data_preprocessor.get("size"):
            cfg.model.data_preprocessor.size = (_DRY_SIDE, _DRY_SIDE)

    def set_encoder(self, cfg: Config, run: Run) -> None:
        """Puts the encoder, its weights and its normalisation into the model."""
        _, meta = read_weights(run.encoder)
        init = dict(type="ce_plugin.PretrainedEncoder", checkpoint=str(run.encoder))
        normalization = meta["normalization"]
        cfg.model.data_preprocessor.update(
            mean=list(normalization["mean"]),
            std=list(normalization["std"]),
            bgr_to_rgb=not normalization.get("bgr", False),
        )
        if self.levels is None:
            if self.frozen:
                raise RuntimeError(f"{self.name}: frozen only with levels")
            cfg.model.backbone.init_cfg = init
            return
        encoder = {**meta["backbone"], **self.encoder, "out_indices": self.levels}
        if "." not in encoder["type"]:
            encoder["type"] = f"ce_plugin.{encoder['type']}"
        if self.in_channels or self.strides:
            built = build_encoder(dict(backbone=encoder))
            if self.in_channels:
                replace(cfg, self.in_channels, list(built.out_channels))
            if self.strides:
                replace(cfg, self.strides, list(built.out_strides))
        wrapper = dict(type="ce_plugin.TaskEncoder", bfloat16=self.bfloat16)
        wrapper |= dict(frozen=self.frozen, encoder=encoder | dict(init_cfg=init))
        replace(cfg, "model.backbone", wrapper)
        imports = (cfg.get("custom_imports") or {}).get("imports", [])
        imports = [*imports, "harness.tasks.parts"]
        cfg.custom_imports = dict(imports=imports, allow_failed_imports=False)

    def _set_data(self, cfg: Config, run: Run) -> None:
        """What a task's own data asks for; the root is handed out by the tool."""


def loaded_tensors(folder: Path) -> int:
    """How many tensors the log of a run says to have come from the encoder.

    Raises:
        RuntimeError: It does not say that all of the network's encoder has come.
    """
    logs = sorted(folder.glob("*/*.log"))
    text = logs[-1].read_text(errors="replace") if logs else ""
    said = re.findall(r"loaded (\d+)/(\d+) tensors", text)
    if not said or any(some != every for some, every in said):
        what = ", ".join("/".join(pair) for pair in said) or "nothing"
        raise RuntimeError(f"the encoder was not loaded whole ({what}): {folder}")
    return int(said[0][0])


def last_figure(found: Mapping[str, float], key: str) -> float:
    """A figure of the last evaluation, which has to be there.

    Raises:
        RuntimeError: The run ended without it.
    """
    if key not in found:
        raise RuntimeError(f"the run ended without {key}")
    return float(found[key])


def _read_in_process(cfg: Config) -> None:
    """No processes that read: a worker on the CPU has its core group for itself."""
    for name in ("train_dataloader", "val_dataloader", "test_dataloader"):
        if cfg.get(name):
            cfg[name].update(num_workers=0, persistent_workers=False)


def _shrink(part: Any) -> None:
    if isinstance(part, Mapping):
        for key in part:
            if key in ("scale", "crop_size"):
                part[key] = (_DRY_SIDE, _DRY_SIDE)
            else:
                _shrink(part[key])
    elif isinstance(part, list | tuple):
        for each in part:
            _shrink(each)
