"""Tables in which methods have different numbers of seeds say so, and rank fairly."""

import pytest
import tables_case as case
from harness.results.read import as_result
from harness.suites import load_suite
from harness.tables import main, notes
from harness.tables.leaderboard import Leaderboard

# By seeds 10 to 15: one draw of the best, five of what is best on the shared seeds.
FIGURES = {
    "random": [1.0] * 6,
    "rotation": [5.0, 5.0, 5.0, 5.0, 5.0, 20.0],
    "simclr": [6.0] * 5,
    "hidden-words-random": [9.0],
}
TASK = "svm-last-voc07"


@pytest.fixture(scope="module")
def board():
    suite = load_suite("voc320_fair")
    found = [
        as_result(case.result(method, task.name, seed, value), "here")
        for method, values in FIGURES.items()
        for task in suite.tasks
        for seed, value in zip(suite.seeds, values)
    ]
    return Leaderboard(suite, found)


def test_the_best_is_that_of_shared_seeds(board):
    """Neither the row of one seed, nor the one with a lucky seed more."""
    assert board.best(TASK) == "simclr"
    assert board.best_rival("simclr", TASK) == "rotation"
    rival, gap = board.against_rival("hidden-words-random", TASK)
    assert rival == "simclr" and gap.by_seed == {10: 3.0}


def test_cells_say_on_how_many_seeds_they_stand(board):
    def cells(table):
        column = next(i for i, c in enumerate(table.columns) if "VOC07 SVM" in c.head)
        return {row[0].text: row[column].text for row in table.rows}

    overview = main.overview(board)
    assert cells(overview)["SimCLR"].endswith("(n = 5)")
    assert cells(overview)["rotation"].endswith("(n = 6)")
    assert "and have 5 seeds or more, by the seeds that all of" in overview.note
    floor = cells(main.against_floor(board))
    assert floor["SimCLR"] == "+5.0 [+5.0, +5.0] (n = 5)"
    assert floor["hidden words of a random vocabulary"] == "+8.0 (n = 1)"


def test_the_note_is_of_the_fewest_seeds(board):
    (said,) = notes.how_to_read(board)
    assert said.startswith("Differences stand on 1 to 6 seeds. Of those on 5: ")
    assert "93.7 %" in said and "p = 0.062" in said
