"""Networks that tell filled pictures from real ones."""

from .dcgan import DCGANDiscriminator

__all__ = ["DCGANDiscriminator"]
