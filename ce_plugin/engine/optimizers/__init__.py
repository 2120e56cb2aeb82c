"""Optimizers of more than one network, and those of large batches."""

from .autocast import AutocastOptimWrapper
from .context_encoder import ContextEncoderOptimWrapper
from .lamb import Lamb
from .lars import LARS

__all__ = ["LARS", "AutocastOptimWrapper", "ContextEncoderOptimWrapper", "Lamb"]
