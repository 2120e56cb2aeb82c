"""Networks as folders of two plain files, on disk or in a Hugging Face repository."""

from .pretrained import from_pretrained, save_pretrained

__all__ = ["from_pretrained", "save_pretrained"]
