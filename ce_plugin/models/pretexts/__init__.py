from .autoencoder import AutoEncoder
from .base import Pretext, ViewsPretext
from .context_encoder import ContextEncoder
from .relative_location import RelativeLocation
from .rotation import RotationPrediction
from .simclr import SimCLR

__all__ = [
    "AutoEncoder",
    "ContextEncoder",
    "Pretext",
    "RelativeLocation",
    "RotationPrediction",
    "SimCLR",
    "ViewsPretext",
]
