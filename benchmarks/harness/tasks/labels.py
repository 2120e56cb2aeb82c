"""Segmentation with some of the labels: what pretraining is worth where few are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ..runner.pretraining import replace
from ..suite import Run
from .own_pictures import choose_evenly, find_part
from .segmentation import Segmentation

SHARES = (0.05, 0.1, 0.25, 1.0)
SMALL = "benchmarks/suites/configs/fpn_labels-96.py"
"""Half a minute of one core, most of it the start."""


@dataclass(frozen=True, kw_only=True)
class LabelShare(Segmentation):
    """A segmentor on a folder of pictures and masks, trained on a share of them.

    The same pictures are labelled for every method and seed. Judged on all of val.

    Attributes:
        names: Names of the classes, in the order of the masks' numbers.
        unlabelled: Number of the pixels that do not count.
        share: Share of the pictures of train, above 0 and at most 1.
    """

    names: tuple[str, ...]
    share: float
    unlabelled: int = 255
    data: str = "folder"
    curve: str | None = "segmentation"
    levels: tuple[int, ...] | None = (-4, -3, -2, -1)
    bfloat16: bool = True
    metric: str = "mIoU on val"
    classes: tuple[str, ...] = field(default=(), init=False)

    @property
    def x(self) -> float:
        return self.share

    @property
    def config(self) -> dict[str, Any]:
        own = dict(names=list(self.names), share=self.share, unlabelled=self.unlabelled)
        return super().config | own

    def _set_data(self, cfg: Config, run: Run) -> None:
        root = Path(run.data[self.data])
        for part, share in (("train", self.share), ("val", 1.0)):
            found = find_part(root, part)
            listed = run.folder / f"{part}.txt"
            names = choose_evenly(found.names, share)
            listed.write_text("".join(f"{name}\n" for name in names))
            cfg[f"{part}_dataloader"].dataset.update(
                metainfo=dict(classes=self.names),
                # The root is handed out; what is absolute stays as it is.
                ann_file=str(listed),
                data_prefix=dict(
                    img_path=str(found.pictures), seg_map_path=str(found.masks)
                ),
                img_suffix=found.img_suffix,
                seg_map_suffix=found.seg_map_suffix,
            )
        cfg.model.data_preprocessor.seg_pad_val = self.unlabelled
        cfg.model.decode_head.update(
            num_classes=len(self.names), ignore_index=self.unlabelled
        )
        replace(cfg, "val_evaluator.ignore_index", self.unlabelled)
        for step in cfg.train_dataloader.dataset.pipeline:
            if step["type"] == "RandomCrop":
                step["ignore_index"] = self.unlabelled


def steps_changed(count: int) -> dict[str, int]:
    """What a config sets that trains for ``count`` steps and is judged after them."""
    return {
        "train_cfg.max_iters": count,
        "train_cfg.val_interval": count,
        "default_hooks.checkpoint.interval": count,
    }


def label_shares(
    names: Sequence[str],
    unlabelled: int = 255,
    file: str = SMALL,
    shares: Sequence[float] = SHARES,
    steps: Mapping[float, int] | None = None,
) -> tuple[LabelShare, ...]:
    """One task a share.

    Args:
        names: Names of the classes.
        unlabelled: Number of the pixels that do not count.
        file: The config.
        shares: Shares of the labels.
        steps: Training steps by share; None for the config's own number.
    """
    changes = {s: steps_changed(steps[s]) if steps else {} for s in shares}
    return tuple(
        LabelShare(
            name=f"segmentation-{share:.0%}".replace("%", "pc"),
            title=f"segmentation, {share:.0%} of the labels",
            file=file,
            names=tuple(names),
            unlabelled=unlabelled,
            share=share,
            changes=changes[share],
            in_channels="model.neck.in_channels",
            strides="model.decode_head.feature_strides",
        )
        for share in shares
    )
