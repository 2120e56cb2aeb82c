"""The two final comparisons: what docs/results.md says is what the store has."""

import statistics
import sys

from runs import ROOT
from stored_figures import NUMBERS, TASKS, Page, gaps, listed, listed_tasks

sys.path.insert(0, str(ROOT / "benchmarks"))
from figures import final
from harness.fair import RIVALS
from harness.tables import claims
from harness.tables.formatting import signed
from harness.tables.significance import t_interval

WORDS = " ".join(Page("results.md").text.split())
LONG = final.LONG


def gain(board, ours, theirs):
    """Points, summed over the six tasks of README, as the page has them."""
    return signed(sum(board.difference(ours, theirs, t).mean for t in final.TASKS), 1)


def test_six_minutes(board):
    ended = {name: len(final.seeds_of(board, name)) for name in (final.OURS, *RIVALS)}
    fewer = [
        f"{NUMBERS[count]} of {final.ROWS[name][0]}"
        for name, count in ended.items()
        if count < ended[final.OURS]
    ]
    most = NUMBERS[ended[final.OURS]]
    assert (
        f"With every seed, {most} but {listed_tasks(fewer)}, "
        "hidden words are ahead of rotation, SimCLR, MoCo v2 and BYOL at all nine "
        "tasks after six minutes:"
    ) in WORDS
    assert len(board.suite.tasks) == 9
    for rival in RIVALS:
        found = gaps(board, final.OURS, rival)
        assert len(found) == 9
        for task, each in found.items():
            assert len(each) == ended[rival], (rival, task)
            assert min(each) > 0, (rival, task)


def test_the_control_so_far(board):
    short = gaps(board, final.OURS, final.CONTROL)
    long = gaps(board, final.OURS + LONG, final.CONTROL + LONG)
    assert len(short) == len(long) == 9 and list(long)
    every = [task for task in TASKS if min(short[task]) > 0]
    assert all(statistics.fmean(short[task]) > 0.5 for task in TASKS)
    assert (
        "Of seen words, their control without a hole, they are ahead with every seed "
        f"at {listed_tasks(every)}, and in the mean, by more than half a point, at the "
        f"other {NUMBERS[9 - len(every)]}; after twenty minutes with every seed at "
        "eight of the nine, and with three of five at VOC07's SVM of the chosen layer."
    ) in WORDS
    for task, each in long.items():
        ahead = sum(gap > 0 for gap in each)
        assert len(each) == 5 and ahead == (3 if task == "svm-voc07" else 5), task


def test_verdicts_so_far(board):
    found = final.verdicts(board)
    assert not found["below"] and len(board.suite.claimed) == 7

    def above(minutes, theirs):
        pair = f"{final.OURS}{minutes} less {theirs} at"
        return NUMBERS[sum(said.startswith(pair) for said in found["above"])]

    six = [above("", name) for name in (*RIVALS, final.CONTROL, "bag-of-words")]
    twenty = [
        above(LONG, name)
        for name in ("rotation@20", "simclr@20", "moco@20", "seen-words@20")
    ]
    assert RIVALS == ("rotation", "simclr", "moco", "byol")
    rotation, simclr, moco, byol, control, bag = six
    count = len(claims.named(board))
    assert (
        f"The test that is corrected for all {count} comparisons calls hidden words of "
        f"six minutes above rotation at {rotation} of the seven claimed tasks, SimCLR "
        f"at {simclr}, MoCo v2 at {moco}, BYOL at {byol}, seen words at {control}, and "
        f"the bag of the words as a whole at {bag} of its four;"
    ) in WORDS
    rotation, simclr, moco, control = twenty
    bag = above(LONG, "bag-of-words")
    assert (
        f"those of twenty, with five seeds, above rotation at {rotation}, SimCLR at "
        f"{simclr}, MoCo v2 at {moco}, seen words at {control} and the bag at {bag}; "
        "below in none of the pairs that were named."
    ) in WORDS


def test_corrected_intervals(board):
    """They ask for more than the test, and the page says of how many tasks."""
    made = [claim for claim in claims.claims(board) if claim.apart]
    assert all(claim.verdict == "above" for claim in made)

    def count(minutes, theirs):
        pair = final.OURS + minutes, theirs
        return NUMBERS[sum((claim.ours, claim.theirs) == pair for claim in made)]

    six = [count("", name) for name in (*RIVALS, final.CONTROL, "bag-of-words")]
    names = [*(name + LONG for name in RIVALS[:3]), final.CONTROL + LONG]
    twenty = [count(LONG, name) for name in (*names, "bag-of-words")]
    assert (
        f"leave out zero at {listed(six)} tasks after six minutes, and at "
        f"{listed(twenty)} after twenty."
    ) in WORDS
    assert {claim.test for claim in claims.claims(board)} == {"paired t"}


