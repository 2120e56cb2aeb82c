"""Line charts as inline SVG; colours come from the page's style sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from .curves import Curve, thin

WIDTH, HEIGHT = 300, 185
LEFT, RIGHT, TOP, BOTTOM = 42, 12, 8, 22
_HOVER_BANDS = 120
_FEW = 25  # points that are also marked with dots
_LOG_RATIO = 30.0


def line_chart(curves: Sequence[Curve], unit: str = "") -> str:
    """One chart of all ``curves``, with a tooltip for every step.

    Args:
        curves: Drawn in classes ``s0``, ``s1``, ... in this order; thinned to 500
            points each. Values that are not finite are left out.
        unit: Put behind the values in the tooltips.

    Returns:
        An ``<svg>`` element, or a paragraph where there is nothing to draw. The value
        axis is logarithmic where all values are above 0 and the largest is more than
        30 times the smallest.

    Example:
        >>> svg = line_chart([Curve("loss", [1, 2, 3], [0.9, 0.5, 0.4])])
        >>> svg.startswith("<svg") and svg.endswith("</svg>")
        True
    """
    curves = [thin(curve) for curve in curves]
    points = [_finite(curve) for curve in curves]
    drawn = [point for series in points for point in series]
    if not drawn:
        return '<p class="note">no values</p>'
    values = [value for _, value in drawn]
    logarithmic = min(values) > 0 and max(values) / min(values) > _LOG_RATIO
    x_of = Axis([step for step, _ in drawn], LEFT, WIDTH - RIGHT)
    y_of = Axis(values, HEIGHT - BOTTOM, TOP, logarithmic, margin=0.06)
    names = ", ".join(curve.name for curve in curves)
    body = [_grid(x_of, y_of)]
    body += [_line(series, x_of, y_of, i) for i, series in enumerate(points)]
    body += _hover(curves, points, x_of, unit)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(names)} over iterations">{"".join(body)}</svg>'
    )


class Axis:
    """Maps a range of values to pixels."""

    def __init__(self, values, start, end, logarithmic=False, margin=0.0):
        self.logarithmic = logarithmic
        low, high = self._scaled(min(values)), self._scaled(max(values))
        room = margin * (high - low)
        if room == 0 and margin:
            room = abs(low) * 0.1 or 1.0
        self.low, self.high = low - room, high + room
        self.start, self.end = start, end

    def _scaled(self, value):
        return math.log10(value) if self.logarithmic else value

    def __call__(self, value):
        span = self.high - self.low or 1.0
        share = (self._scaled(value) - self.low) / span
        return self.start + share * (self.end - self.start)

    def ticks(self, count):
        """Round numbers inside the range, about ``count`` of them."""
        if self.logarithmic:
            first, last = math.floor(self.low), math.ceil(self.high)
            factors = (1, 2, 5) if self.high - self.low < 2 else (1,)
            marks = [f * 10.0**p for p in range(first, last + 1) for f in factors]
            marks = [m for m in marks if self.low <= math.log10(m) <= self.high]
            return marks[:: math.ceil(len(marks) / (count + 1))]
        span = self.high - self.low
        if span <= 0:
            return [self.low]
        rough = span / count
        power = 10.0 ** math.floor(math.log10(rough))
        pace = power * next(f for f in (1, 2, 5, 10) if f * power >= 0.7 * rough)
        first = math.ceil(self.low / pace - 1e-9)
        last = math.floor(self.high / pace + 1e-9)
        return [i * pace for i in range(first, last + 1)]


def _finite(curve: Curve) -> list[tuple[float, float]]:
    return [p for p in zip(curve.steps, curve.values) if math.isfinite(p[1])]


def _grid(x_of: Axis, y_of: Axis) -> str:
    parts = []
    for value in y_of.ticks(4):
        y = f"{y_of(value):.1f}"
        parts.append(
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
            f'<text x="{LEFT - 6}" y="{y}" dy=".35em" text-anchor="end">{value:.4g}'
            "</text>"
        )
    for value in x_of.ticks(4):
        if value == int(value):
            parts.append(
                f'<text x="{x_of(value):.1f}" y="{HEIGHT - 6}" text-anchor="middle">'
                f"{value:g}</text>"
            )
    return "".join(parts)


def _line(series, x_of: Axis, y_of: Axis, number: int) -> str:
    places = [(f"{x_of(step):.1f}", f"{y_of(value):.1f}") for step, value in series]
    path = " ".join(f"{x},{y}" for x, y in places)
    line = f'<polyline class="line s{number}" points="{path}"/>'
    if len(places) > _FEW:
        return line
    dots = (f'<circle class="s{number}" cx="{x}" cy="{y}" r="2.5"/>' for x, y in places)
    return line + "".join(dots)


def _hover(curves, points, x_of: Axis, unit: str) -> list[str]:
    """Transparent bands, each with the values at one step as its title."""
    by_step: dict[float, list[str]] = {}
    for curve, series in zip(curves, points):
        for step, value in series:
            label = f"{curve.name}: {value:.4g}{unit}"
            by_step.setdefault(step, []).append(label)
    steps = sorted(by_step)
    steps = steps[:: math.ceil(len(steps) / _HOVER_BANDS)]
    width = (WIDTH - LEFT - RIGHT) / max(len(steps), 1)
    bands = []
    for step in steps:
        text = escape("\n".join([f"iteration {step:g}", *by_step[step]]))
        bands.append(
            f'<rect class="band" x="{x_of(step) - width / 2:.1f}" y="{TOP}" '
            f'width="{width:.1f}" height="{HEIGHT - TOP - BOTTOM}">'
            f"<title>{text}</title></rect>"
        )
    return bands
