from .dcgan import DCGANDecoder
from .upconv import UpConvDecoder

__all__ = ["DCGANDecoder", "UpConvDecoder"]
