"""Curves of the result page: thinned, scaled and labelled."""

import math
import re
import xml.etree.ElementTree as ET

import pytest

from ce_plugin.pages.run.curves import Curve, ending_at, thin
from ce_plugin.pages.run.svg import BOX, HEIGHT, WIDTH, line_chart


@pytest.mark.parametrize("length", [1, 499, 500, 501, 1003, 20_000])
def test_thin_keeps_the_mean_and_the_end(length):
    curve = ending_at("loss", [float(i) for i in range(length)], length)
    thinned = thin(curve)
    assert len(thinned.values) == len(thinned.steps) <= 500
    assert thinned.steps[-1] == length
    assert thinned.steps == sorted(set(thinned.steps))
    size = math.ceil(length / 500)
    assert thinned.values[0] == pytest.approx((size - 1) / 2)


def test_short_curve_is_left_as_it_is():
    curve = Curve("loss", [1, 2], [0.5, 0.25])
    assert thin(curve) is curve


def parsed(curves, unit=""):
    return ET.fromstring(line_chart(curves, unit))


def points(svg, number=0):
    lines = [e for e in svg.iter("polyline") if e.get("class") == f"line s{number}"]
    pairs = lines[0].get("points").split()
    return [tuple(float(v) for v in pair.split(",")) for pair in pairs]


def test_line_runs_from_corner_to_corner():
    drawn = points(parsed([Curve("loss", [0, 50, 100], [3.0, 2.0, 1.0])]))
    (x0, y0), (x1, y1), (x2, y2) = drawn
    assert (x0, x2) == (BOX.left, BOX.right)
    assert x1 == pytest.approx((x0 + x2) / 2)
    assert BOX.top < y0 < y1 < y2 < BOX.bottom
    assert y1 == pytest.approx((y0 + y2) / 2, abs=0.1)


def test_wide_range_is_logarithmic():
    drawn = points(parsed([Curve("loss", [0, 1, 2], [100.0, 1.0, 0.01])]))
    assert drawn[1][1] == pytest.approx((drawn[0][1] + drawn[2][1]) / 2, abs=0.1)


def test_axis_labels_are_inside_and_right():
    svg = parsed([Curve("psnr", [0, 400], [10.0, 20.0])])
    labels = [e for e in svg.iter("text") if e.get("text-anchor") == "end"]
    heights = {float(e.text): float(e.get("y")) for e in labels}
    assert len(heights) >= 3
    assert all(BOX.top <= y <= BOX.bottom for y in heights.values())
    (_, y_low), (_, y_high) = points(svg)
    for value, y in heights.items():
        share = (value - 10) / 10
        assert y == pytest.approx(y_low + share * (y_high - y_low), abs=0.2)


def test_axes_say_what_they_have():
    def titles(values, unit=""):
        svg = parsed([Curve("loss", [1, 2, 3], values)], unit)
        return [e.text for e in svg.iter("text") if e.get("class") == "axis"]

    assert titles([1.0, 2.0, 3.0], "dB") == ["iteration", "dB"]
    assert titles([1.0, 2.0, 300.0], "%") == ["iteration", "%, logarithmic"]
    assert titles([1.0, 2.0, 3.0]) == ["iteration"]


def test_no_label_is_cut_off():
    """A digit is at most 7 of the picture's pixels wide at its size of letters."""
    for steps, values in (((0, 100_000), (0.00012, 0.001)), ((7, 900), (1e9, 5e9))):
        svg = parsed([Curve("x", steps, values)])
        for label in svg.iter("text"):
            x, wide = float(label.get("x", WIDTH / 2)), 7 * len(label.text)
            left = {"end": x - wide, "middle": x - wide / 2}[label.get("text-anchor")]
            right = {"end": x, "middle": x + wide / 2}[label.get("text-anchor")]
            assert left >= 0 and right <= WIDTH, label.text
            assert float(label.get("y", 0)) <= HEIGHT


def test_values_that_are_no_numbers_are_left_out():
    values = [1.0, math.nan, math.inf, 2.0]
    svg = parsed([Curve("loss", [1, 2, 3, 4], values)])
    assert len(points(svg)) == 2
    assert not re.search("nan|inf", line_chart([Curve("loss", [1, 2, 3, 4], values)]))


@pytest.mark.parametrize("value", [0.0, 0.7, -3.0, 1e-12, 1e9])
def test_flat_and_single_curves_are_drawn(value):
    parsed([Curve("loss", [1, 2, 3], [value] * 3)])
    parsed([Curve("loss", [5], [value])])


def test_nothing_to_draw_is_said():
    assert "no values" in line_chart([Curve("loss", [1], [math.nan])])
    assert "no values" in line_chart([])


def test_hover_titles_name_every_curve_and_are_escaped():
    curves = [
        Curve("<b>&", [10, 20], [1.5, 2.5]),
        Curve("floor", [10, 20], [1.0, 1.0]),
    ]
    titles = [e.text for e in parsed(curves, "dB").iter("title")]
    assert titles == [
        "iteration 10\n<b>&: 1.5 dB\nfloor: 1 dB",
        "iteration 20\n<b>&: 2.5 dB\nfloor: 1 dB",
    ]


def test_long_curves_stay_small():
    curve = ending_at("loss", [1 + math.sin(i / 900) for i in range(100_000)], 100_000)
    assert len(line_chart([curve])) < 60_000
