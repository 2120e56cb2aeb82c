"""Segmentors of mmseg."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..suite import Run
from .training import Training, last_figure


@dataclass(frozen=True, kw_only=True)
class Segmentation(Training):
    """A segmentor, by mean intersection over union.

    Attributes:
        classes: The figure is the mean over these, which the config's metric has to
            give (``PerClassIoU``); without them it is mmseg's own, over all classes.
    """

    metric: str = "mIoU"
    classes: tuple[str, ...] = ()

    @property
    def config(self) -> dict[str, Any]:
        return super().config | dict(classes=list(self.classes))

    def read(self, found: Mapping[str, float], run: Run) -> dict[str, Any]:
        every = last_figure(found, "mIoU")
        if not self.classes:
            return dict(value=every)
        ious = {name: last_figure(found, f"IoU/{name}") for name in self.classes}
        return dict(value=sum(ious.values()) / len(ious), ious=ious, miou_of_all=every)
