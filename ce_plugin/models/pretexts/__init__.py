from .base import Pretext, ViewsPretext
from .context_encoder import ContextEncoder
from .simclr import SimCLR

__all__ = ["ContextEncoder", "Pretext", "SimCLR", "ViewsPretext"]
