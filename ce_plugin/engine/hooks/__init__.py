from .checkpoint import SafeCheckpointHook
from .export import EncoderExportHook
from .guard import BadPictureHook, FiniteLossHook
from .reconstruction import ReconstructionHook
from .result_page import ResultPageHook
from .throughput import ThroughputHook

__all__ = [
    "BadPictureHook",
    "EncoderExportHook",
    "FiniteLossHook",
    "ReconstructionHook",
    "ResultPageHook",
    "SafeCheckpointHook",
    "ThroughputHook",
]
