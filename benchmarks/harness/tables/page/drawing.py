"""How a chart is drawn: marks, bars, bands, axes, and a name for every series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

from ce_plugin.pages.axes import Axis, Box, frame

WIDTH, LEFT, TOP, BOTTOM = 560, 52, 12, 40
WIDE = 900  # of curves
_LABELS = 186  # the column of names on the right
_LINE = 15  # least distance of two names
COLOURS = 8


@dataclass(frozen=True)
class Mark:
    """One method at one place.

    Attributes:
        x: Minutes, or labels.
        mean: Mean over the seeds.
        deviation: Standard deviation over the seeds; 0 with a single one.
        seeds: Each seed's figure.
        text: Text of the tooltip.
    """

    x: float
    mean: float
    deviation: float
    seeds: tuple[float, ...]
    text: str


@dataclass(frozen=True)
class Series:
    """One method in a chart.

    Attributes:
        method: Name of the method; ties the series to rows and legend.
        title: As in tables.
        number: Place of the method in the suite; decides colour and dashes.
        marks: In the order of x; never empty.
    """

    method: str
    title: str
    number: int
    marks: Sequence[Mark]

    @property
    def beside(self) -> bool:
        """Whether the name stands at the mark, as at the left end nothing else does."""
        return len(self.marks) == 1 and self.marks[0].x == 0


def look(number: int) -> str:
    """Classes of a method: a colour, and another dash for every round of them."""
    return f"c{number % COLOURS} d{number // COLOURS}"


def draw(
    series: Sequence[Series],
    title: str,
    x_title: str,
    y_title: str,
    floor: str,
    ticks: Sequence[float] | None = None,
) -> Markup:
    """The chart as an ``<svg>`` element, or a paragraph where there is no series.

    Args:
        series: Drawn in this order.
        title: For those who cannot see it.
        x_title: Below the axis.
        y_title: Beside the axis.
        floor: Method whose single mark gets a line through the whole chart.
        ticks: Places on a logarithmic x axis, which is drawn wide; None for a linear
            one from 0.
    """
    if not series:
        return Markup('<p class="note">No run of this has ended yet.</p>')
    height = max(300, TOP + BOTTOM + _LINE * (len(series) + 1))
    marks = [mark for one in series for mark in one.marks]
    ends = [mark.mean + sign * mark.deviation for mark in marks for sign in (-1, 1)]
    ends += [value for mark in marks for value in mark.seeds]
    width = WIDTH if ticks is None else WIDE
    box = Box(LEFT, width - _LABELS, TOP, height - BOTTOM)
    xs = [0.0, *(mark.x for mark in marks)] if ticks is None else ticks
    logarithmic = ticks is not None and min(ticks) > 0
    x_of = Axis(xs, box.left + 10, box.right - 14, logarithmic)
    y_of = Axis(ends, box.bottom, box.top, margin=0.06)
    marked = x_of.ticks(5) if ticks is None else ticks
    body = [frame(box, x_of, y_of, x_title, y_title, marked)]
    body += [_reference(one, y_of, box) for one in series if one.method == floor]
    places = _label_places(series, y_of, box)
    body += [_series(s, x_of, y_of, box.right, places[s.method]) for s in series]
    kind = "chart" if ticks is None else "chart wide"
    return Markup(
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(title)}: {len(series)} methods; the figures are in '
        f'the tables">{"".join(body)}</svg>'
    )


def _reference(floor: Series, y_of: Axis, box: Box) -> str:
    """The floor as a line through the chart, where it is a single point."""
    if len(floor.marks) > 1:
        return ""
    y = f"{y_of(floor.marks[0].mean):.1f}"
    return f'<line class="floor" x1="{box.left}" x2="{box.right}" y1="{y}" y2="{y}"/>'


def _label_places(series: Sequence[Series], y_of: Axis, box: Box) -> dict[str, float]:
    """Heights of the names: near their last point, none upon another."""
    found = {}
    for beside in (False, True):
        order = [one for one in series if one.beside == beside]
        order.sort(key=lambda s: y_of(s.marks[-1].mean))
        wanted = [y_of(s.marks[-1].mean) for s in order]
        places = spread(wanted, box.top + 6, box.bottom + 12)
        found |= dict(zip([one.method for one in order], places))
    return found


def spread(wanted: Sequence[float], low: float, high: float) -> list[float]:
    """Rising places with a line's distance between them, near those that are wanted.

    Args:
        wanted: Rising.
        low: The least place.
        high: The greatest, as long as all have room.

    Example:
        >>> spread([10, 11, 90], 0, 100)
        [10, 25, 90]
    """
    places: list[float] = []
    for place in wanted:
        least = places[-1] + _LINE if places else low
        places.append(max(place, least))
    limit = high
    for i in range(len(places) - 1, -1, -1):
        places[i] = min(places[i], limit)
        limit = places[i] - _LINE
    return places


def _series(one: Series, x_of: Axis, y_of: Axis, right: float, label: float) -> str:
    parts = []
    if len(one.marks) > 1:
        upper = [(m.x, m.mean + m.deviation) for m in one.marks]
        lower = [(m.x, m.mean - m.deviation) for m in reversed(one.marks)]
        parts.append(
            f'<polygon class="spread" points="{_path(upper + lower, x_of, y_of)}"/>'
        )
        middle = _path([(m.x, m.mean) for m in one.marks], x_of, y_of)
        parts.append(f'<polyline class="line" points="{middle}"/>')
    for mark in one.marks:
        x = f"{x_of(mark.x):.1f}"
        if mark.deviation:
            ends = [y_of(mark.mean + sign * mark.deviation) for sign in (1, -1)]
            parts.append(
                f'<line class="bar" x1="{x}" x2="{x}" '
                f'y1="{ends[0]:.1f}" y2="{ends[1]:.1f}"/>'
            )
        if len(one.marks) == 1:
            parts += [
                f'<circle class="seed" cx="{x}" cy="{y_of(value):.1f}" r="2"/>'
                for value in mark.seeds
            ]
        parts.append(
            f'<circle class="mark" cx="{x}" cy="{y_of(mark.mean):.1f}" r="4">'
            f"<title>{escape(mark.text)}</title></circle>"
        )
    parts.append(_name(one, x_of, y_of, right, label))
    return (
        f'<g class="series {look(one.number)}" data-method="{escape(one.method)}">'
        f"{''.join(parts)}</g>"
    )


def _name(one: Series, x_of: Axis, y_of: Axis, right: float, height: float) -> str:
    last = one.marks[-1]
    x, y = x_of(last.x), y_of(last.mean)
    # A little above the mark, where the floor's line does not cross it out.
    start, lift = (x + 9, 7) if one.beside else (right + 12, 0)
    leader = (
        ""
        if one.beside
        else f'<path class="leader" d="M{x + 6:.1f} {y:.1f}'
        f'L{right + 2} {height:.1f}L{right + 8} {height:.1f}"/>'
    )
    return (
        f'{leader}<text class="name" x="{start:.1f}" y="{height - lift:.1f}" '
        f'dy=".35em">{escape(_short(one.title))}</text>'
    )


def _path(points, x_of: Axis, y_of: Axis) -> str:
    return " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in points)


def _short(title: str, most: int = 25) -> str:
    return title if len(title) <= most else f"{title[: most - 1].rstrip()}…"