def test_rivals_at_twenty_minutes_so_far(board):
    rotation, simclr, moco = (
        gaps(board, final.OURS + LONG, rival + LONG)
        for rival in ("rotation", "simclr", "moco")
    )
    for found in (rotation, simclr, moco):
        assert len(found) == 9 and all(len(each) == 5 for each in found.values())
    assert all(min(each) > 0 for each in moco.values())
    behind = {name: sum(gap <= 0 for gap in each) for name, each in simclr.items()}
    assert {name for name, seeds in behind.items() if seeds} == {"segmentation"}
    assert behind["segmentation"] == 1
    means = {name: statistics.fmean(each) for name, each in rotation.items()}
    assert round(means["knn-voc07"], 1) == 8.1
    assert round(means["svm-last-voc07"], 1) == 7.2
    for name in ("svm-last-voc12", "segmentation"):
        assert 0.5 < means[name] < 1.5, name
    every = {"knn-voc07", "svm-last-voc07", "svm-last-voc12", "segmentation"}
    assert {name for name, each in rotation.items() if min(each) > 0} == every
    for name in ("segmentation-frozen", "svm-voc12", "detection"):
        assert means[name] > 0.5, name
    assert sum(gap > 0 for gap in rotation["detection"]) == 3
    assert "kNN and VOC07's chosen layer the two means are within 0.1 of" in WORDS
    assert max(abs(round(means[n], 1)) for n in ("knn-voc12", "svm-voc07")) <= 0.1
    byol = [gaps(board, final.OURS + m, "byol" + LONG) for m in (final.HALF, LONG)]
    assert all(len(each) == 3 for found in byol for each in found.values())
    assert min(min(each) for found in byol for each in found.values()) > 0
    assert "at all nine tasks with each of its three seeds." in WORDS


def test_ten_minutes(board):
    rotation, simclr, moco = (
        {
            task: statistics.fmean(each)
            for task, each in gaps(board, final.OURS + final.HALF, rival + LONG).items()
        }
        for rival in ("rotation", "simclr", "moco")
    )
    assert len(rotation) == 9
    assert min(round(mean, 1) for mean in (*simclr.values(), *moco.values())) == 0.8
    assert {task for task, mean in rotation.items() if mean < 0} == {"svm-voc07"}
    level = {task for task, mean in rotation.items() if abs(mean) < 0.5}
    assert level == {"detection", "knn-voc12", "svm-voc07"}
    more = gain(board, final.OURS + LONG, final.OURS + final.HALF)
    detection, near = (
        board.difference(final.OURS + final.LONG, final.OURS + final.HALF, task).mean
        for task in ("detection", "knn-voc07")
    )
    assert (
        f"ten minutes more of their own add {more} points, summed over README's six "
        f"tasks, of which detection ({detection:+.1f}) and VOC07's kNN ({near:+.1f}) "
        "still gain."
    ) in WORDS


def test_what_twenty_minutes_gain_over_six(board):
    names = ("rotation", "simclr", "moco", final.OURS, final.CONTROL)
    gains = [gain(board, name + LONG, name).lstrip("+") for name in names]
    rotation, simclr, moco, ours, control = gains
    said = (
        f"rotation gains {rotation} points, SimCLR {simclr}, MoCo v2 {moco}, hidden "
        f"words {ours} and seen words {control}: the lead over the rivals shrinks"
    )
    assert said in WORDS


def test_few_labels(few):
    """Where more has ended, the words have to be written anew."""
    assert "Five seeds of each, BYOL's run last and claimed nothing of." in WORDS
    assert (final.OURS, "byol") not in few.suite.claims
    assert "Nothing of twenty minutes has been run." in WORDS
    assert not any(m.minutes == 20 for m in few.suite.methods)
    for method in few.suite.methods:
        ended = len(final.seeds_of(few, method.name, final.SHARES))
        assert ended == 5, method.name
    least, most = [], []
    for rival in ("random", *RIVALS):
        found = gaps(few, final.OURS, rival)
        assert list(found) == list(final.SHARES)
        for each in found.values():
            assert min(each) > 0 and t_interval(each)[0] > 0, rival
        least.append(statistics.fmean(found["segmentation-5pc"]))
        most.append(max(statistics.fmean(each) for each in found.values()))
    assert least == most, "most at the least share"
    assert f"at 5 % by {min(least):.1f} to {max(least):.1f} points" in WORDS
    control = gaps(few, final.OURS, final.CONTROL)
    ahead = {task: sum(gap > 0 for gap in each) for task, each in control.items()}
    assert list(ahead.values()) == [4, 5, 4, 5]
    means = {task: statistics.fmean(each) for task, each in control.items()}
    assert (
        "with every seed at 10 and 100 %, and with four of five at 5 %, by "
        f"{means['segmentation-5pc']:.1f} points in the mean, and at 25 %, by "
        f"{means['segmentation-25pc']:.1f}."
    ) in WORDS


def test_a_tenth_of_the_labels_beside_a_quarter(few):
    ours = few.summary(final.OURS, "segmentation-10pc").mean
    *rivals, control = (
        few.summary(name, "segmentation-25pc").mean for name in (*RIVALS, final.CONTROL)
    )
    assert (
        f"With 10 % of the labels they have {ours:.1f}, where rotation, SimCLR, MoCo "
        f"v2 and BYOL have {min(rivals):.1f} to {max(rivals):.1f} with 25 % and the "
        f"control {control:.1f}."
    ) in WORDS


def test_verdicts_on_few_labels(few):
    found = final.verdicts(few)
    assert not found["below"] and sum(map(len, found.values())) == 20
    random, simclr, moco, rotation, control = (
        NUMBERS[sum(f" less {name} at" in said for said in found["above"])]
        for name in ("random", "simclr", "moco", "rotation", final.CONTROL)
    )
    assert (
        f"of the four shares hidden words are above random init at {random}, SimCLR at "
        f"{simclr}, MoCo v2 at {moco}, rotation at {rotation} and the control at "
        f"{control}, and below nowhere."
    ) in WORDS
