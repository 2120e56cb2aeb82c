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

TEXT = " ".join(Page("fair-comparison.md").text.split())


@pytest.fixture(scope="module")
def minutes():
    """Of pretraining, as it went: the mean of each row that learns."""
    suite, found = load_suite(final.SUITE), {}
    for run in read_results(suite, RESULTS):
        if run.task == "pretraining" and run.status == "done":
            found.setdefault(run.method, []).append(run.minutes)
    return {name: statistics.fmean(values) for name, values in found.items()}


@pytest.mark.parametrize("budget, suffix", [("six", ""), ("twenty", final.LONG)])
def test_minutes_as_they_went(minutes, budget, suffix):
    number = r"([\d.]+)"
    shown = re.search(
        rf"{number} to {number} minutes for {budget} \(hidden words {number}\)", TEXT
    )
    names = [name + suffix for name in (final.OURS, final.CONTROL, *final.RIVALS)]
    each = [minutes[name] for name in names if name in minutes]
    found = [min(each), max(each), minutes[final.OURS + suffix]]
    assert list(map(float, shown.groups())) == pytest.approx(found, abs=0.051)


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
