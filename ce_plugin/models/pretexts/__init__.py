from .autoencoder import AutoEncoder
from .base import Pretext, ViewsPretext
from .colorization import Colorization
from .context_encoder import ContextEncoder
from .context_restoration import ContextRestoration
from .denoising_autoencoder import DenoisingAutoEncoder
from .jigsaw import Jigsaw
from .mae import MAE
from .relative_location import RelativeLocation
from .rotation import RotationPrediction
from .simclr import SimCLR
from .simmim import SimMIM

__all__ = [
    "MAE",
    "AutoEncoder",
    "Colorization",
    "ContextEncoder",
    "ContextRestoration",
    "DenoisingAutoEncoder",
    "Jigsaw",
    "Pretext",
    "RelativeLocation",
    "RotationPrediction",
    "SimCLR",
    "SimMIM",
    "ViewsPretext",
]
