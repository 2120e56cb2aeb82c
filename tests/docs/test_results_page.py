"""Figures on the results page and beside filled holes are those of the store."""

import statistics
import sys

import pytest
from runs import ROOT
from stored_figures import Page, load

sys.path.insert(0, str(ROOT / "benchmarks"))
from figures import filled_holes as figure
from figures import final
from harness.fair import RIVALS
from harness.tables.formatting import signed

PAGE = Page("results.md")
LONG = final.LONG


def test_default_job():
    result = load("default_job")
    metrics = {k.removeprefix("inpainting/"): v for k, v in result["metrics"].items()}
    number = r"([\d.]+)"
    row = rf" \| {number} \| {number} \| {number} \| {number} \|"
    for label, prefix in (
        ("the network", ""),
        ("mean of the context", "context-mean/"),
        ("constant grey", "constant/"),
    ):
        figures = PAGE.shown(rf"\| {label}{row}")
        names = ("hole_l1", "hole_l2", "hole_psnr", "hole_ssim")
        for value, name in zip(figures, names):
            assert value == pytest.approx(metrics[prefix + name], abs=0.006)
    (gain,) = PAGE.shown(rf"{number} dB above the better trivial fill")
    assert gain == pytest.approx(metrics["psnr_gain"], abs=0.006)


def test_the_final_comparison_so_far():
    """Where more seeds have ended, the words have to be written anew."""
    board = final.stored()
    suite = board.suite
    words = " ".join(PAGE.text.split())
    assert "With each of the five seeds that have ended" in words
    assert "of BYOL with the two it has" in words
    assert final.seeds_of(board, final.OURS) == [10, 11, 12, 13, 14]
    assert len(suite.tasks) == 9

    def gaps(ours, theirs, task):
        """Seed by seed."""
        return board.difference(ours, theirs, task.name).by_seed.values()

    ours, control = final.OURS, final.CONTROL
    every = {"detection", "segmentation", "knn-voc12", "svm-last-voc12", "svm-voc12"}
    for task in suite.tasks:
        for rival in RIVALS:
            found = gaps(ours, rival, task)
            assert len(found) == (2 if rival == "byol" else 5)
            assert min(found) > 0, (rival, task.name)
        long = gaps(ours + LONG, control + LONG, task)
        ahead = sum(gap > 0 for gap in long)
        assert len(long) == 5, task.name
        assert ahead == (3 if task.name == "svm-voc07" else 5), task.name
        ahead = sum(gap > 0 for gap in gaps(ours, control, task))
        assert ahead == (5 if task.name in every else 4), task.name
    found = final.verdicts(board)
    above = {
        rival: sum(
            said.startswith(f"{ours} less {rival} at") for said in found["above"]
        )
        for rival in (*RIVALS, control, "bag-of-words")
    }
    assert not found["below"] and len(suite.claimed) == 7
    expected = {"simclr": 6, "rotation": 5, "moco": 5, control: 1}
    assert above == {rival: expected.get(rival, 0) for rival in above}
    assert f"{ours} less {control} at svm-last-voc12" in found["above"]
    long = f"{ours}{LONG} less {control}{LONG} at"
    assert sum(said.startswith(long) for said in found["above"]) == 3
    long = {
        rival: {t.name: [*gaps(ours + LONG, rival + LONG, t)] for t in suite.tasks}
        for rival in ("rotation", "simclr", "moco")
    }
    assert all(len(each) == 2 for found in long.values() for each in found.values())
    assert all(min(each) > 0 for each in long["moco"].values())
    behind = {name for name, each in long["simclr"].items() if min(each) < 0}
    assert behind == {"segmentation"} and max(long["simclr"]["segmentation"]) > 0
    rotation = long["rotation"]
    for name in ("knn-voc07", "svm-last-voc07"):
        assert min(rotation[name]) > 4.5 and max(rotation[name]) < 8
    for name in ("detection", "svm-voc12", "segmentation"):
        mean = statistics.fmean(rotation[name])
        assert min(rotation[name]) > 0 and 0.8 < mean < 1.5, name
    for name in ("knn-voc12", "svm-last-voc12"):
        assert abs(statistics.fmean(rotation[name])) < 0.5, name
    assert round(statistics.fmean(rotation["svm-voc07"]), 1) == -1.3
    bag = {
        (minutes, task.name)
        for minutes in ("", LONG)
        for task in suite.tasks
        if not task.trains and min(gaps(ours + minutes, "bag-of-words", task)) < 0.1
    }
    tasks = ("svm-last-voc12", "svm-voc07")
    assert bag == {(m, task) for m in ("", LONG) for task in tasks}


def test_what_twenty_minutes_gain_over_six():
    board = final.stored()
    names = ("rotation", "simclr", "moco", final.OURS, final.CONTROL)
    pairs = [(name + LONG, name) for name in names]
    gains = [
        signed(sum(board.difference(*pair, task).mean for task in final.TASKS), 1)
        for pair in pairs
    ]
    rotation, simclr, moco, ours, control = (gain.lstrip("+") for gain in gains)
    said = (
        f"rotation gains {rotation} points, SimCLR {simclr}, MoCo v2 {moco}, hidden "
        f"words {ours} and seen words {control}: the lead over the rivals shrinks"
    )
    assert said in " ".join(PAGE.text.split())


def test_six_minutes_against_twenty():
    """As ``python benchmarks/figures/final.py`` prints it."""
    rows = final.six_against_twenty(final.stored())
    assert "\n".join(["", *rows, ""]) in PAGE.text


def test_digits():
    result = load("mnist")
    number = r"([\d.]+)"
    (pixels,) = PAGE.shown(rf"\| bare pixels \| {number}")
    assert pixels == pytest.approx(result["pixels"]["accuracy"], abs=0.06)
    rows = {"MLP, neighbouring columns": "mlp", "convolutions, square hole": "conv"}
    for label, name in rows.items():
        part = result["configs"][f"context-encoder_{name}_mnist"]
        figures = PAGE.shown(
            rf"\| {label} \| {number} ± {number} \| {number} ± {number} \| {number} \|"
        )
        expected = [
            part[k][f] for k in ("pretrained", "untrained") for f in ("mean", "std")
        ]
        minutes = sum(part["core_minutes"]) / len(part["core_minutes"])
        for value, true in zip(figures, [*expected, minutes]):
            assert value == pytest.approx(true, abs=0.06)


def test_picture_of_filled_holes():
    """It and its figures were made by the commands that stand above it."""
    result = load("inpainting_figure")
    assert result["commands"] == figure.commands().splitlines()
    for name, scores in result["hole"].items():
        (psnr,) = Page("inpainting.md").shown(rf"`{name}` ([\d.]+) dB")
        assert psnr == scores["psnr"]
