"""Axes of charts that are inline SVG: places of values, round marks, titles."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple


class Box(NamedTuple):
    """Where a chart is drawn inside its picture, in pixels; y points down."""

    left: float
    right: float
    top: float
    bottom: float


class Axis:
    """Maps a range of values to pixels.

    Args:
        values: The range is from the least to the greatest of them.
        start: Pixel of the least.
        end: Pixel of the greatest.
        logarithmic: All values are above 0.
        margin: Share of the range that is added at both ends.
    """

    def __init__(
        self,
        values: Sequence[float],
        start: float,
        end: float,
        logarithmic: bool = False,
        margin: float = 0.0,
    ) -> None:
        self.logarithmic = logarithmic
        low, high = self._scaled(min(values)), self._scaled(max(values))
        room = margin * (high - low)
        if room == 0 and margin:
            room = abs(low) * 0.1 or 1.0
        self.low, self.high = low - room, high + room
        self.start, self.end = start, end

    def _scaled(self, value: float) -> float:
        return math.log10(value) if self.logarithmic else value

    def __call__(self, value: float) -> float:
        span = self.high - self.low or 1.0
        share = (self._scaled(value) - self.low) / span
        return self.start + share * (self.end - self.start)

    def ticks(self, count: int) -> list[float]:
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


def frame(
    box: Box,
    x_of: Axis,
    y_of: Axis,
    x_title: str,
    y_title: str,
    x_ticks: Iterable[float],
) -> str:
    """Lines across the chart, marks below it, their numbers, and both titles.

    Args:
        box: Of the chart. Left of it 40 pixels are needed, and 35 below.
        x_of: The horizontal axis.
        y_of: The vertical axis.
        x_title: What the axis has, with its unit.
        y_title: Likewise; may be empty.
        x_ticks: Values that are marked.
    """
    left, right, top, bottom = box
    parts = []
    for value in y_of.ticks(4):
        y = f"{y_of(value):.1f}"
        parts.append(
            f'<line class="grid" x1="{left}" x2="{right}" y1="{y}" y2="{y}"/>'
            f'<text x="{left - 7}" y="{y}" dy=".35em" text-anchor="end">{value:.4g}'
            "</text>"
        )
    for value in x_ticks:
        x = f"{x_of(value):.1f}"
        parts.append(
            f'<line class="grid" x1="{x}" x2="{x}" y1="{bottom}" y2="{bottom + 4}"/>'
            f'<text x="{x}" y="{bottom + 16}" text-anchor="middle">{value:g}</text>'
        )
    parts.append(
        f'<text class="axis" x="{(left + right) / 2}" y="{bottom + 33}" '
        f'text-anchor="middle">{escape(x_title)}</text>'
    )
    if y_title:
        parts.append(
            f'<text class="axis" transform="translate(11 {(top + bottom) / 2}) '
            f'rotate(-90)" text-anchor="middle">{escape(y_title)}</text>'
        )
    return "".join(parts)
