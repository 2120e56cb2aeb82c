"""The tables of docs/zoo.md."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

TITLES = dict(
    center="a square of 56 px in the centre of 128",
    region="regions, about a quarter of 128 px",
    blocks="blocks, together up to a quarter of 128 px",
    box="whole pictures of 320 px, a square of half the shorter side",
)


def generator_tables(found: Mapping[str, Any]) -> list[str]:
    """Lines of Markdown: L2 and PSNR by filler, and the difference to OpenCV's better.

    Args:
        found: The part ``generator`` of the result.
    """
    fillers = list(next(iter(found["holes"].values()))["fillers"])
    lines = [
        f"| L2 %, PSNR dB | {' | '.join(f'`{f}`' for f in fillers)} |",
        "|---" * (len(fillers) + 1) + "|",
    ]
    for kind, part in found["holes"].items():
        cells = [
            f"{row['l2']:.2f}, {row['psnr']:.2f}" for row in part["fillers"].values()
        ]
        lines.append(f"| {TITLES[kind]} | {' | '.join(cells)} |")
    less = f"`{found['weights']}` less OpenCV's better"
    lines += ["", f"| {less} | L2 % | PSNR dB | SSIM | lower L2 in |", "|---" * 5 + "|"]
    for kind, part in found["holes"].items():
        cells = [_interval(part["difference"][f]) for f in ("l2", "psnr", "ssim")]
        share = f"{100 * part['lower_l2_in']:.0f} % of pictures"
        lines.append(
            f"| {TITLES[kind]} (`{part['rival']}`) | {' | '.join(cells)} | {share} |"
        )
    return lines


def encoder_table(found: Mapping[str, Any]) -> list[str]:
    """Lines of Markdown: mean IoU, mean and deviation over the seeds.

    Args:
        found: The part ``encoder`` of the result.
    """
    lines = [
        f"| CamVid, encoder frozen | random init | `{found['weights']}` |",
        "|---|---|---|",
    ]
    for task in found["tasks"].values():
        cells = [
            f"{statistics.fmean(task['values'][name]):.1f}"
            f" ± {statistics.stdev(task['values'][name]):.1f}"
            if len(task["values"][name]) > 1
            else f"{task['values'][name][0]:.1f}"
            for name in ("random init", found["weights"])
        ]
        lines.append(f"| {task['title']} | {' | '.join(cells)} |")
    return lines


def _interval(values: list[float]) -> str:
    mean, *ends = values
    shown = f"{mean:+.2f}"
    return f"{shown} [{ends[0]:+.2f}, {ends[1]:+.2f}]" if ends else shown
