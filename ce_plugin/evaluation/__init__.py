"""Figures on held-out pictures; importing the room registers the metrics."""

from .metrics.accuracy import TopKAccuracy
from .metrics.average_precision import VOCMultiLabelAP
from .metrics.inpainting import InpaintingMetrics
from .metrics.reconstruction import PictureMetrics

__all__ = ["InpaintingMetrics", "PictureMetrics", "TopKAccuracy", "VOCMultiLabelAP"]
