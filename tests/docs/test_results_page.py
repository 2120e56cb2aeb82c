"""Figures on the results page and beside filled holes are those of the store."""

import statistics
import sys

import pytest
from runs import ROOT
from stored_figures import Page, load, stored, stored_lines

sys.path.insert(0, str(ROOT / "benchmarks"))
from figures import filled_holes as figure
from harness.suite import PRETRAINING

PAGE = Page("results.md")


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


def test_digits():
    found, number = stored("mnist"), r"([\d.]+)"
    minutes: dict = {}
    for record in stored_lines("mnist"):
        if record.get("task") == PRETRAINING:
            minutes.setdefault(record["method"], []).append(record["minutes"])
    (pixels,) = PAGE.shown(rf"\| bare pixels \| {number}")
    assert pixels == found["pixels", "logistic"][0]
    for label, ours, floor in (
        ("MLP, neighbouring columns", "context-encoder-columns", "random-columns"),
        ("convolutions, square hole", "context-encoder-blocks", "random"),
        ("convolutions, no hole: an autoencoder", "autoencoder", "random"),
    ):
        figures = PAGE.shown(
            rf"\| {label} \| {number} ± {number} \| {number} ± {number} \| {number} \|"
        )
        both = [list(found[name, "logistic"].values()) for name in (ours, floor)]
        assert {len(values) for values in both} == {3}
        expected = [f(v) for v in both for f in (statistics.fmean, statistics.stdev)]
        assert figures == pytest.approx(
            [*expected, statistics.fmean(minutes[ours])], abs=0.051
        )


def test_picture_of_filled_holes():
    """It and its figures were made by the commands that stand above it."""
    result = load("inpainting_figure")
    assert result["commands"] == figure.commands().splitlines()
    for name, scores in result["hole"].items():
        (psnr,) = Page("inpainting.md").shown(rf"`{name}` ([\d.]+) dB")
        assert psnr == scores["psnr"]
