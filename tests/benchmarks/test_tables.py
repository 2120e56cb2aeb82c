"""What the tables say about runs that are done, failed and missing."""

import csv
import io
import runpy

import pytest
import tables_case as case
from harness.results.read import read_results
from harness.suites import load_suite
from harness.tables import published_figures as published
from harness.tables.csv_file import csv_text
from harness.tables.latex import escape, latex
from harness.tables.leaderboard import Leaderboard
from harness.tables.main import against_rival, overview
from harness.tables.markdown import markdown
from harness.tables.page.page import page
from harness.tables.per_task import detail, layers

from ce_plugin.errors import InputError

MAIN = runpy.run_path(str(case.ROOT / "benchmarks" / "tables.py"))["main"]
PNG = b"\x89PNG\r\n\x1a\n" + b"0"


def board_of(folder, found=None, **kwargs):
    suite = load_suite(case.write(folder, case.results() if found is None else found))
    return Leaderboard(suite, read_results(suite, folder / "results"), **kwargs)


@pytest.fixture
def board(tmp_path):
    return board_of(tmp_path)


def column(sheet, head):
    at = [one.head for one in sheet.columns].index(head)
    return {row[0].text: row[at] for row in sheet.rows}


def test_counts(board):
    """6 methods, 5 tasks and pretraining, 3 seeds: one method, one run are missing."""
    assert len(board.expected) == 6 * 6 * 3
    assert len(board.missing) == 6 * 3 + 1 and len(board.failed) == 1
    text = markdown(board)
    assert "88 of 108 runs done, 1 failed, 19 missing" in text
    # Every run of the made-up results took 2 minutes of the wall.
    assert "about 38 min left" in text


def test_a_seed_that_is_named_twice_counts_once(tmp_path, capsys):
    suite = case.write(tmp_path, case.results())
    args = ["--results", str(tmp_path / "results"), "--format", "md"]
    assert MAIN([suite, *args, "--seeds", "0", "0"]) == 0
    assert "30 of 36 runs done, 0 failed, 6 missing" in capsys.readouterr().out


def test_nothing_has_run_yet(tmp_path):
    board = board_of(tmp_path, [])
    text = markdown(board)
    assert "0 of 108 runs done, 0 failed, 108 missing; time left not known" in text
    assert "No run has ended yet" in page(board) and latex(board)


def test_overview(board):
    cells = column(overview(board), "SVM, VOC07")
    values = board.values("simclr", "svm")
    assert cells["SimCLR"].value == pytest.approx(sum(values.values()) / 3)
    assert cells["rotation"].text.endswith("(n = 2)")
    assert cells["not run | yet"].text == "\u2013"
    assert cells["not run | yet"].value is None
    # The best of those without labels, though the supervised one is better.
    assert cells["supervised"].value > cells["SimCLR"].value
    assert [n for n, c in cells.items() if c.best] == ["SimCLR"]
    assert "(n = 2, 1 failed)" in column(overview(board), "all labels")["SimCLR"].text


def test_costs(board):
    sheet = overview(board)
    assert column(sheet, "pretraining")["SimCLR"].text == "14.8"
    floor = column(sheet, "pretraining")["random init"]
    assert floor.value == 0.0  # not the seconds that it takes to write the weights
    assert column(sheet, "speed")["random init"].text == "\u2013"
    assert column(sheet, "speed")["SimCLR"].value == pytest.approx(1481)
    assert column(sheet, "encoder")["random init"].text == "2.80 M"
    assert "GPU memory" not in [one.head for one in sheet.columns]


def test_a_failed_run_is_never_a_figure(tmp_path):
    found = case.results()
    for one in found:
        if (one["method"], one["task"]) == ("rotation", "knn"):
            one.update(status="failed", value=None, error="out of\nmemory")
    board = board_of(tmp_path, found)
    cell = column(overview(board), "kNN")["rotation"]
    assert cell.text == "failed (3)" and cell.value is None
    assert "rotation, kNN, seeds 0, 1, 2: out of memory" in markdown(board)
    assert "loss is nan at &lt;step&gt; 3 | see log_1" in page(board)


