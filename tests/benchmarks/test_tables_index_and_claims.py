"""Tables of a suite's index, its claims, what they cost, and its trials."""

from dataclasses import replace

import pytest
import tables_case as case
from harness.results.read import as_result
from harness.tables.claims import claims, claims_table
from harness.tables.costs import costs_table
from harness.tables.index import index_by_seed, index_table, trials_table
from harness.tables.leaderboard import Leaderboard
from harness.tables.markdown import markdown
from harness.tables.page.page import page


def tabled(**changes):
    """The fake suite with an index, claims and trials."""
    suite = replace(
        case_suite(),
        claims=(("simclr", "rotation"), ("region", "random")),
        claimed=("svm", "few"),
        **changes,
    )
    for task in suite.tasks:
        task.deviation = {"svm": 2.0, "few": 0.5}.get(task.name)
    return suite


def case_suite():
    scope = {}
    exec(case.SUITE, scope)
    return scope["suite"]


def board_of(suite, values):
    """``values``: figures by (method, task), one a seed."""
    found = [
        as_result(case.result(m, t, seed, v), "here")
        for (m, t), each in values.items()
        for seed, v in enumerate(each)
    ]
    return Leaderboard(suite, found)


VALUES = {
    ("random", "svm"): [30.0, 31.0, 29.0],
    ("random", "few"): [10.0, 10.5, 10.0],
    ("rotation", "svm"): [32.0, 33.0, 31.0],
    ("rotation", "few"): [10.5, 11.0, 10.0],
    ("simclr", "svm"): [40.0, 41.2, 39.1],
    ("simclr", "few"): [10.5, 10.0, 11.0],
    ("region", "svm"): [30.5, 30.5],
}


def test_index():
    board = board_of(tabled(), VALUES)
    # (2 / 2 + .5 / .5) / 2, (2 / 2 + .5 / .5) / 2, (2 / 2 + 0) / 2
    assert index_by_seed(board, "rotation") == {0: 1.0, 1: 1.0, 2: 0.5}
    assert index_by_seed(board, "region") == {}, "a task is missing"
    sheet = index_table(board)
    rows = {row[0].text: row for row in sheet.rows}
    assert rows["rotation"][1].text == "0.83 ± 0.29"
    assert rows["SimCLR"][1].best and not rows["rotation"][1].best
    region = rows["Context Encoder, region_1 & 50 %"]
    assert region[1].value is None and region[2].text == "0.00"
    assert "random init" not in rows
    assert index_table(Leaderboard(case_suite(), [])) is None


def test_the_best_index_is_of_those_without_labels():
    """As in the table of results; bold says nothing where only they have an index."""
    floor = {at: values for at, values in VALUES.items() if at[0] == "random"}
    labels = {("supervised", task): [90.0] * 3 for task in ("svm", "few")}
    sheet = index_table(board_of(tabled(), VALUES | labels))
    rows = {row[0].text: row[1] for row in sheet.rows}
    assert rows["supervised"].value > rows["SimCLR"].value
    assert [name for name, cell in rows.items() if cell.best] == ["SimCLR"]
    assert "Bold: the best index of those that had no labels" in sheet.note
    alone = index_table(board_of(tabled(), floor | labels))
    assert not any(row[1].best for row in alone.rows)


def test_claims():
    board = board_of(tabled(), VALUES)
    found = {(c.ours, c.task): c for c in claims(board)}
    assert set(found) == {("simclr", "svm"), ("simclr", "few"), ("region", "svm")}
    clear = found["simclr", "svm"]
    assert clear.verdict == "above" and clear.test == "paired t"
    # Four tests are named, whatever has ended: the least p counts four times.
    assert clear.adjusted == pytest.approx(4 * clear.p)
    few = found["simclr", "few"]
    alone = board_of(tabled(), {k: v for k, v in VALUES.items() if k[1] == "svm"})
    (only, _) = claims(alone)
    assert (only.task, only.adjusted) == ("svm", clear.adjusted) and few.p > clear.p
    assert clear.difference.mean == pytest.approx(8.1)
    low, high = clear.difference.interval
    assert low > 0 and low + high == pytest.approx(2 * 8.1) and clear.seen > 0
    assert found["simclr", "few"].verdict == "level"
    assert clear.apart and not found["simclr", "few"].apart
    assert found["region", "svm"].adjusted == 1.0
    text = markdown(board)
    assert (
        "SimCLR less rotation" in text
        and "measured: 4 comparisons (test: paired t)" in text
    )
    cells = {row[0].text: row for row in claims_table(board).rows}
    svm = cells["SimCLR less rotation"][1]
    assert (
        svm.text.startswith("+8.1 [+")
        and f" above (p = {clear.adjusted:.2}" in svm.text
    )
    assert svm.small.startswith("paired t: p < 0.0001 before correction; sees 0.")
    gap = cells["Context Encoder, region_1 & 50 % less random init"]
    assert gap[2].text == "\u2013", "the other seeds are missing"
    assert "<h2>Claims</h2>" in page(board, None)
    assert claims_table(Leaderboard(case_suite(), [])) is None


def test_costs():
    """A codebook's minutes, the process's and those of the tasks; of known ones."""
    suite = tabled()
    assert costs_table(board_of(suite, VALUES)) is None
    figures = dict(setup_minutes=0.5, process_minutes=15.5, iterations=900)
    found = [
        case.result("simclr", "pretraining", 0, 1.0, minutes=15.0, figures=figures),
        case.result("simclr", "svm", 0, 1.0, minutes=3.0),
        case.result("simclr", "few", 0, 1.0, minutes=4.0),
        case.result("simclr", "few", 1, 1.0, minutes=6.0),
    ]
    board = Leaderboard(suite, [as_result(one, "here") for one in found])
    rows = {row[0].text: row for row in costs_table(board).rows}
    said = [cell.text for cell in rows["SimCLR"][1:]]
    assert said == ["15.00", "0.50", "15.50", "8.00", "900"]
    assert rows["random init"][1].text == "0.00" and rows["rotation"][1].value is None
    # Of a seed in two starts the last alone was counted: less than its steps.
    short = figures | dict(process_minutes=2.0)
    again = case.result("simclr", "pretraining", 1, 1.0, minutes=15.0, figures=short)
    found = [as_result(one, "here") for one in [*found, again]]
    rows = costs_table(Leaderboard(suite, found)).rows
    (row,) = (row for row in rows if row[0].text == "SimCLR")
    assert [cell.text for cell in row[1:4]] == ["15.00", "0.50", "15.50"]
    assert "#### Costs" in markdown(board) and "<h2>Costs</h2>" in page(board, None)


def test_trials():
    suite = tabled()
    trials = [
        replace(m, trial_of="rotation", setting=f"setting of {m.name}")
        if m.name in ("rotation", "simclr")
        else m
        for m in suite.methods
    ]
    board = board_of(replace(suite, methods=trials, claims=()), VALUES)
    sheet = trials_table(board)
    assert [row[1].text for row in sheet.rows] == [
        "setting of simclr",
        "setting of rotation",
    ]
    assert [row[2].best for row in sheet.rows] == [True, False]
    assert "#### Trials" in markdown(board)
    assert trials_table(board_of(tabled(), VALUES)) is None
