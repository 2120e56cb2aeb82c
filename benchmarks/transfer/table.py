"""The table of benchmarks/transfer/run.py's results, as it stands in the README."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[1] / "results" / "transfer"
NAMES = {
    "svm-voc07": "SVM, VOC07, mAP",
    "svm-voc12": "SVM, VOC12, mAP",
    "segmentation_frozen": "segmentation, encoder frozen, mIoU",
    "segmentation": "segmentation, mIoU",
    "detection_frozen": "detection, encoder frozen, AP at .5",
    "detection": "detection, AP at .5",
}


def load(folder: Path = RESULTS) -> dict[tuple[str, str], dict[int, dict]]:
    """Results by (task, method), then by seed."""
    found: dict[tuple[str, str], dict[int, dict]] = {}
    for path in sorted(folder.glob("*.json")):
        result = json.loads(path.read_text())
        key = result["task"], result["method"]
        found.setdefault(key, {})[result["seed"]] = result
    return found


def spread(values: list[float]) -> str:
    """Mean and standard deviation over the seeds."""
    if len(values) < 2:
        return f"{values[0]:.2f}"
    return f"{statistics.mean(values):.2f} ± {statistics.stdev(values):.2f}"


def rows(found: dict) -> list[str]:
    """A line for each task: random, pretrained, difference seed by seed, minutes."""
    lines = []
    for task, name in NAMES.items():
        floor, ours = found.get((task, "random")), found.get((task, "context-encoder"))
        if not floor or not ours:
            continue
        seeds = sorted(set(floor) & set(ours))
        differences = [ours[s]["value"] - floor[s]["value"] for s in seeds]
        minutes = statistics.mean(
            r["minutes"] for r in [*floor.values(), *ours.values()]
        )
        cells = [
            f"{name}, {len(ours[seeds[0]]['classes'])} classes",
            spread([floor[s]["value"] for s in seeds]),
            spread([ours[s]["value"] for s in seeds]),
            f"{spread(differences)} ({', '.join(f'{d:+.2f}' for d in differences)})",
            f"{minutes:.1f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Prints the table."""
    found = load()
    print("| task | random | Context Encoder | difference (by seed) | minutes |")
    print("|---|---|---|---|---|")
    print("\n".join(rows(found)))
    spent = [r["pretraining_minutes"] for s in found.values() for r in s.values()]
    known = [m for m in spent if m]
    if known:
        print(f"\nPretraining: {statistics.mean(known):.1f} minutes a seed.")


if __name__ == "__main__":
    main()
