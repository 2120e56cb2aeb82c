"""The former name of :mod:`ce_plugin.inpainting`, and of its fillers."""

import sys
import warnings

from .inpainting import Filler, Filling, InpaintingInferencer, fillers

__all__ = ["Filler", "Filling", "InpaintingInferencer", "fillers"]

# An import of ce_plugin.inference.fillers finds it here: this is a file, not a folder.
# Its modules as well, which would run, and register their fillers, a second time.
_today, _former = fillers.__name__, f"{__name__}.fillers"
for _name, _module in list(sys.modules.items()):
    if _name == _today or _name.startswith(f"{_today}."):
        sys.modules[_former + _name.removeprefix(_today)] = _module

warnings.warn(
    "ce_plugin.inference is called ce_plugin.inpainting now; import from there",
    DeprecationWarning,
    stacklevel=2,
)
