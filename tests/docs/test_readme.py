"""The README is short, begins with two commands, and says what the store says."""

import re
import statistics
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


def test_what_it_says_of_six_minutes(board):
    """Where the figures have changed, so must the sentence."""
    said = (
        "After six minutes of one CPU core it is ahead of rotation, SimCLR, MoCo v2, "
        "BYOL and the control at all six tasks below;"
    )
    assert said in " ".join(TEXT.split()) and len(final.TASKS) == 6
    for theirs in (*RIVALS, final.CONTROL):
        for task in final.TASKS:
            assert board.difference(final.OURS, theirs, task).mean > 0, (theirs, task)


def test_what_it_says_of_twenty_minutes(board):
    said = (
        "after twenty of SimCLR, MoCo v2 and the control at all six with each of five "
        "seeds, and of rotation in the mean at five, level with it at VOC12's kNN.** "
        "By a test that is corrected for all comparisons it is then above the control "
        "at three of seven tasks."
    )
    assert said in " ".join(TEXT.split())
    pair = f"{final.OURS}{final.LONG} less {final.CONTROL}{final.LONG} at"
    assert sum(claim.startswith(pair) for claim in final.verdicts(board)["above"]) == 3
    assert len(board.suite.claimed) == 7
    for theirs in ("simclr", "moco", final.CONTROL, "rotation"):
        pair = final.OURS + final.LONG, theirs + final.LONG
        for task in final.TASKS:
            gap = board.difference(*pair, task)
            assert len(gap.by_seed) == 5, pair
            if theirs != "rotation":
                assert min(gap.by_seed.values()) > 0, (theirs, task)
            elif task == "knn-voc12":
                assert abs(gap.mean) < 0.5
            else:
                assert gap.mean > 0.5, task


def test_what_it_says_of_the_words_alone(board):
    said = (
        "Words and gradients alone, with no network, are a strong baseline: above the "
        "four rivals of six minutes at most of the SVMs and kNNs, and the gradients "
        "above hidden words at VOC07's kNN."
    )
    assert said in " ".join(TEXT.split())
    probes = [task for task in final.TASKS if task.startswith(("svm", "knn"))]
    assert len(probes) == 4 and len(RIVALS) == 4
    means = {
        name: [statistics.fmean(board.values(name, task).values()) for task in probes]
        for name in ("hog", "bag-of-words", *RIVALS, final.OURS)
    }
    for floor in ("hog", "bag-of-words"):
        for rival in RIVALS:
            above = [a > b for a, b in zip(means[floor], means[rival])]
            assert sum(above) >= 3, (floor, rival)
    behind = [
        [name for name, a, b in zip(probes, means[final.OURS], means[floor]) if a < b]
        for floor in ("hog", "bag-of-words")
    ]
    assert behind == [["knn-voc07"], []]


def test_it_claims_nothing_that_has_not_ended(board):
    """Ten seeds of what leads: then the sentence goes, and claims take its place."""
    ended = len(final.seeds_of(board, final.OURS)) == len(board.seeds) == 10
    words = " ".join(TEXT.split())
    assert (
        "is to have ten seeds at six minutes; until then these are means" in words
    ) != ended
