"""Networks that paint what is missing from an encoder's features."""

from .dcgan import DCGANDecoder
from .mlp import MLPDecoder
from .unet import UNetDecoder
from .upconv import UpConvDecoder

__all__ = ["DCGANDecoder", "MLPDecoder", "UNetDecoder", "UpConvDecoder"]
