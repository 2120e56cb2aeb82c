"""The README is short, begins with two commands, and says what the store says."""

import re
import statistics
import sys

from runs import ROOT
from stored_figures import NUMBERS

sys.path.insert(0, str(ROOT / "benchmarks"))
from figures import final
from harness.fair import RIVALS
from harness.tables.claims import named
from harness.tables.significance import t_interval

TEXT = (ROOT / "README.md").read_text()
WORDS = " ".join(TEXT.split())


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
    assert said in WORDS and len(final.TASKS) == 6
    for theirs in (*RIVALS, final.CONTROL):
        for task in final.TASKS:
            assert board.difference(final.OURS, theirs, task).mean > 0, (theirs, task)


def test_what_it_says_of_twenty_minutes(board):
    said = (
        "after twenty of SimCLR, MoCo v2 and the control at all six with each of five "
        "seeds, and of rotation in the mean at five, with the same mean at VOC12's "
        "kNN; but five seeds prove that at few tasks.** "
    )
    assert said in WORDS
    for theirs in ("simclr", "moco", final.CONTROL, "rotation"):
        pair = final.OURS + final.LONG, theirs + final.LONG
        for task in final.TASKS:
            gap = board.difference(*pair, task)
            assert len(gap.by_seed) == 5, pair
            if theirs != "rotation":
                assert min(gap.by_seed.values()) > 0, (theirs, task)
            elif task == "knn-voc12":
                assert abs(gap.mean) < 0.05
            else:
                assert gap.mean > 0.5, task


def test_what_it_says_of_the_words_alone(board):
    said = (
        "Words and gradients alone, with no network, are a strong baseline: above the "
        "four rivals of six minutes at most of the SVMs and kNNs. The bag of the words "
        "in 3 x 3 parts is level there with hidden words of six minutes, and above "
        "them at VOC12's kNN; gradients are above them at VOC07's."
    )
    assert said in WORDS
    probes = [task for task in final.TASKS if task.startswith(("svm", "knn"))]
    assert len(probes) == 4 and len(RIVALS) == 4
    gradients = "hog/stage1"
    floors = (gradients, final.FINER_BAG)
    means = {
        row: [
            statistics.fmean(final.values_of(board, row, task).values())
            for task in probes
        ]
        for row in (*floors, *RIVALS, final.OURS)
    }
    for floor in floors:
        for rival in RIVALS:
            above = [a > b for a, b in zip(means[floor], means[rival])]
            assert sum(above) >= 3, (floor, rival)
    behind = [b - a for a, b in zip(means[final.OURS], means[gradients])]
    assert [t for t, gap in zip(probes, behind) if gap > 0] == ["knn-voc07"]
    for task in probes:
        gap = final.gap_of(board, final.OURS, final.FINER_BAG, task)
        low, high = t_interval(list(gap.by_seed.values()))
        assert low < 0 and (high < 0) == (task == "knn-voc12"), task


def test_what_it_claims(board):
    """By the corrected test."""
    above = final.verdicts(board)["above"]

    def count(ours, theirs):
        return sum(claim.startswith(f"{ours} less {theirs} at") for claim in above)

    assert len(board.suite.claimed) == 7
    assert len(final.seeds_of(board, final.OURS)) == len(board.seeds) == 10
    for theirs in RIVALS:
        assert count(final.OURS, theirs) == 7, theirs
    six = NUMBERS[count(final.OURS, final.CONTROL)]
    others = set(board.suite.claimed) - set(final.TASKS)
    assert others == {"segmentation"}
    moco, control, simclr, rotation = (
        count(final.OURS + final.LONG, name + final.LONG)
        for name in ("moco", final.CONTROL, "simclr", "rotation")
    )
    assert simclr == rotation
    assert (
        f"By a test that is corrected for all {len(named(board))} comparisons named "
        "beforehand it is, after six minutes, above rotation, SimCLR, MoCo v2 and BYOL "
        "at all seven claimed tasks, these and segmentation with all of it trained, "
        f"and above the control at {six}; after twenty above MoCo v2 at "
        f"{NUMBERS[moco]}, the control at {NUMBERS[control]}, SimCLR and rotation at "
        f"{NUMBERS[simclr]} each."
    ) in WORDS
