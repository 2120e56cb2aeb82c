"""Free-form holes, as if someone had painted over the picture with a brush."""

from __future__ import annotations

from math import cos, pi, radians, sin

import cv2
import numpy as np

from ce_plugin.errors import InputError
from ce_plugin.registry import MASKS

from .base import MaskGenerator
from .checks import check_interval, check_number


@MASKS.register_module()
class BrushStrokes(MaskGenerator):
    """Strokes of a round brush: polylines of random direction, length and width.

    A stroke starts anywhere and in any direction. At every corner it turns to one side
    or the other; a stretch that would leave the picture is reflected at its edge.
    All lengths are fractions of the picture's shorter side, so that masks look alike at
    every size; numbers are drawn uniformly from their ranges.

    A number of strokes is drawn and strokes are added one by one. One that would raise
    the hole's area above ``max_area`` is left out, and drawing ends. Only while the
    area is below ``min_area`` it goes on, beyond the number too.

    Args:
        strokes: Range of the number of strokes.
        stretches: Range of the number of straight stretches of a stroke.
        length: Range of the length of a stretch.
        width: Range of the brush's width; at least one pixel.
        turn: Range of the angle of a turn in degrees, within 0 to 180.
        min_area: Smallest area of the whole hole, as a fraction of the picture.
        max_area: Largest area of the whole hole, as a fraction of the picture.
        tries: Number of strokes drawn at most, those left out counted in.

    Raises:
        InputError: A constant is out of its range; on the call, a picture with a side
            below 8 px, or no hole of the wanted area after ``tries`` strokes.

    Source: free-form masks of Yu et al. 2019 (DeepFill v2), their algorithm 1, and of
    Suvorov et al. 2022 (LaMa). Numbers, lengths and widths are those of the former's
    256 px pictures as fractions of the side (1 to 4 strokes, 4 to 12 corners, brush 12
    to 40 px); turns to a random side, reflection and the area bounds are ours.

    Example:
        >>> import numpy as np
        >>> strokes = BrushStrokes(min_area=0.2, max_area=0.3)
        >>> mask = strokes(128, 128, np.random.default_rng(0))
        >>> bool(0.2 <= mask.mean() <= 0.3)
        True
    """

    def __init__(
        self,
        strokes: tuple[int, int] = (1, 4),
        stretches: tuple[int, int] = (3, 11),
        length: tuple[float, float] = (0.03, 0.35),
        width: tuple[float, float] = (0.05, 0.15),
        turn: tuple[float, float] = (20, 120),
        min_area: float = 0.02,
        max_area: float = 0.5,
        tries: int = 100,
    ) -> None:
        name = "BrushStrokes: {}".format
        self.strokes = check_interval(name("strokes"), strokes, least=1)
        self.stretches = check_interval(name("stretches"), stretches, least=1)
        for number in (*self.strokes, *self.stretches):
            check_number(name("strokes and stretches"), number, whole=True)
        self.length = check_interval(name("length"), length, least=0, most=2)
        self.width = check_interval(name("width"), width, least=0.001, most=1)
        self.turn = check_interval(name("turn"), turn, least=0, most=180)
        check_number(name("max_area"), max_area, above=0, below=1)
        check_number(name("min_area"), min_area, least=0, most=max_area)
        check_number(name("tries"), tries, least=1, whole=True)
        self.min_area = min_area
        self.max_area = max_area
        self.tries = tries

    def __call__(self, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
        self.check_size(height, width, least=8)
        mask = np.zeros((height, width), np.uint8)
        least, most = self.min_area * mask.size, self.max_area * mask.size
        wanted = int(rng.integers(self.strokes[0], self.strokes[1] + 1))
        painted = area = 0
        for _ in range(self.tries):
            corners, thickness = self._stroke(height, width, rng)
            grown = mask.copy()
            # Thick lines of OpenCV end and join in full circles.
            cv2.polylines(grown, [corners], False, 1, thickness)
            grown_area = cv2.countNonZero(grown)
            if grown_area <= most:
                mask, area, painted = grown, grown_area, painted + 1
            elif not area:
                continue
            if area >= least and (painted >= wanted or grown_area > most):
                break
        if not area or area < least:
            raise InputError(
                f"{self} found no hole of {self.min_area:.3g} to {self.max_area:.3g} "
                f"of a picture of {height}x{width} pixels in {self.tries} strokes: "
                "widen the range of areas, or change width and length"
            )
        return mask.view(bool)

    def _stroke(
        self, height: int, width: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, int]:
        """Corners (n, 2) as int32 x, y, and the brush's width in pixels."""
        side = min(height, width)
        x, y, heading, brush, number = rng.random(5).tolist()
        x, y, heading = x * (width - 1), y * (height - 1), 2 * pi * heading
        low, high = self.width
        thickness = max(1, round((low + (high - low) * brush) * side))
        low, high = self.stretches
        count = low + int(number * (high - low + 1))
        corners = [(x, y)]
        # Plain numbers: on so few of them arrays take ten times as long.
        for length, turn in rng.random((count, 2)).tolist():
            low, high = self.turn
            # One number for both: the half it lies in is the side.
            angle = radians(low + (high - low) * abs(2 * turn - 1))
            heading += angle if turn < 0.5 else -angle
            low, high = self.length
            step = (low + (high - low) * length) * side
            x += step * cos(heading)
            y += step * sin(heading)
            corners.append((_fold(x, width - 1), _fold(y, height - 1)))
        return np.rint(corners).astype(np.int32), thickness


def _fold(place: float, edge: float) -> float:
    """The place reflected into [0, edge], as often as it takes."""
    return edge - abs(place % (2 * edge) - edge)
