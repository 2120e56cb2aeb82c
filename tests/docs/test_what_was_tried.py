"""docs/hidden-words.md: what was tried, and where the hole pays, is what is stored."""

import re
import sys

import pytest
from runs import ROOT
from stored_figures import Page, figure, stored

sys.path.insert(0, str(ROOT / "benchmarks"))
from figures import final
from harness.tables.index import best_trial, index_by_seed

PAGE = Page("hidden-words.md")
OURS, CONTROL, TASKS = final.OURS, final.CONTROL, final.PAIRS
LENGTHS = ("", "@20", "@60")
"""Six minutes, twenty and sixty, as methods are called."""


@pytest.fixture(scope="module")
def found():
    return stored("voc320_choose")


def test_where_the_hole_pays_is_what_is_stored(found):
    table = PAGE.section("Where the hole pays").partition("<!-- made by")[0]
    rows = re.findall(r"^\| .+? \| ([+\u2212].*) \|$", table, re.M)
    assert len(rows) == len(TASKS)
    columns = (("", 100), ("", 101), ("@20", 100), ("@20", 101), ("@60", 100))
    for task, row in zip(TASKS, rows):
        for cell, (minutes, seed) in zip(row.split(" | "), columns, strict=True):
            ours, control = (
                found[method + minutes, task][seed] for method in (OURS, CONTROL)
            )
            assert abs(figure(cell) - (ours - control)) <= 0.051, (task, minutes, seed)


def test_sixty_minutes(found, tried):
    """One seed, at three lengths: the sum of the tasks, and the index of both."""
    text = " ".join(PAGE.section("Where the hole pays").split())
    gaps = [
        [found[OURS + m, task][100] - found[CONTROL + m, task][100] for task in TASKS]
        for m in LENGTHS
    ]
    six, twenty, sixty = map(sum, gaps)
    assert min(gaps[-1]) > 0 and len(TASKS) == 9
    ours, control = (
        [index_by_seed(tried, name + m)[100] for m in LENGTHS]
        for name in (OURS, CONTROL)
    )
    assert (
        f"hidden words are ahead at all nine tasks, by {sixty:.1f} points in sum, "
        f"where the same seed had {six:.1f} after six and {twenty:.1f} after twenty: "
        "they keep what they have, by [the index](fair-comparison.md) "
        "{:.1f}, {:.1f} and {:.1f}, and seen words fall, {:.1f}, {:.1f} and {:.1f}."
    ).format(*ours, *control) in text
    both = [index_by_seed(tried, m.name) for m in tried.suite.methods]
    apart = max(abs(x[100] - x[101]) for x in both if len(x) == 2)
    leads = [a - b for a, b in zip(ours, control, strict=True)]
    assert max(leads[:2]) < apart < leads[2]
    assert "Of the three leads only the last is more than what" in text
    assert f"differs by up to {apart:.1f}:" in " ".join(PAGE.text.split())


def test_what_more_time_brings_without_a_hole(found, tried):
    text = " ".join(PAGE.section("On a GPU").split())
    index = [index_by_seed(tried, CONTROL + m)[100] for m in LENGTHS]
    assert index == sorted(index, reverse=True)
    detection = [found[CONTROL + m, "detection"][100] for m in LENGTHS]
    assert detection == sorted(detection)
    assert (
        "without a hole the index falls with more time, up to [sixty "
        "minutes](#where-the-hole-pays), though detection gains "
        "({:.1f}, {:.1f} and {:.1f} after 6, 20 and 60 minutes, one seed)"
    ).format(*detection) in text


