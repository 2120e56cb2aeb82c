"""The README is short, begins with two commands, and its table is the store's."""

import json
import re
import statistics

import pytest
from runs import ROOT

TEXT = (ROOT / "README.md").read_text()
STORE = ROOT / "benchmarks" / "results" / "voc320_choose.jsonl"
METHODS = {
    "random init": "random",
    "hidden words": "hidden-words",
    "control: words without a hole": "seen-words",
}
TASKS = {
    "VOC07 SVM": "svm-last-voc07",
    "VOC12 SVM": "svm-last-voc12",
    "VOC07 kNN": "knn-voc07",
    "VOC12 kNN": "knn-voc12",
    "detection": "detection",
    "frozen segmentation": "segmentation-frozen",
}


def test_it_is_short_and_begins_with_two_commands():
    assert len(TEXT.splitlines()) <= 200
    first = re.search(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL)
    assert [line.split("#")[0].strip() for line in first[2].splitlines()] == [
        "make pretrain",
        "make test",
    ]
    assert len(TEXT[: first.start()].split()) < 80


def test_it_leads_to_every_page():
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert pages <= set(re.findall(r"\]\(docs/([\w-]+\.md)", TEXT))


def stored() -> dict[tuple[str, str], dict[int, float]]:
    """Figures by method and task, and then by seed; of two lines the last counts."""
    found: dict[tuple[str, str], dict[int, float]] = {}
    for line in STORE.read_text().splitlines():
        record = json.loads(line)
        if record.get("status") == "done":
            of_seed = found.setdefault((record["method"], record["task"]), {})
            of_seed[record["seed"]] = record["value"]
    return found


def test_its_table_is_the_store_s():
    found = stored()
    rows = re.findall(r"^\| ([^|]+?) \| (.+) \|$", TEXT, re.MULTILINE)
    head = dict(rows)["pretraining"].split(" | ")
    table = {name: cells.split(" | ") for name, cells in rows if name in METHODS}
    assert head == list(TASKS) and set(table) == set(METHODS)
    seeds = set()
    for name, cells in table.items():
        for task, cell in zip(TASKS.values(), cells):
            figures = found[METHODS[name], task]
            seeds.add(len(figures))
            mean = statistics.mean(figures.values())
            assert float(cell) == pytest.approx(mean, abs=0.051), (name, task)
    (told,) = re.findall(r"`voc320_choose`[^,]*, (\d+) seed", TEXT)
    assert seeds == {int(told)}


def test_what_it_says_of_the_control_is_so():
    """Level or ahead on most tasks; where that has changed, so must the sentence."""
    assert "the control without a hole" in TEXT and "level with it or ahead" in TEXT
    found = stored()
    ours, control = (
        [statistics.mean(found[method, task].values()) for task in TASKS.values()]
        for method in ("hidden-words", "seen-words")
    )
    ahead = [b >= 0.99 * a for a, b in zip(ours, control)]
    assert sum(ahead) > len(ahead) / 2
