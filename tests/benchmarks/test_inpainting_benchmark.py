"""The suite of fillers and masks: runs, is not repeated, and makes tables."""

import os
import subprocess
import sys

import numpy as np
import pytest
from fillers_case import checkpoint
from PIL import Image
from runs import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
from harness.store import results_of
from inpainting import figure

BENCHMARKS = ROOT / "benchmarks"
FIXED = 9 + 2 * 4  # trivial, OpenCV's, nearest, networks; PatchMatch from four starts


def start(*command) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *map(str, command)],
        capture_output=True,
        text=True,
        env=dict(os.environ, OMP_NUM_THREADS="1"),
        timeout=900,
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_runs_once_and_makes_tables(tmp_path):
    run = [BENCHMARKS / "run.py", "inpainting", "--dry-run", "--work-dir", tmp_path]
    first = start(*run, "--masks", "center", "strokes")
    assert first.returncode == 0, first.stderr[-3000:]
    said = [line for line in first.stdout.splitlines() if " L1 " in line]
    # Described by an encoder is a collection for the hole in the center alone.
    assert len(said) == 2 * (FIXED + FIXED - 2)
    results = tmp_path / "results"
    store = results_of("inpainting", results)
    telea = store.get(data="voc", masks="center", method="telea")
    assert len(store.records()) == len(said) and store.torn is None

    lines = store.path.read_text().splitlines(keepends=True)
    (torn,) = (x for x in lines if '"telea"' in x and '"voc"' in x and '"center"' in x)
    lines.remove(torn)
    store.path.write_text("".join([*lines, torn[: len(torn) // 2]]))
    assert "was cut off while it was written" in (store.records(), store.torn)[1]
    again = start(*run, "--masks", "center", "strokes")
    assert again.returncode == 0, again.stderr[-3000:]
    assert [line for line in again.stdout.splitlines() if " L1 " in line] == [
        line for line in again.stdout.splitlines() if "voc center telea" in line
    ]
    assert store.path.read_text().startswith("".join(lines))
    assert len(store.records()) == len(said) and store.torn is None

    wrong = start(*run, "--fillers", "telea", "blur")
    assert wrong.returncode == 2 and "error: no filler 'blur'; known" in wrong.stderr

    tables = start(BENCHMARKS / "tables.py", "inpainting", "--results", results)
    assert tables.returncode == 0, tables.stderr
    l1 = f"{telea['total']['hole']['l1']:.2f}"
    assert f"| telea | {l1} |" in tables.stdout
    # Two sets of masks of two sets of pictures.
    assert tables.stdout.count("| 10 | center, less from noise | ") == 4
    assert tables.stdout.count(" less from ") == 4 * 2 * 2 * 2
    assert "| Context Encoder, joint (CVPR version) | 10.33 |" in tables.stdout


def test_says_what_it_needs(tmp_path):
    done = start(BENCHMARKS / "run.py", "inpainting")
    assert done.returncode == 2
    assert done.stderr == "error: inpainting needs --data-root; or try --dry-run\n"
    given = ("--data-root", tmp_path, "--work-dir", tmp_path / "work")
    done = start(BENCHMARKS / "run.py", "inpainting", *given)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: no pictures in {tmp_path}; --data-root is")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_commands_of_the_readme_make_its_picture(tmp_path):
    network = checkpoint(tmp_path, "full", 64)
    figure.run(network, tmp_path / "work")
    sheet = figure.figure(tmp_path / "work")
    with Image.open(figure.PICTURE) as shown:
        assert shown.size == sheet.size
    # Holes are pink, and nowhere else is anything.
    pink = (np.array(sheet) == figure.HOLE).all(axis=2)
    step = figure.SIDE + figure.GAP
    assert pink[:, : figure.SIDE].mean() > 0.05 and not pink[:, step:].any()
    assert (tmp_path / "work" / "gallery.html").stat().st_size > 100_000
