"""Pretext tasks, one a file."""

from .autoencoder import AutoEncoder
from .barlow_twins import BarlowTwins
from .base import Pretext, ViewsPretext
from .byol import BYOL
from .colorization import Colorization
from .context_encoder import ContextEncoder
from .context_restoration import ContextRestoration
from .denoising_autoencoder import DenoisingAutoEncoder
from .densecl import DenseCL
from .dino import DINO
from .jigsaw import Jigsaw
from .mae import MAE
from .moco import MoCo
from .relative_location import RelativeLocation
from .rotation import RotationPrediction
from .simclr import SimCLR
from .simmim import SimMIM
from .simsiam import SimSiam
from .swav import SwAV
from .target_prediction import TargetPrediction
from .vicreg import VICReg

__all__ = [
    "BYOL",
    "DINO",
    "MAE",
    "AutoEncoder",
    "BarlowTwins",
    "Colorization",
    "ContextEncoder",
    "ContextRestoration",
    "DenoisingAutoEncoder",
    "DenseCL",
    "Jigsaw",
    "MoCo",
    "Pretext",
    "RelativeLocation",
    "RotationPrediction",
    "SimCLR",
    "SimMIM",
    "SimSiam",
    "SwAV",
    "TargetPrediction",
    "VICReg",
    "ViewsPretext",
]
