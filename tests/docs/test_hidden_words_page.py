"""docs/hidden-words.md: its configs and parts exist, its figures are measured ones."""

import json
import re

from models.targets.cases import registered
from runs import ROOT

PAGE = (ROOT / "docs" / "hidden-words.md").read_text()


def test_configs_and_targets_are_all_there():
    named = set(re.findall(r"`((?:hidden|seen)-words_[\w-]+\.py)`", PAGE))
    found = (ROOT / "configs" / "pretrain").glob("*-words_*.py")
    assert named == {path.name for path in found}
    rows = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.M))
    assert set(registered()) <= rows


def test_its_example_is_built():
    from ce_plugin.registry import MODELS

    example = next(block for block in re.findall(r"```python\n(.*?)```", PAGE, re.S))
    made: dict = {}
    exec(example, made)
    model = MODELS.build(made["model"])
    assert set(model.targets) == {"words", "fine", "bag"}


def test_its_figures_are_those_of_the_script():
    path = ROOT / "benchmarks" / "results" / "speed" / "targets.json"
    for figure in json.loads(path.read_text())["against_encoder"].values():
        assert f"{figure['median']:.2f} times" in PAGE


def test_where_the_hole_pays_is_what_is_stored():
    found: dict = {}
    store = ROOT / "benchmarks" / "results" / "voc320_choose.jsonl"
    for line in store.read_text().splitlines():
        record = json.loads(line)
        if record.get("status") == "done":
            key = record["method"], record["task"], record["seed"]
            found[key] = record["value"]
    tasks = (
        "detection",
        "segmentation-frozen",
        "segmentation",
        "knn-voc07",
        "knn-voc12",
        "svm-last-voc07",
        "svm-last-voc12",
        "svm-voc07",
        "svm-voc12",
    )
    table = PAGE[PAGE.index("## Where the hole pays") :]
    rows = re.findall(r"^\| .+? \| ([+\u2212].*) \|$", table, re.M)
    assert len(rows) == len(tasks)
    columns = (("", 100), ("@20", 100), ("@20", 101))
    for task, row in zip(tasks, rows):
        for cell, (minutes, seed) in zip(row.split(" | "), columns, strict=True):
            ours, control = (
                found[method + minutes, task, seed]
                for method in ("hidden-words", "seen-words")
            )
            shown = float(cell.replace("\u2212", "-"))
            assert abs(shown - (ours - control)) <= 0.051, (task, minutes, seed)
