"""Detectors of mmdet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..suite import Run
from .training import Training, last_figure


@dataclass(frozen=True, kw_only=True)
class Detection(Training):
    """A detector on VOC, by mean average precision at an overlap of .5.

    Attributes:
        eleven: The figure is VOC07's mean over 11 points, not the area.
    """

    metric: str = "mAP at IoU .5, area"
    eleven: bool = False

    @property
    def config(self) -> dict[str, Any]:
        # Not where it is the usual one: results of before still hold.
        return super().config | (dict(eleven=True) if self.eleven else {})

    def read(self, found: Mapping[str, float], run: Run) -> dict[str, Any]:
        both = dict(
            area=100 * last_figure(found, "voc_area/mAP"),
            points11=100 * last_figure(found, "voc_11points/mAP"),
        )
        return dict(value=both["points11" if self.eleven else "area"], **both)