def test_rivals(board):
    assert board.best_rival("simclr", "svm") == "region"  # not the supervised ceiling
    assert board.best_rival("region", "svm") == "simclr"
    assert board.best_rival("random", "svm") == "simclr"
    # Of rotation one seed is missing: its differences are of the other two.
    found = board.against_floor("rotation", "svm")
    assert list(found.by_seed) == [0, 2]
    ours, theirs = board.values("rotation", "svm"), board.values("random", "svm")
    assert found.by_seed[2] == pytest.approx(ours[2] - theirs[2])
    cells = column(against_rival(board), "SVM, VOC07")
    assert cells["SimCLR"].text.endswith("vs Context Encoder, region_1 & 50 %")
    assert board.against_floor("random", "svm") is None


def test_the_floor_is_nobodys_rival_even_where_it_is_best(tmp_path):
    found = [
        case.result(method, "svm", seed, value)
        for method, value in (("random", 50.0), ("simclr", 40.0), ("region", 30.0))
        for seed in range(3)
    ]
    board = board_of(tmp_path, found)
    assert board.best("svm") == "random"
    assert board.best_rival("region", "svm") == "simclr"
    assert board.against_floor("simclr", "svm").interval == (-10.0, -10.0)


def test_detail_and_layers(board):
    svm = board.suite.tasks[0]
    cells = column(detail(board, svm), "to the floor")
    assert cells["SimCLR"].small.count("+") == 3 and cells["random init"].value is None
    found = column(layers(board, svm), "layer1")["SimCLR"].value
    assert found == pytest.approx(board.summary("simclr", "svm").mean - 5)
    assert layers(board, board.suite.tasks[1]) is None


def test_csv_has_a_line_for_each_run(board):
    rows = list(csv.DictReader(io.StringIO(csv_text(board))))
    assert len(rows) == len(board.expected)
    by_status = {status: [r for r in rows if r["status"] == status] for status in
                 ("done", "failed", "missing")}  # fmt: skip
    assert [len(found) for found in by_status.values()] == [88, 1, 19]
    assert all(row["value"] == "" for row in by_status["missing"] + by_status["failed"])
    assert by_status["failed"][0]["error"] == case.ERROR
    one = next(r for r in rows if (r["method"], r["task"]) == ("simclr", "few"))
    assert float(one["value"]) == board.values("simclr", "few")[0]
    assert (one["x"], one["curve"]) == ("0.05", "mIoU by labels")


def test_markdown_cells_stay_in_their_columns(board):
    tables = [x for x in markdown(board).split("\n\n") if x.startswith("| ")]
    assert len(tables) == 3
    for table in tables:
        bars = [line.replace("\\|", "").count("|") for line in table.split("\n")]
        assert len(set(bars)) == 1
    assert "| not run \\| yet | \u2013 | \u2013 |" in tables[0]


def test_latex(board):
    text = latex(board)
    assert r"Context Encoder, region\_1 \& 50 \%" in text
    assert text.count(r"\begin{table}") == text.count(r"\end{table}") == 3
    for begun in text.split(r"\begin{tabular}{")[1:]:
        kinds, rest = begun.split("}", 1)
        body = rest.split(r"\end{tabular}")[0].replace(r"\&", "")
        rows = [line for line in body.split("\n") if line.endswith(r"\\")]
        assert len(rows) > 3 and {row.count("&") + 1 for row in rows} == {len(kinds)}
    assert all(ord(sign) < 128 for sign in text)
    assert escape(r"\{}^~") == (
        r"\textbackslash{}\{\}\textasciicircum{}\textasciitilde{}"
    )


def test_rows_that_do_not_belong_together_are_named(tmp_path):
    found = case.results()
    found[1].update(data=dict(voc="other"), commit="fedcba", device=dict(gpu="H100"))
    found[2].update(config=dict(seed=0, lr=0.2))
    found.append(case.result("gone", "svm", 0, 1.0))
    text = markdown(board_of(tmp_path, found))
    assert "From 2 commits (0123456789ab: 87 runs; fedcba: 1 runs)" in text
    assert "From 2 devices" in text and "H100: 1 runs" in text
    assert "svm: the runs saw 2 states of voc" in text
    assert "knn: 2 configs of random init" in text
    assert "Left out: 1 results" in text
    assert "Take care" not in markdown(board_of(tmp_path / "b", case.results()))


def test_seeds_can_be_chosen(tmp_path):
    board = board_of(tmp_path, seeds=(1,))
    assert len(board.expected) == 36
    assert column(overview(board), "kNN")["SimCLR"].text == (
        f"{board.values('simclr', 'knn')[1]:.1f}"
    )
    assert "One seed" in markdown(board)


