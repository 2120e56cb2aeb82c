"""Optimizers of more than one network, and those of large batches."""

from .autocast import AutocastOptimWrapper
from .context_encoder import ContextEncoderOptimWrapper
from .large_batch import LARS, Lamb

__all__ = ["LARS", "AutocastOptimWrapper", "ContextEncoderOptimWrapper", "Lamb"]
