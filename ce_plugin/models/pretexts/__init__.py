from .base import Pretext
from .context_encoder import ContextEncoder

__all__ = ["ContextEncoder", "Pretext"]
