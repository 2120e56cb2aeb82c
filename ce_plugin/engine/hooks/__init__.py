from .checkpoint import SafeCheckpointHook
from .export import EncoderExportHook
from .guard import BadPictureHook, FiniteLossHook
from .metrics_file import MetricsFileHook
from .reconstruction import ReconstructionHook
from .result_page import ResultPageHook
from .throughput import ThroughputHook

__all__ = [
    "BadPictureHook",
    "EncoderExportHook",
    "FiniteLossHook",
    "MetricsFileHook",
    "ReconstructionHook",
    "ResultPageHook",
    "SafeCheckpointHook",
    "ThroughputHook",
]
