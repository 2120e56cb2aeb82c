"""docs/fair-comparison.md: what it says of the suites and their costs."""

import re
import statistics
import sys

import pytest
from runs import ROOT
from stored_figures import RESULTS, Page

sys.path.insert(0, str(ROOT / "benchmarks"))
from figures import final
from harness.results.read import read_results
from harness.suites import load_suite
from harness.tables.index import index_by_seed

TEXT = " ".join(Page("fair-comparison.md").text.split())


FIRST = 15
"""Seeds before it ran on the machine on which the steps were timed."""


@pytest.fixture(scope="module")
def minutes():
    """Of pretraining, as it went: of each row that learns, seed by seed."""
    suite, found = load_suite(final.SUITE), {}
    for run in read_results(suite, RESULTS):
        if run.task == "pretraining" and run.status == "done":
            found.setdefault(run.method, {})[run.seed] = run.minutes
    return found


RANGE = r"([\d.]+) to ([\d.]+)"
AS_THEY_WENT = {
    "six": (rf"{RANGE} minutes for six", "", True),
    "twenty": (rf"{RANGE} minutes for twenty", final.LONG, True),
    "six, later": (rf"these rows' seeds from 15 on, {RANGE} for six", "", False),
}


@pytest.mark.parametrize("which", AS_THEY_WENT)
def test_minutes_as_they_went(minutes, which):
    pattern, suffix, first = AS_THEY_WENT[which]
    shown = re.search(rf"{pattern} \(hidden words ([\d.]+)\)", TEXT)
    means = {}
    rivals = [name for name in final.RIVALS if name != "byol" or not suffix]
    for name in (final.OURS, final.CONTROL, *rivals):
        of_seed = minutes.get(name + suffix, {}).items()
        kept = [value for seed, value in of_seed if (seed < FIRST) == first]
        if kept:
            means[name] = statistics.fmean(kept)
    found = [min(means.values()), max(means.values()), means[final.OURS]]
    assert list(map(float, shown.groups())) == pytest.approx(found, abs=0.051)


def test_which_runs_were_slow(minutes):
    """All else than the leading rows' first seeds, but for two runs."""
    byol = minutes["byol" + final.LONG]
    mean = statistics.fmean(byol.values())
    assert f"{len(byol)} seeds of `byol@20` {mean:.1f} in the mean" in TEXT.replace(
        "three seeds", "3 seeds"
    )
    leading = (final.OURS, final.CONTROL, *final.RIVALS)
    fast = {
        (name, seed)
        for name, of_seed in minutes.items()
        for seed, value in of_seed.items()
        if name.partition("@")[0] not in leading or name.endswith(final.HALF)
        if 1 < value < 8
    }
    assert {seed for _, seed in fast} == {10}
    assert {name for name, _ in fast} == {"hidden-words-visible", "hidden-words-random"}


def test_minutes_of_single_runs(minutes):
    """Of what learns, whichever the machine."""
    six, twenty = [], []
    for name, of_seed in minutes.items():
        if max(of_seed.values()) > 1 and not name.endswith(final.HALF):
            (twenty if name.endswith(final.LONG) else six).extend(of_seed.values())
    assert (
        f"went from {min(six):.1f} to {max(six):.1f} minutes for six and from "
        f"{min(twenty):.1f} to {max(twenty):.1f} for twenty."
    ) in TEXT


def test_what_it_cost(board, few):
    hours = [sum(run.minutes or 0 for run in b.done) / 60 for b in (board, few)]
    assert (
        "what of it is stored took {:.1f} processor-hours, more than the 24 that were "
        "meant for it, and that of `camvid_fair` {:.1f}."
    ).format(*hours) in TEXT
    assert hours[0] > 24


def test_margins_of_the_trials(tried):
    """Between a method's best setting and its second, one seed each."""
    margins = []
    for method in (final.OURS, final.CONTROL, *final.RIVALS):
        names = [m.name for m in tried.suite.methods]
        rows = [method, *(n for n in names if n.startswith(f"{method}~lr"))]
        found = sorted(index_by_seed(tried, row)[100] for row in rows)
        assert len(found) == 3
        margins.append(found[-1] - found[-2])
    assert (
        f"the best of a method is {min(margins):.1f} to {max(margins):.1f} of the "
        "index above its second"
    ) in TEXT


def test_what_is_claimed():
    suite = load_suite(final.SUITE)
    assert "with all of it trained, which are seven; of these the bag" in TEXT
    assert len(suite.claimed) == 7
    assert not {"svm-voc07", "svm-voc12"} & set(suite.claimed)
    trained = {task.name for task in suite.tasks if task.trains}
    assert len(set(suite.claimed) - trained) == 4
    rivals = {final.CONTROL, "bag-of-words", "rotation", "simclr", "moco"}
    six = {theirs for ours, theirs in suite.claims if ours == final.OURS}
    twenty = {t for ours, t in suite.claims if ours == final.OURS + final.LONG}
    assert six == rivals | {"byol"} and len(suite.claims) == len(six) + len(twenty)
    assert {name.partition("@")[0] for name in twenty} == rivals
