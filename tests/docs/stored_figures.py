"""Figures that pages show, beside those of the store."""

from __future__ import annotations

import json
import re

from runs import ROOT

RESULTS = ROOT / "benchmarks" / "results"

NUMBERS = ("none", "one", "two", "three", "four", "five")
NUMBERS += ("six", "seven", "eight", "nine", "ten")

TASKS = {
    "detection": "detection",
    "segmentation-frozen": "frozen segmentation",
    "segmentation": "segmentation where all is trained",
    "knn-voc07": "VOC07's kNN",
    "knn-voc12": "VOC12's kNN",
    "svm-last-voc07": "VOC07's last-layer SVM",
    "svm-last-voc12": "VOC12's last-layer SVM",
    "svm-voc07": "VOC07's SVM of the chosen layer",
    "svm-voc12": "VOC12's SVM of the chosen layer",
}
"""The final comparison's, as sentences call them."""


def load(name: str) -> dict:
    """A result that is one JSON file."""
    return json.loads((RESULTS / f"{name}.json").read_text())


def stored_lines(suite: str) -> list[dict]:
    """Every line of a suite's results, as it was appended."""
    text = (RESULTS / f"{suite}.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def stored(suite: str) -> dict[tuple[str, str], dict[int, float]]:
    """Figures by method and task, and then by seed; of two lines the last counts."""
    found: dict[tuple[str, str], dict[int, float]] = {}
    for record in stored_lines(suite):
        if record.get("status") == "done":
            of_seed = found.setdefault((record["method"], record["task"]), {})
            of_seed[record["seed"]] = record["value"]
    return found


def gaps(board, ours: str, theirs: str) -> dict[str, list[float]]:
    """Differences seed by seed, of every task of a leaderboard that both have."""
    found = {t.name: board.difference(ours, theirs, t.name) for t in board.suite.tasks}
    return {name: list(gap.by_seed.values()) for name, gap in found.items() if gap}


def figure(cell: str) -> float:
    """A cell's number, whose minus is a typographic one."""
    return float(cell.replace("\u2212", "-"))


def listed(texts) -> str:
    """'a, b and c', as a sentence has them."""
    *first, last = texts
    return f"{', '.join(first)} and {last}" if first else last


def listed_tasks(texts):
    """Tasks, or other words, as a list in a sentence."""
    return listed([TASKS.get(text, text) for text in texts] or ["none"])


class Page:
    """A page's text, in which figures are looked for."""

    def __init__(self, name: str) -> None:
        self.text = (ROOT / "docs" / name).read_text()

    def section(self, title: str) -> str:
        """What stands under a heading of the second level."""
        return self.text.split(f"## {title}\n")[1].split("\n## ")[0]

    def shown(self, pattern: str) -> list[float]:
        """The numbers in the groups of the first match."""
        found = re.search(pattern, self.text)
        assert found, pattern
        return [float(x.replace(",", "")) for x in found.groups()]
