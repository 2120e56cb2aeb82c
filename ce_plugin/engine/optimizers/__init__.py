from .autocast import AutocastOptimWrapper
from .context_encoder import ContextEncoderOptimWrapper

__all__ = ["AutocastOptimWrapper", "ContextEncoderOptimWrapper"]
