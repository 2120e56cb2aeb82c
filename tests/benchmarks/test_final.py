"""The tables of the final comparison, against figures made by hand."""

import sys

import pytest
import tables_case as case
from runs import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
from figures import final
from harness.fair import OURS, chosen, controls, other_picture
from harness.results.read import as_result
from harness.suites import load_suite
from harness.tables.leaderboard import Leaderboard

SUITE = load_suite(final.SUITE)
CONTROLS = {m.name for m in (*controls(chosen(OURS)), other_picture(chosen(OURS)))}
FIGURES = {
    "random": [1.0, 2.0],
    "supervised": [99.0],
    "rotation": [6.0, 7.0],
    "seen-words": [3.0, 5.0],
    "hidden-words": [9.0, 4.0, 8.0],
    "hidden-words-random": [4.0, 1.0],
    "hidden-words@10": [9.0, 4.0],
    "hidden-words@20": [2.0],
    "seen-words@20": [2.5],
    "moco@20": [8.5, 4.5],
}


@pytest.fixture(scope="module")
def board():
    """Every task of a method has the same figure, but for one that has no third."""
    found = [
        as_result(case.result(method, task.name, seed, value), "here")
        for method, values in FIGURES.items()
        for task in SUITE.tasks
        for seed, value in zip(SUITE.seeds, values)
        if (method, task.name, seed) != ("hidden-words", "detection", SUITE.seeds[2])
    ]
    return Leaderboard(SUITE, found)


def test_means(board):
    head, _, *rows = final.means(board)
    tasks = len(final.TASKS)
    assert head.count("|") == tasks + 4
    assert rows == [
        "| random init | 0 | 2 |" + " 1.5 |" * tasks,
        # What has learned from labels is no rival.
        "| the labels of `train` | 6 | 1 |" + " 99.0 |" * tasks,
        "| rotation | 6 | 2 |" + " **6.5** |" * tasks,
        "| control: words without a hole | 6 | 2 |" + " 4.0 |" * tasks,
        # Two of its three seeds are whole, with the same mean as the best.
        "| **hidden words** | 6 | 2 |" + " **6.5** |" * tasks,
        # The only one of ten minutes.
        "| **hidden words** | 10 | 2 |" + " 6.5 |" * tasks,
        "| MoCo v2 | 20 | 2 |" + " **6.5** |" * tasks,
        "| control: words without a hole | 20 | 1 |" + " 2.5 |" * tasks,
        "| **hidden words** | 20 | 1 |" + " 2.0 |" * tasks,
    ]
    _, _, *short = final.means(board, final.SHORT)
    assert short == [rows[i] for i in (0, 2, 3, 4)]


def test_where_the_hole_pays(board):
    _, _, *rows = final.where_the_hole_pays(board)
    assert len(rows) == len(final.PAIRS) == len(SUITE.tasks)
    # Differences of 6 and -1: their t interval is 2.5 -+ 12.706 * 3.5.
    short, long = "+2.5 [\u221242.0, +47.0], 1 of 2", "\u22120.5, 0 of 1"
    for row in rows:
        assert row.endswith(f" | {short} | {long} |")


def test_less_other_targets(board):
    """Controls that have not begun have no column."""
    head, _, *rows = final.less_other_targets(board)
    assert head == "|  | less a random vocabulary |"
    # Differences of 5 and 3: their t interval is 4 -+ 12.706 * 1.
    assert len(rows) == len(SUITE.tasks)
    assert all(row.endswith(" | +4.0 [\u22128.7, +16.7], 2 of 2 |") for row in rows)
    assert set(final.HIDDEN) == CONTROLS


def test_the_packaged_encoder(board):
    """It is one run: seed 10 of hidden words of twenty minutes."""
    head, _, *rows = final.packaged_encoder(board)
    assert head.endswith(
        "| no network: bag of the words, whole | no network: bag of the words, 3 x 3 "
        "| `r18-half` | mean of its seeds |"
    )
    assert len(rows) == len(SUITE.tasks)
    none = f"{final.MISSING} | {final.MISSING}"
    assert all(row.endswith(f"| 1.5 | {none} | 2.0 | 2.0 |") for row in rows)


def test_a_grid_of_a_descriptor_is_a_row(board):
    """Its figures are those of a layer; hidden words less it, seed by seed."""
    layers = {"stage1": 5.0, "stage2": 2.0}
    bag = [
        as_result(
            case.result("bag-of-words", task, 10, 2.0, figures=dict(layers=layers)),
            "here",
        )
        for task in ("knn-voc07", "knn-voc12", "svm-last-voc07", "svm-last-voc12")
    ]
    both = Leaderboard(SUITE, [*board.results, *bag])
    assert final.values_of(both, final.FINER_BAG, "knn-voc07") == {10: 5.0}
    assert final.values_of(both, "bag-of-words", "knn-voc07") == {10: 2.0}
    head, _, *rows = final.less_finer_bag(both)
    assert head == "|  | 6 min | 10 min | 20 min |" and len(rows) == 4
    assert all(
        row.endswith(" | +4.0, 1 of 1 | +4.0, 1 of 1 | \u22123.0, 0 of 1 |")
        for row in rows
    )


