"""docs/results.md: what was learned, beside floors and a ceiling."""

import statistics
import sys

from runs import ROOT
from stored_figures import TASKS, Page, gaps, listed_tasks

sys.path.insert(0, str(ROOT / "benchmarks"))
from figures import final
from harness.fair import RIVALS
from harness.tables.formatting import mean_text, signed
from harness.tables.significance import t_interval

WORDS = " ".join(Page("results.md").text.split())
LONG = final.LONG


def test_the_finer_bag_is_a_floor(board):
    def less_bag(row, task):
        gap = final.gap_of(board, row, final.FINER_BAG, task)
        return list(gap.by_seed.values())

    probes = ["knn-voc07", "knn-voc12", "svm-last-voc07", "svm-last-voc12"]
    for row in (*RIVALS, final.CONTROL, final.CONTROL + LONG):
        for task in probes:
            assert statistics.fmean(less_bag(row, task)) < 0, (row, task)
    short = {task: t_interval(less_bag(final.OURS, task)) for task in probes}
    assert {task for task in probes if short[task][1] < 0} == {"knn-voc12"}
    assert not [task for task in probes if short[task][0] > 0]
    long = {task: less_bag(final.OURS + LONG, task) for task in probes}
    ahead = {"knn-voc07", "svm-last-voc07"}
    assert {task for task in probes if min(long[task]) > 0} == ahead
    assert {task for task in probes if t_interval(long[task])[0] > 0} == ahead
    assert all(t_interval(long[task])[1] > 0 for task in probes)


def test_the_bag_of_words_so_far(board):
    no_network = {task.name for task in board.suite.tasks if not task.trains}
    six, twenty = (
        gaps(board, final.OURS + minutes, "bag-of-words") for minutes in ("", LONG)
    )
    assert set(six) == set(twenty) == no_network and len(no_network) == 6
    every = [task for task in TASKS if task in six and min(six[task]) > 0]
    ahead = {task: statistics.fmean(each) > 0 for task, each in six.items()}
    assert [task for task in ahead if not ahead[task]] == ["svm-voc07"]
    last = [
        task for task in TASKS if task in ahead and ahead[task] and task not in every
    ]
    assert (
        "Of the bag of the words as a whole, which no network has learned, they are "
        "ahead with "
        f"every seed at {listed_tasks(every)}, and in the mean at "
        f"{listed_tasks(last)}; after twenty minutes with every seed at both kNNs, "
        "VOC07's last-layer SVM and "
        "VOC12's of the chosen layer, and with four of five at VOC12's last layer."
    ) in WORDS
    always = {"knn-voc07", "knn-voc12", "svm-last-voc07", "svm-voc12"}
    assert {name for name, each in twenty.items() if min(each) > 0} == always
    assert sum(gap > 0 for gap in twenty["svm-last-voc12"]) == 4
    means = [signed(statistics.fmean(found["svm-voc07"]), 1) for found in (six, twenty)]
    assert (
        f"At VOC07's SVM of the chosen layer the mean is {means[0]} after six and "
        f"{means[1]} after twenty."
    ) in WORDS


def test_the_gradients_are_a_floor(board):
    """They are the same with every seed, so that all of ours stand beside them."""
    probes = [task.name for task in board.suite.tasks if not task.trains]
    floor = {name: set(board.values("hog", name).values()) for name in probes}
    assert len(probes) == 6 and {len(values) for values in floor.values()} == {1}
    (coarse,) = floor["knn-voc07"]
    (fine,) = set(final.values_of(board, "hog/stage1", "knn-voc07").values())
    six, twenty = (
        mean_text(board.summary(final.OURS + minutes, "knn-voc07"), 1)
        for minutes in ("", LONG)
    )
    assert (
        f"VOC07's kNN they have {coarse:.1f} and {fine:.1f}, hidden words {six} after "
        f"six minutes and {twenty} after twenty."
    ) in WORDS
    for minutes in ("", LONG):
        for name in set(probes) - {"knn-voc07"}:
            ours = board.values(final.OURS + minutes, name).values()
            finer = final.values_of(board, "hog/stage1", name).values()
            # The SVM of the chosen layer has chosen its grid already.
            chosen = name in ("svm-voc07", "svm-voc12")
            both = floor[name] if chosen else {*floor[name], *finer}
            assert min(ours) > max(both), (minutes, name)


def test_labels_are_a_ceiling(board):
    short, long = (
        gaps(board, final.OURS + minutes, final.CEILING) for minutes in ("", LONG)
    )
    assert {len(each) for each in (*short.values(), *long.values())} == {3}
    ahead = {task: sum(gap > 0 for gap in each) for task, each in short.items()}
    behind = {t: -statistics.fmean(short[t]) for t, seeds in ahead.items() if not seeds}
    assert (
        "with each of its three seeds at seven of the nine tasks, by "
        f"{min(behind.values()):.1f} to {max(behind.values()):.1f} points"
    ) in WORDS
    assert len(behind) == 7 and len(ahead) == 9
    assert min(behind, key=behind.get) == "svm-last-voc07"
    assert max(behind, key=behind.get) == "knn-voc12"
    assert ahead["detection"] == 1 and ahead["segmentation"] == 2
    assert {task for task, each in long.items() if min(each) > 0} == {"detection"}


def test_the_context_encoder_of_the_paper(board):
    name = "context-encoder-patches"
    floor, rotation = (gaps(board, name, other) for other in ("random", "rotation"))
    last = {"svm-last-voc07", "svm-last-voc12"}
    every = {task for task, each in floor.items() if min(each) > 0}
    assert every == {"detection", "segmentation", "knn-voc12"} | last
    assert (
        "is above random init with every seed at detection, segmentation where all is "
        "trained, VOC12's kNN and both last-layer SVMs,"
    ) in WORDS
    assert all(statistics.fmean(each) < 0 for each in rotation.values())
    ours = gaps(board, final.OURS, name)
    assert len(ours) == len(rotation) == 9 and {len(x) for x in ours.values()} == {5}
    ahead = [statistics.fmean(each) for each in ours.values() if min(each) > 0]
    assert len(ahead) == 8
    said = f"with every seed at eight, by {min(ahead):.1f} to {max(ahead):.1f} points,"
    assert said in WORDS
    assert sum(gap > 0 for gap in ours["svm-voc07"]) == 4
