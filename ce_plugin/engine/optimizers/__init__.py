from .autocast import AutocastOptimWrapper
from .context_encoder import ContextEncoderOptimWrapper
from .lamb import Lamb

__all__ = ["AutocastOptimWrapper", "ContextEncoderOptimWrapper", "Lamb"]
