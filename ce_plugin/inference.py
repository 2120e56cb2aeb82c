"""The former name of :mod:`ce_plugin.inpainting`."""

import warnings

from .inpainting import Filler, Filling, InpaintingInferencer

__all__ = ["Filler", "Filling", "InpaintingInferencer"]

warnings.warn(
    "ce_plugin.inference is called ce_plugin.inpainting now; import from there",
    DeprecationWarning,
    stacklevel=2,
)
