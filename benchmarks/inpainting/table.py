"""The tables of the suite ``inpainting``, in Markdown.

python benchmarks/tables.py inpainting [--data voc bundled] [--masks center region]
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.store import results_of
from harness.suite import RESULTS
from harness.tables.statistics import difference

from .run import COARSEST, MASKS, NETWORKS, fillers

STARTS = ("noise", "context mean")
FIGURES = dict(l1="L1 %", l2="L2 %", psnr="PSNR dB", ssim="SSIM")
# Paper, Table 1: Paris StreetView, center, the paper's own networks.
PUBLISHED = (
    ("NN-inpainting, HOG features", 19.92, 6.92, 12.79),
    ("NN-inpainting, Context Encoder features", 15.10, 4.30, 14.70),
    ("Context Encoder, joint (CVPR version)", 10.33, 2.35, 17.59),
    ("Context Encoder, joint (arXiv version 2)", 9.37, 1.96, 18.58),
)


def load(folder: Path = RESULTS) -> dict[tuple[str, str], dict]:
    """Results by data and masks, and then by row, in the order of the runs."""
    store = results_of("inpainting", folder)
    store.tell_torn()
    known = [result for _, result in store.records()]
    networks = {name: Path() for name in NETWORKS}
    rows = list(fillers(networks, Path(), Path(), fixed=True))
    known = [result for result in known if result["method"] in rows]
    known.sort(key=lambda result: rows.index(result["method"]))
    found: dict[tuple[str, str], dict] = {
        place: {} for place in itertools.product(("voc", "bundled"), MASKS)
    }
    for result in known:
        found[result["data"], result["masks"]][result["method"]] = result
    return {place: results for place, results in found.items() if results}


def table(rows: Mapping[str, dict[str, Any]]) -> list[str]:
    """Lines of one table: figures in the hole, and what a picture costs."""
    lines = [
        f"| filler | {' | '.join(FIGURES.values())} | seconds a picture |",
        "|---" * (len(FIGURES) + 2) + "|",
    ]
    for name in rows:
        hole = rows[name]["total"]["hole"]
        figures = [f"{hole[figure]:.2f}" for figure in FIGURES]
        seconds = f"{rows[name]['seconds_per_picture']:.3f}"
        lines.append(f"| {name} | {' | '.join([*figures, seconds])} |")
    return lines


def differences(rows: Mapping[str, dict[str, Any]]) -> list[str]:
    """PatchMatch from the networks less PatchMatch from noise and from the mean.

    The mean of the differences picture by picture and its 95 % bootstrap interval.
    """
    lines = [
        "| PatchMatch | from Context Encoder, less | L1 % | PSNR dB |",
        "|---|---|---|---|",
    ]
    for coarsest, ours, theirs in itertools.product(COARSEST, NETWORKS, STARTS):
        starts = f"Context Encoder, {ours}", theirs
        pair = [rows.get(f"PatchMatch {coarsest} from {start}") for start in starts]
        if all(pair):
            found = [_difference(*pair, figure) for figure in ("l1", "psnr")]
            lines.append(
                f"| {coarsest} | {ours}, less from {theirs} | {' | '.join(found)} |"
            )
    return lines if lines[2:] else []


def _difference(ours: dict, theirs: dict, figure: str) -> str:
    values = [
        {name: score["hole"][figure] for name, score in rows["by_picture"].items()}
        for rows in (ours, theirs)
    ]
    found = difference(*values)
    low, high = found.interval
    return f"{found.mean:+.2f} [{low:+.2f}, {high:+.2f}]"


def main(argv: Sequence[str] | None = None) -> int:
    """Prints all that is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+")
    parser.add_argument("--masks", nargs="+")
    parser.add_argument("--results", type=Path, default=RESULTS)
    args = parser.parse_args(argv)
    for (data, masks), rows in load(args.results).items():
        if data in (args.data or [data]) and masks in (args.masks or [masks]):
            count = next(iter(rows.values()))["total"]["pictures"]
            print(f"\n{data}, {masks}: {count} pictures\n")
            print("\n".join([*table(rows), "", *differences(rows)]))
    print("\npublished (paper, Table 1: Paris StreetView, center)\n")
    print("| method | L1 % | L2 % | PSNR dB |\n|---|---|---|---|")
    for name, *figures in PUBLISHED:
        print(f"| {name} | {' | '.join(f'{f:.2f}' for f in figures)} |")
    return 0
