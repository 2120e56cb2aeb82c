from .dcgan import DCGANDecoder
from .mlp import MLPDecoder
from .unet import UNetDecoder
from .upconv import UpConvDecoder

__all__ = ["DCGANDecoder", "MLPDecoder", "UNetDecoder", "UpConvDecoder"]
