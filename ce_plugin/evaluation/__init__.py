"""Figures on held-out pictures; importing the room registers the metrics."""

from ce_plugin.evaluation.accuracy import TopKAccuracy
from ce_plugin.evaluation.average_precision import VOCMultiLabelAP
from ce_plugin.evaluation.inpainting import InpaintingMetrics
from ce_plugin.evaluation.pictures import PictureMetrics

__all__ = ["InpaintingMetrics", "PictureMetrics", "TopKAccuracy", "VOCMultiLabelAP"]
