"""Hooks: pictures and curves while training, checkpoints, the export of the encoder."""

from .checkpoint import SafeCheckpointHook
from .export import EncoderExportHook
from .guard import BadPictureHook, FiniteLossHook
from .losses import FetchLossesHook
from .metrics_file import MetricsFileHook
from .norm_statistics import NormStatisticsHook
from .plain_state import PlainStateHook
from .reconstruction import ReconstructionHook
from .result_page import ResultPageHook
from .target_fit import TargetFitHook
from .throughput import ThroughputHook

__all__ = [
    "BadPictureHook",
    "EncoderExportHook",
    "FetchLossesHook",
    "FiniteLossHook",
    "MetricsFileHook",
    "NormStatisticsHook",
    "PlainStateHook",
    "ReconstructionHook",
    "ResultPageHook",
    "SafeCheckpointHook",
    "TargetFitHook",
    "ThroughputHook",
]
