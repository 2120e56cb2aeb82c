"""Classifiers of this package, on the encoder or with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mmengine.config import Config

from ce_plugin.checkpoints import read_weights

from ..suite import Run
from .training import Training, last_figure


@dataclass(frozen=True, kw_only=True)
class Classification(Training):
    """A config of ``configs/classification``, trained from the encoder.

    Attributes:
        keys: Figures of the config's metric; of several, those of probes on several
            layers, the value is the best, and all are among the figures.
    """

    keys: tuple[str, ...]

    @property
    def config(self) -> dict[str, Any]:
        return super().config | dict(keys=list(self.keys))

    def read(self, found: Mapping[str, float], run: Run) -> dict[str, Any]:
        values = {key: last_figure(found, key) for key in self.keys}
        best = max(values, key=lambda key: values[key])
        return dict(value=values[best], best=best, every=values)

    def set_encoder(self, cfg: Config, run: Run) -> None:
        _, meta = read_weights(run.encoder)
        init = dict(type="ce_plugin.PretrainedEncoder", checkpoint=str(run.encoder))
        encoder = {**meta["backbone"], "init_cfg": init}
        maps = cfg.model.backbone.get("out_indices")
        if maps is not None:
            encoder["out_indices"] = maps
        cfg.model.backbone = encoder
        normalization = meta["normalization"]
        cfg.model.data_preprocessor.update(
            mean=list(normalization["mean"]),
            std=list(normalization["std"]),
            bgr=normalization.get("bgr", False),
        )

    def shorten(self, cfg: Config) -> None:
        """Two iterations of two pictures, and an evaluation."""
        cfg.train_cfg.update(max_iters=2, val_interval=2)
        for name in ("train_dataloader", "val_dataloader"):
            cfg[name].update(batch_size=2)
