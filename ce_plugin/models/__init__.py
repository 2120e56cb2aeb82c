"""Networks, losses and pretext tasks; everything registers itself in MODELS."""

# Whoever builds a network of this package can start it from ce_plugin://NAME.
import ce_plugin.checkpoints.load.scheme  # noqa: F401

from .backbones import *  # noqa: F403
from .bottlenecks import *  # noqa: F403
from .classifiers import *  # noqa: F403
from .decoders import *  # noqa: F403
from .detection import *  # noqa: F403
from .discriminators import *  # noqa: F403
from .losses import *  # noqa: F403
from .preprocessor import InpaintingPreprocessor, PicturePreprocessor  # noqa: F401
from .pretexts import *  # noqa: F403
from .segmentation import *  # noqa: F403
from .swap_noise import SwapPreprocessor  # noqa: F401
from .targets import *  # noqa: F403
