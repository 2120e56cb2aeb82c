"""The README is short, begins with two commands, and its table is the store's."""

import re
import sys

import pytest
from runs import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
from figures import final
from harness.fair import RIVALS

TEXT = (ROOT / "README.md").read_text()


@pytest.fixture(scope="module")
def board():
    return final.stored()


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


def test_its_table_is_the_store_s(board):
    """As ``python benchmarks/figures/final.py`` prints it."""
    shown = [line for line in TEXT.splitlines() if line.startswith("|")]
    rows = final.headline(board)
    assert shown[: len(rows)] == rows


def test_what_it_says_of_rivals_and_control_is_so(board):
    """Where the figures have changed, so must the sentence."""
    words = " ".join(TEXT.split())
    said = (
        "is ahead of rotation, SimCLR, MoCo v2, BYOL and its own control, the same "
        "words without a hole, at all six tasks below after six minutes of one CPU "
        "core, and ahead of the control after twenty, with each of five seeds."
    )
    assert said in words and len(final.TASKS) == 6
    long = [(final.OURS + final.LONG, final.CONTROL + final.LONG)]
    short = [(final.OURS, theirs) for theirs in (*RIVALS, final.CONTROL)]
    for ours, theirs in short + long:
        for task in final.TASKS:
            gap = board.difference(ours, theirs, task)
            assert gap.mean > 0, (theirs, task)
            if ours.endswith(final.LONG):
                assert len(gap.by_seed) == 5 and min(gap.by_seed.values()) > 0, task


def test_rivals_at_twenty_minutes(board):
    said = (
        "At twenty minutes, with two seeds of the rivals so far, SimCLR and MoCo v2 "
        "are behind at all six and rotation is level at VOC12's SVM and kNN."
    )
    assert said in " ".join(TEXT.split())
    for rival in ("rotation", "simclr", "moco"):
        pair = final.OURS + final.LONG, rival + final.LONG
        gaps = {task: board.difference(*pair, task) for task in final.TASKS}
        assert all(len(gap.by_seed) == 2 for gap in gaps.values()), rival
        level = {task for task, gap in gaps.items() if abs(gap.mean) < 0.5}
        both = {"svm-last-voc12", "knn-voc12"}
        assert level == (both if rival == "rotation" else set()), rival
        assert all(gap.mean > 0 for task, gap in gaps.items() if task not in level)


def test_it_claims_nothing_that_has_not_ended(board):
    """Ten seeds of what leads: then the sentence goes, and claims take its place."""
    ended = len(final.seeds_of(board, final.OURS)) == len(board.seeds) == 10
    words = " ".join(TEXT.split())
    assert ("is to have ten seeds; until then these are means" in words) != ended
