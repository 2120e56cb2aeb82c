"""Random region: holes of arbitrary shape, in the two forms that carry the name."""

from difflib import get_close_matches
from inspect import signature

import numpy as np

from ce_plugin.errors import InputError
from ce_plugin.registry import MASKS

from .base import MaskGenerator
from .noise_region import NoiseRegion
from .shape_region import ShapeRegion

KINDS = {"noise": NoiseRegion, "shapes": ShapeRegion}


@MASKS.register_module()
class RandomRegion(MaskGenerator):
    """Holes of arbitrary shape that cover about a quarter of the picture.

    Paper and released code differ here. The code thresholds smooth noise and takes
    windows in which 20 to 30% is hole; the paper pastes deformed object shapes from
    PASCAL VOC masks, up to 25%. All features reported in the paper come from the
    latter (section 3.3).

    Args:
        kind: ``"noise"``, as in the released code, or ``"shapes"``, as in the paper.
        **options: Constants of the kind; all have defaults but ``folder``. See
            :class:`~ce_plugin.masks.noise_region.NoiseRegion` (pattern_size,
            pattern_seed, resolution, threshold, min_area, max_area) and
            :class:`~ce_plugin.masks.shape_region.ShapeRegion` (folder, ignore,
            max_masks, shapes_seed, scale, rotation, anisotropy, shear, flip, max_area,
            stop_area, tries).

    Raises:
        InputError: An unknown kind or option, a missing folder, a constant out of its
            range; on the call, a picture that no hole fits.

    Example:
        >>> import numpy as np
        >>> region = RandomRegion(kind="noise", pattern_size=1000)
        >>> mask = region(64, 64, np.random.default_rng(0))
        >>> mask.shape, bool(0.20 < mask.mean() < 0.30)
        ((64, 64), True)
    """

    def __init__(self, kind: str = "noise", **options: object) -> None:
        if kind not in KINDS:
            raise InputError(
                f"RandomRegion: kind must be one of {', '.join(KINDS)}, got {kind!r}"
            )
        known = signature(KINDS[kind]).parameters
        for option in options:
            if option not in known:
                nearest = get_close_matches(option, known, 1, 0) or [""]
                raise InputError(
                    f"RandomRegion(kind={kind!r}) has no option '{option}'; "
                    f"did you mean '{nearest[0]}'?"
                )
        if kind == "shapes" and "folder" not in options:
            raise InputError(
                "RandomRegion(kind='shapes') needs folder=..., a folder of "
                "segmentation masks such as SegmentationObject of PASCAL VOC"
            )
        self.kind = kind
        self.region = KINDS[kind](**options)

    def __call__(self, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
        return self.region(height, width, rng)
