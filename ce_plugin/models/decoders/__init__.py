from .dcgan import DCGANDecoder
from .mlp import MLPDecoder
from .upconv import UpConvDecoder

__all__ = ["DCGANDecoder", "MLPDecoder", "UpConvDecoder"]
