"""The tables of the suite ``inpainting``: fillers on each set of masks and pictures."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from .leaderboard import Leaderboard
from .statistics import difference
from .table import Table, text_table

NETWORKS = ("center", "region")
COARSEST = (10, 20)
"""PatchMatch halves a hole while it is at least so thick: how much a start counts."""
STARTS = ("noise", "context mean")
FIGURES = dict(l1="L1 %", l2="L2 %", psnr="PSNR dB", ssim="SSIM")
# Paper, Table 1: Paris StreetView, center, the paper's own networks.
PUBLISHED = (
    ("NN-inpainting, HOG features", 19.92, 6.92, 12.79),
    ("NN-inpainting, Context Encoder features", 15.10, 4.30, 14.70),
    ("Context Encoder, joint (CVPR version)", 10.33, 2.35, 17.59),
    ("Context Encoder, joint (arXiv version 2)", 9.37, 1.96, 18.58),
)


def fillers(board: Leaderboard) -> list[Table]:
    """Two tables for each task with results, and the published figures."""
    found: list[Table | None] = []
    for task in board.suite.tasks:
        runs = {m.name: board.of(m.name, task.name) for m in board.suite.methods}
        rows = {
            name: next(iter(seeds.values())).figures
            for name, seeds in runs.items()
            if seeds
        }
        if rows:
            found += [_figures(task.title, rows), _differences(task.title, rows)]
    heads = ["method", "L1 %", "L2 %", "PSNR dB"]
    published = [[name, *(f"{f:.2f}" for f in row)] for name, *row in PUBLISHED]
    title = "published (paper, Table 1: Paris StreetView, center)"
    return [table for table in (*found, text_table(title, heads, published)) if table]


def _figures(title: str, rows: Mapping[str, dict[str, Any]]) -> Table:
    """Figures in the hole, and what a picture costs."""
    count = next(iter(rows.values()))["total"]["pictures"]
    made = []
    for name, found in rows.items():
        hole = found["total"]["hole"]
        figures = [f"{hole[figure]:.2f}" for figure in FIGURES]
        made.append([name, *figures, f"{found['seconds_per_picture']:.3f}"])
    heads = ["filler", *FIGURES.values(), "seconds a picture"]
    return text_table(f"{title}: {count} pictures", heads, made)


def _differences(title: str, rows: Mapping[str, dict[str, Any]]) -> Table | None:
    """PatchMatch from the networks less PatchMatch from noise and from the mean."""
    made = []
    for coarsest, ours, theirs in itertools.product(COARSEST, NETWORKS, STARTS):
        starts = f"Context Encoder, {ours}", theirs
        pair = [rows.get(f"PatchMatch {coarsest} from {start}") for start in starts]
        if all(pair):
            found = [_difference(*pair, figure) for figure in ("l1", "psnr")]
            made.append([f"{coarsest}", f"{ours}, less from {theirs}", *found])
    if not made:
        return None
    heads = ["PatchMatch", "from Context Encoder, less", "L1 %", "PSNR dB"]
    note = (
        "Mean of the differences picture by picture, and its 95 % bootstrap interval."
    )
    return text_table(f"{title}: what the start is worth", heads, made, note)


def _difference(ours: dict, theirs: dict, figure: str) -> str:
    values = [
        {name: score["hole"][figure] for name, score in rows["by_picture"].items()}
        for rows in (ours, theirs)
    ]
    found = difference(*values)
    low, high = found.interval
    return f"{found.mean:+.2f} [{low:+.2f}, {high:+.2f}]"
