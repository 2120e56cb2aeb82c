"""The former name of :mod:`ce_plugin.inpainting`, and of its fillers."""

import sys
import warnings

from .inpainting import Filler, Filling, InpaintingInferencer, fillers

__all__ = ["Filler", "Filling", "InpaintingInferencer", "fillers"]

# An import of ce_plugin.inference.fillers finds it here: this is a file, not a folder.
sys.modules[f"{__name__}.fillers"] = fillers

warnings.warn(
    "ce_plugin.inference is called ce_plugin.inpainting now; import from there",
    DeprecationWarning,
    stacklevel=2,
)
