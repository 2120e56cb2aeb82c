from .autoencoder import AutoEncoder
from .base import Pretext, ViewsPretext
from .byol import BYOL
from .colorization import Colorization
from .context_encoder import ContextEncoder
from .context_restoration import ContextRestoration
from .denoising_autoencoder import DenoisingAutoEncoder
from .jigsaw import Jigsaw
from .mae import MAE
from .moco import MoCo
from .relative_location import RelativeLocation
from .rotation import RotationPrediction
from .simclr import SimCLR
from .simmim import SimMIM

__all__ = [
    "BYOL",
    "MAE",
    "AutoEncoder",
    "Colorization",
    "ContextEncoder",
    "ContextRestoration",
    "DenoisingAutoEncoder",
    "Jigsaw",
    "MoCo",
    "Pretext",
    "RelativeLocation",
    "RotationPrediction",
    "SimCLR",
    "SimMIM",
    "ViewsPretext",
]
