"""The table of benchmarks/transfer/run.py's results, for docs/results.md."""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1])]
# ruff: noqa: E402
from harness.store import results_of
from harness.suite import RESULTS

TASKS = {
    "svm-voc07": "SVM, VOC07",
    "svm-voc12": "SVM, VOC12",
    "segmentation_frozen": "segmentation, encoder frozen",
    "segmentation": "segmentation, all trained",
    "detection": "detection, all trained",
}
LAYERS = {
    "last layer": lambda result: list(result["layers"].values())[-1],
    "layer chosen on training pictures": lambda result: result["value"],
    "best layer on test pictures": lambda result: max(result["layers"].values()),
}


def load(folder: Path = RESULTS) -> dict[tuple[str, str], dict[int, dict]]:
    """Results by (task, method), then by seed."""
    found: dict[tuple[str, str], dict[int, dict]] = {}
    results = results_of("transfer", folder).records()
    for _, result in sorted(results, key=lambda r: (r[1]["task"], r[1]["seed"])):
        key = result["task"], result["method"]
        found.setdefault(key, {})[result["seed"]] = result
    return found


def spread(values: list[float]) -> str:
    """Mean and standard deviation over the seeds."""
    if len(values) < 2:
        return f"{values[0]:.1f}"
    return f"{statistics.mean(values):.1f} ± {statistics.stdev(values):.1f}"


def rows(found: dict) -> list[str]:
    """A line for each figure: random, pretrained, difference seed by seed, minutes."""
    lines = []
    for task, name in TASKS.items():
        floor, ours = found.get((task, "random")), found.get((task, "context-encoder"))
        if not floor or not ours:
            continue
        seeds = sorted(set(floor) & set(ours))
        runs = [*floor.values(), *ours.values()]
        minutes = statistics.mean(run["minutes"] for run in runs)
        figures = {"": lambda result: result["value"]}
        if "layers" in runs[0]:
            figures = {f", {what}": read for what, read in LAYERS.items()}
        for what, read in figures.items():
            pairs = [(read(floor[seed]), read(ours[seed])) for seed in seeds]
            gains = [b - a for a, b in pairs]
            cells = [
                f"{name}{what}",
                spread([a for a, _ in pairs]),
                spread([b for _, b in pairs]),
                f"{spread(gains)} ({', '.join(f'{gain:+.1f}' for gain in gains)})",
                f"{minutes:.1f}",
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=RESULTS)
    found = load(parser.parse_args().results)
    print("| task | random | Context Encoder | difference (by seed) | minutes |")
    print("|---|---|---|---|---|")
    print("\n".join(rows(found)))
    spent = [r["pretraining_minutes"] for s in found.values() for r in s.values()]
    known = [m for m in spent if m]
    if known:
        print(f"\nPretraining: {statistics.mean(known):.1f} minutes a seed.")


if __name__ == "__main__":
    main()