def test_less_rivals(board):
    head, _, *rows = final.less_rivals(board, "hidden-words", "")
    assert head == "|  | less rotation |"
    # Differences of 3 and -3: their t interval is 0 -+ 12.706 * 3.
    gap = "0.0 [\u221238.1, +38.1], 1 of 2"
    assert all(row.endswith(f" | {gap} |") for row in rows)
    head, _, *rows = final.less_rivals(board, "hidden-words@10", "@20")
    assert head == "|  | less MoCo v2 |"
    # Differences of 0.5 and -0.5: their t interval is 0 -+ 12.706 * 0.5.
    gap = "0.0 [\u22126.4, +6.4], 1 of 2"
    assert len(rows) == len(SUITE.tasks)
    assert all(row.endswith(f" | {gap} |") for row in rows)
    _, _, *rows = final.less_rivals(board, "hidden-words@20", "@20")
    assert all(row.endswith(" | \u22126.5, 0 of 1 |") for row in rows)


def test_its_methods_and_tasks_are_those_of_the_suite(board):
    names = {method.name: method for method in SUITE.methods}
    for row, (title, minutes) in final.ROWS.items():
        method = names[row.partition("/")[0]]
        assert minutes == (method.minutes or (method.config and 6) or 0), row
        if method.kind == "descriptor" and "bag" not in row:
            fine, coarse = method.changes["grids"]
            side = fine if row.endswith("/stage1") else coarse
            assert title.endswith(f", {side} x {side}")
    assert names["bag-of-words"].changes["grids"] == [3, 1]
    pairs = {name for pair in SUITE.claims for name in pair}
    assert pairs <= set(final.ROWS), "what is claimed has its row"
    assert set(SUITE.claimed) <= set(final.PAIRS)


def test_verdicts(board):
    """With two seeds nothing is proven; what is named stands under one verdict."""
    found = final.verdicts(board)
    assert not found["above"] and not found["below"]
    assert "hidden-words less rotation at detection" in found["level"]


@pytest.fixture(scope="module")
def few():
    """Shares of the labels; one seed of hidden words lacks the last of them."""
    suite = load_suite(final.FEW)
    figures = {"random": [1.0, 2.0], "hidden-words": [9.0, 4.0], "moco": [3.0]}
    found = [
        as_result(case.result(method, task.name, seed, value), "here")
        for method, values in figures.items()
        for task in suite.tasks
        for seed, value in zip(suite.seeds, values)
        if (method, seed, task) != ("hidden-words", suite.seeds[1], suite.tasks[3])
    ]
    return Leaderboard(suite, found)


def test_few_labels(few):
    head, _, *rows = final.few_labels(few)
    assert list(final.SHARES) == [task.name for task in few.suite.tasks]
    assert head == "| pretraining | seeds | 5 % | 10 % | 25 % | 100 % |"
    assert rows == [
        "| random init | 2 |" + " 1.5 ± 0.7 |" * 4,
        "| **hidden words** | 1 |" + " **9.0** |" * 4,
        "| MoCo v2 | 1 |" + " 3.0 |" * 4,
    ]


def test_the_best_of_few_labels_is_the_greatest_number():
    """And not the last by its digits: 9.0 is less than 41.1."""
    suite = load_suite(final.FEW)
    found = [
        as_result(case.result(method, task.name, suite.seeds[0], value), "here")
        for method, value in {"random": 9.0, "hidden-words": 41.1}.items()
        for task in suite.tasks
    ]
    _, _, *rows = final.few_labels(Leaderboard(suite, found))
    assert rows == [
        "| random init | 1 |" + " 9.0 |" * 4,
        "| **hidden words** | 1 |" + " **41.1** |" * 4,
    ]


def test_few_labels_less_others(few):
    head, _, *rows = final.few_labels_less_others(few)
    assert head == "|  | less random init | less MoCo v2 |"
    # Differences of 8 and 2: their t interval is 5 -+ 12.706 * 3.
    assert rows == [
        *(
            f"| {share} | +5.0 [\u221233.1, +43.1], 2 of 2 | +6.0, 1 of 1 |"
            for share in ("5 %", "10 %", "25 %")
        ),
        "| 100 % | +8.0, 1 of 1 | +6.0, 1 of 1 |",
    ]


def test_tables_are_filled_in_where_there_is_a_mark():
    mark = "<!-- made by benchmarks/figures/final.py: {} -->\n"
    page = f"One\n\n{mark}| old |\n|---|\n| 1 |\n\nTwo\n{mark}\nThree\n"
    page = page.replace("{}", "first", 1).replace("{}", "second")
    made = {"first": ["| new |", "|---|"], "second": ["| other |"], "third": []}
    filled = final.fill_in(page, made)
    assert filled == (
        f"One\n\n{mark.format('first')}| new |\n|---|\n\nTwo\n"
        f"{mark.format('second')}\n| other |\nThree\n"
    )
    assert final.fill_in(filled, made) == filled
    with pytest.raises(KeyError, match="second"):
        final.fill_in(page, {"first": ["| new |"]})


def test_it_writes_what_has_changed(capsys, monkeypatch, tmp_path):
    page = tmp_path / "README.md"
    page.write_text("<!-- made by benchmarks/figures/final.py: headline -->\n")
    monkeypatch.setattr(final, "pages", lambda: [page])
    words = ["final.py", "--results", str(tmp_path), "--write"]
    monkeypatch.setattr(sys, "argv", words)
    final.main()
    assert capsys.readouterr().out == f"written: {page}\n"
    assert "| pretraining | minutes | seeds |" in page.read_text()
    final.main()
    assert not capsys.readouterr().out


def test_it_prints_what_there_is(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["final.py", "--results", str(tmp_path)])
    final.main()
    said = capsys.readouterr().out
    assert "| pretraining | minutes | seeds |" in said and "above: 0" in said
