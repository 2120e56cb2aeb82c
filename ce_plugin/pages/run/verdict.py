"""The head of the result page: what the final figures say, in words and a table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from .curves import Curve

PREFIX = "inpainting/"
ROWS = {
    "": "the network",
    "context-mean/": "mean of the context",
    "constant/": "constant colour",
}
FIGURES = {"l1": "L1 %", "l2": "L2 %", "psnr": "PSNR dB", "ssim": "SSIM"}
UNITS = {"L1 %": "%", "L2 %": "%", "PSNR dB": "dB"}
_DIGITS = {"l1": 2, "l2": 2, "psnr": 2, "ssim": 3}
_HOLE = {"hole_": "in the hole"}
_REGIONS = _HOLE | {"composite_": "whole picture", "prediction_": "whole prediction"}


def verdict(metrics: Mapping[str, float], fills: bool = True) -> tuple[str, str, str]:
    """One sentence in three parts: does the network beat the trivial fills?

    Args:
        metrics: Final figures, with or without the prefix ``inpainting/``.
        fills: It is made to fill holes; another one shows what it predicts in them,
            such as words, and is made for its features.

    Returns:
        What comes before the figure, the figure in words, and what follows it.

    Example:
        >>> "".join(verdict({"psnr_gain": 2.5}))
        'The holes are filled 2.50 dB better than by the best trivial fill.'
    """
    gain = without_prefix(metrics).get("psnr_gain")
    if gain is None:
        return ("This run was not judged on held-out pictures.", "", "")
    if not math.isfinite(gain):
        return ("The figures are ", "not numbers", ": the network has diverged.")
    if not fills:
        near = "nearer to" if gain > 0 else "farther from"
        return (
            "What it shows of hidden cells is ",
            f"{abs(gain):.2f} dB {near}",
            " the picture than the best trivial fill; what its features are worth, "
            "the tool probe measures.",
        )
    if gain > 0:
        return (
            "The holes are filled ",
            f"{gain:.2f} dB better",
            " than by the best trivial fill.",
        )
    return (
        "The holes are filled ",
        f"{-gain:.2f} dB worse",
        " than by the best trivial fill: it is of no use for inpainting yet.",
    )


def figures_table(
    metrics: Mapping[str, float],
) -> tuple[list[tuple[str, str, list[str]]], list[tuple[str, str]]]:
    """The network beside the trivial fills, then what else was measured.

    Args:
        metrics: Final figures, with or without the prefix ``inpainting/``.

    Returns:
        Rows (what fills, where, one cell for each of ``FIGURES``), and names and values
        of all other figures.

    Example:
        >>> rows, others = figures_table({"hole_psnr": 18.249, "probe/top1": 40.0})
        >>> rows
        [('the network', 'in the hole', ['-', '-', '18.25', '-'])]
        >>> others
        [('probe/top1', '40')]
    """
    metrics = without_prefix(metrics)
    rows, used = [], {"psnr_gain"}
    for prefix, name in ROWS.items():
        for region, where in (_REGIONS if not prefix else _HOLE).items():
            keys = {figure: f"{prefix}{region}{figure}" for figure in FIGURES}
            if any(key in metrics for key in keys.values()):
                used.update(keys.values())
                cells = [
                    f"{metrics[key]:.{_DIGITS[figure]}f}" if key in metrics else "-"
                    for figure, key in keys.items()
                ]
                rows.append((name, where, cells))
    others = [(name, f"{metrics[name]:.4g}") for name in metrics if name not in used]
    return rows, others


def held_out_charts(curves: Mapping[str, Curve]) -> dict[str, list[Curve]]:
    """Which held-out curves share a chart: each figure of the hole with its floors.

    Args:
        curves: By the name of the figure, with or without the prefix.

    Returns:
        By heading. Figures that are not of the hole get a chart of their own.

    Example:
        >>> curve = Curve("", [1, 2], [9.0, 8.0])
        >>> charts = held_out_charts({"hole_l1": curve, "constant/hole_l1": curve})
        >>> [c.name for c in charts["L1 %"]]
        ['the network', 'constant colour']
    """
    curves = {name.removeprefix(PREFIX): curve for name, curve in curves.items()}
    charts: dict[str, list[Curve]] = {}
    used = {"psnr_gain"}  # the distance of two lines in the chart of the PSNR
    for figure, heading in FIGURES.items():
        for prefix, row in ROWS.items():
            key = f"{prefix}hole_{figure}"
            if key in curves:
                curve = replace(curves[key], name=row)
                charts.setdefault(heading, []).append(curve)
                used.add(key)
    for name, curve in curves.items():
        if name not in used:
            charts[name] = [replace(curve, name=name)]
    return charts


def without_prefix(metrics: Mapping[str, float]) -> dict[str, float]:
    """The figures under the names that they have inside their metric.

    Example:
        >>> without_prefix({"inpainting/hole_l1": 9.5, "probe/top1": 40.0})
        {'hole_l1': 9.5, 'probe/top1': 40.0}
    """
    return {name.removeprefix(PREFIX): value for name, value in metrics.items()}
