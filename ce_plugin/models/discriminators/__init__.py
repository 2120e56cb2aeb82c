from .dcgan import DCGANDiscriminator

__all__ = ["DCGANDiscriminator"]
