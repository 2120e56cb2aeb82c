"""Line charts as inline SVG; colours come from the page's style sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from markupsafe import Markup

from ce_plugin.pages.axes import Axis, Box, frame

from .curves import Curve, thin

WIDTH, HEIGHT = 320, 205
BOX = Box(left=56, right=WIDTH - 22, top=8, bottom=HEIGHT - 38)
_HOVER_BANDS = 120
_FEW = 25  # points that are also marked with dots
_LOG_RATIO = 30.0


def line_chart(curves: Sequence[Curve], unit: str = "") -> Markup:
    """One chart of all ``curves``, with a tooltip for every step.

    Args:
        curves: Drawn in classes ``s0``, ``s1``, ... in this order; thinned to 500
            points each. Values that are not finite are left out.
        unit: Of the values; stands at their axis and behind them in the tooltips.

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
        return Markup('<p class="note">no values</p>')
    values = [value for _, value in drawn]
    logarithmic = min(values) > 0 and max(values) / min(values) > _LOG_RATIO
    x_of = Axis([step for step, _ in drawn], BOX.left, BOX.right)
    y_of = Axis(values, BOX.bottom, BOX.top, logarithmic, margin=0.06)
    names = ", ".join(curve.name for curve in curves)
    ticks = [step for step in x_of.ticks(4) if step == int(step)]
    said = [unit, "logarithmic" if logarithmic else ""]
    y_title = ", ".join(filter(None, said))
    body = [frame(BOX, x_of, y_of, "iteration", y_title, ticks)]
    body += [_line(series, x_of, y_of, i) for i, series in enumerate(points)]
    body += _hover(curves, points, x_of, unit)
    return Markup(
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(names)} over iterations">{"".join(body)}</svg>'
    )


def _finite(curve: Curve) -> list[tuple[float, float]]:
    return [p for p in zip(curve.steps, curve.values) if math.isfinite(p[1])]


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
            label = f"{curve.name}: {value:.4g} {unit}".rstrip()
            by_step.setdefault(step, []).append(label)
    steps = sorted(by_step)
    steps = steps[:: math.ceil(len(steps) / _HOVER_BANDS)]
    width = (BOX.right - BOX.left) / max(len(steps), 1)
    bands = []
    for step in steps:
        text = escape("\n".join([f"iteration {step:g}", *by_step[step]]))
        bands.append(
            f'<rect class="band" x="{x_of(step) - width / 2:.1f}" y="{BOX.top}" '
            f'width="{width:.1f}" height="{BOX.bottom - BOX.top}">'
            f"<title>{text}</title></rect>"
        )
    return bands
