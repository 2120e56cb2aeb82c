"""The README is short, begins with two commands, and its table is the store's."""

import re
import statistics

import pytest
from runs import ROOT
from stored_figures import stored

TEXT = (ROOT / "README.md").read_text()
METHODS = {
    ("random init", "0"): "random",
    ("hidden words", "6"): "hidden-words",
    ("control: words without a hole", "6"): "seen-words",
    ("hidden words", "20"): "hidden-words@20",
    ("control: words without a hole", "20"): "seen-words@20",
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


def test_its_table_is_the_store_s():
    found = stored("voc320_choose")
    rows = re.findall(r"^\| ([^|]+?) \| ([^|]+?) \| (.+) \|$", TEXT, re.MULTILINE)
    cells_of = {(name, minutes): rest.split(" | ") for name, minutes, rest in rows}
    assert cells_of["pretraining", "minutes"] == list(TASKS)
    assert set(METHODS) <= set(cells_of)
    words = " ".join(TEXT.split())
    (told,) = re.findall(r"means of (\d+) seeds", words)
    for row, method in METHODS.items():
        for task, cell in zip(TASKS.values(), cells_of[row]):
            figures = found[method, task].values()
            assert len(figures) == int(told), (row, task)
            mean = statistics.mean(figures)
            assert float(cell) == pytest.approx(mean, abs=0.051), (row, task)


def test_what_it_says_of_the_control_is_so():
    """Where the figures have changed, so must the sentence."""
    words = " ".join(TEXT.split())
    assert "ahead of the control without a hole" in words
    assert "at detection after six minutes of one CPU core" in words
    assert (
        "at detection, kNN and segmentation after twenty, with either of two" in words
    )
    assert "The linear SVM on VOC12 does not tell them apart" in words
    found = stored("voc320_choose")

    def gains(minutes: str, task: str) -> list[float]:
        """Points by which hidden words are ahead of the control, seed by seed."""
        ours, control = (
            found[method + minutes, TASKS[task]]
            for method in ("hidden-words", "seen-words")
        )
        assert ours.keys() == control.keys() and len(ours) == 2
        return [ours[seed] - control[seed] for seed in ours]

    assert min(gains("", "detection")) > 0
    for task in TASKS:
        if "SVM" not in task:
            assert min(gains("@20", task)) > 0, task
    for minutes in ("", "@20"):
        assert abs(statistics.mean(gains(minutes, "VOC12 SVM"))) < 0.5, minutes