def test_the_floor(tried):
    """The finer bag beside every row with words, and beside sixty minutes."""
    text = " ".join(PAGE.section("What was tried").split())
    probes = ("svm-last-voc07", "svm-last-voc12", "knn-voc07", "knn-voc12")
    bag = [final.values_of(tried, final.FINER_BAG, task)[100] for task in probes]
    assert (
        "In 3 x 3 parts the bag has {:.1f}, {:.1f}, {:.1f} and {:.1f} at the four, "
        "which no row passes at VOC12's kNN."
    ).format(*bag) in text
    rows = [m.name for m in tried.suite.methods if m.name != "bag-of-words"]
    best = max(tried.values(row, "knn-voc12").get(100, 0.0) for row in rows)
    assert best < bag[-1]
    ours = [tried.values(f"{OURS}@60", task)[100] for task in probes]
    assert [a > b for a, b in zip(ours, bag)] == [True, True, False, False]
    assert (
        "After sixty minutes hidden words are above that at both SVMs, {:.1f} and "
        "{:.1f}, and below it at both kNNs."
    ).format(*ours[:2]) in text


def test_the_rivals(tried):
    """Each with the best of its trials, which are all there."""
    text = " ".join(PAGE.section("What was tried").split())
    pattern = (
        r"SimCLR has an index of ([\d.]+), MoCo v2 of ([\d.]+), rotation of ([\d.]+) "
        r"and BYOL of ([\d.]+), hidden words of ([\d.]+) and seen words of ([\d.]+), "
        r"each with the best of its three settings on this very seed\."
    )
    names = ("simclr", "moco", "rotation", "byol", "hidden-words", "seen-words")
    shown = map(float, re.search(pattern, text).groups())
    for name, index in zip(names, shown, strict=True):
        trials = [m.name for m in tried.suite.methods if m.trial_of == name]
        best = index_by_seed(tried, best_trial(tried, trials))[100]
        assert len(trials) == 3 and index == pytest.approx(best, abs=0.051), name


def test_rotation_with_more_time(found, tried):
    text = " ".join(PAGE.section("What was tried").split())
    rotation, ours, control = (
        ", ".join(f"{index_by_seed(tried, name + m)[100]:.1f}" for m in LENGTHS)
        for name in ("rotation", OURS, CONTROL)
    )
    assert (
        f"rotation goes {rotation}, hidden words {ours} and seen words {control}: "
    ) in text
    pairs = {
        task: [found[name + "@60", task][100] for name in ("rotation", OURS)]
        for task in (task.name for task in tried.suite.tasks)
    }
    above = {task: pair for task, pair in pairs.items() if pair[0] > pair[1]}
    assert set(above) == {"detection", "svm-voc12"} and len(pairs) == 9
    assert (
        "above hidden words at detection, {:.1f} against {:.1f}, and at VOC12's SVM of "
        "the chosen layer, {:.1f} against {:.1f}; at the other seven tasks it is behind"
    ).format(*above["detection"], *above["svm-voc12"]) in text


def test_what_was_tried_is_all_that_is_stored(found, tried):
    """Losers included: every variant of the recipe that was measured has its row."""
    tasks = ["svm-last-voc07", "svm-last-voc12", "knn-voc07", "knn-voc12", "detection"]
    tasks += ["segmentation-frozen"]
    rows = re.findall(
        r"^\| .+? \| `([\w@-]+)` \| (.+) \|$", PAGE.section("What was tried"), re.M
    )
    assert [row[0] for row in rows] == list(dict(rows))
    measured = {
        m.name
        for m in tried.suite.methods
        if "~" not in m.name and 100 in found.get((m.name, "knn-voc07"), ())
    }
    rivals = {"simclr", "moco", "byol", *("rotation" + m for m in LENGTHS)}
    assert set(dict(rows)) == measured - rivals
    for name, row in rows:
        *indices, cells = row.split(" | ", 2)
        # Random init is where the index begins.
        by_seed = {} if name == "random" else index_by_seed(tried, name)
        for cell, seed in zip(indices, (100, 101), strict=True):
            if cell == "\u2013":
                assert seed not in by_seed
            else:
                assert abs(figure(cell) - by_seed[seed]) <= 0.051, (name, seed)
        for cell, task in zip(cells.split(" | "), tasks, strict=True):
            value = found.get((name, task), {}).get(100)
            assert cell == ("\u2013" if value is None else f"{value:.1f}"), (name, task)
