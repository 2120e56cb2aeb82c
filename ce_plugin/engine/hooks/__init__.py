from .checkpoint import SafeCheckpointHook
from .export import EncoderExportHook
from .guard import BadPictureHook, FiniteLossHook
from .losses import FetchLossesHook
from .metrics_file import MetricsFileHook
from .plain_state import PlainStateHook
from .reconstruction import ReconstructionHook
from .result_page import ResultPageHook
from .throughput import ThroughputHook

__all__ = [
    "BadPictureHook",
    "EncoderExportHook",
    "FetchLossesHook",
    "FiniteLossHook",
    "MetricsFileHook",
    "PlainStateHook",
    "ReconstructionHook",
    "ResultPageHook",
    "SafeCheckpointHook",
    "ThroughputHook",
]