def test_published_figures_stand_apart(tmp_path):
    board = board_of(tmp_path)
    assert "Published" not in markdown(board)
    object.__setattr__(board.suite, "name", "paper_alexnet")
    before = overview(board)
    text = markdown(board)
    assert "Pathak et al. 2016, Table 2" in text
    assert (
        "| Context Encoder (14 h) | AlexNet (CaffeNet) | 56.5 | 44.5 | 29.7 |" in text
    )
    egomotion = next(line for line in text.split("\n") if "Agrawal" in line)
    assert "| 52.9 | 41.8 | \u2013 |" in egomotion
    assert len(before.rows) == len(board.suite.methods)
    assert all(name in page(board) for name in ("Published figures", "56.5"))


def test_published_figures_have_a_source():
    assert set(published.PUBLISHED) == {"paper_alexnet", "voc_r50", "imagenet", "mnist"}
    for rows in published.PUBLISHED.values():
        for row in rows:
            assert row.figures and row.network and row.protocol and row.source
            for figure in row.figures.values():
                assert 0 < figure.value < 100
                assert figure.high is None or figure.value < figure.high < 100


def test_published_digits():
    rows = published.PUBLISHED["mnist"]
    said = [figure.text for row in rows for figure in row.figures.values()]
    assert said == ["96.39 ± 0.20", "92.60 ± 0.03"]
    row = "CAE (NC), swap noise: a context encoder, a block of neighbouring columns"
    assert rows[0].method == row


def test_pictures_come_from_the_work_directory_only(tmp_path, board):
    work = tmp_path / "work"
    work.mkdir()
    assert "1 pictures that the results name are not here" in page(board, work)
    (work / "region.png").write_bytes(PNG)
    assert "data:image/png;base64,iVBORw0KGgow" in page(board, work)
    (work / "region.png").write_bytes(b"no picture")
    assert "data:image/png" not in page(board, work)
    found = case.results()
    for one in found:
        one["pictures"] = ["../outside.png"] if one.get("pictures") else []
    (tmp_path / "outside.png").write_bytes(PNG)
    assert "data:image/png" not in page(board_of(tmp_path, found), work)


@pytest.mark.parametrize(
    "text, says",
    [
        ("{", "is no JSON object"),
        ('{"suite": "fake"}', "lacks method, task, seed, status"),
        ("[1]", "is no JSON object"),
        ('{"suite": "f", "method": "m", "task": "t", "seed": 0, "status": "done"}',
         "its value is None"),
        ('{"suite": "f", "method": "m", "task": "t", "seed": 0, "status": "done", '
         '"value": NaN}', "its value is nan"),
        ('{"suite": "f", "method": "m", "task": "t", "seed": 0, "status": "on"}',
         "'on' is unknown"),
    ],
)  # fmt: skip
def test_a_line_that_is_no_result(tmp_path, text, says):
    suite = load_suite(case.write(tmp_path, []))
    path = tmp_path / "results" / "fake.jsonl"
    path.write_text(f"{text}\n")
    with pytest.raises(InputError, match=says) as caught:
        read_results(suite, tmp_path / "results")
    said = str(caught.value)
    assert said.startswith(f"{path}, line 1") and "remove" in said


def test_command(tmp_path, capsys):
    suite = case.write(tmp_path, case.results())
    given = [suite, "--results", str(tmp_path / "results")]
    assert MAIN([*given, "--out", str(tmp_path / "out")]) == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"fake.md", "fake.csv", "fake.tex", "index.html"}
    assert "88 of 108 runs done" in capsys.readouterr().out
    assert MAIN([*given, "--format", "md"]) == 0
    assert capsys.readouterr().out == (tmp_path / "out" / "fake.md").read_text()


def test_mistakes_take_one_line(tmp_path, capsys):
    suite = case.write(tmp_path, case.results())
    assert MAIN(["voc320"]) == 2
    given = [suite, "--results", str(tmp_path / "results")]
    assert MAIN([*given, "--out", suite]) == 2
    lines = capsys.readouterr().err.strip().split("\n")
    assert len(lines) == 2
    assert "no suite voc320" in lines[0] and "choose another --out" in lines[1]
