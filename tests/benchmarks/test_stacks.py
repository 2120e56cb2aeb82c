"""What the setup promises is what has been tried, and the table says no more."""

import configparser
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from runs import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
import stacks


def row(python="3.13.0", torch="newest", stack="openmmlab", **outcome):
    return dict(
        python=python,
        torch=torch,
        stack=stack,
        outcome=dict.fromkeys(stacks.STEPS, "ok") | outcome,
        versions={"torch": "2.14.1+cu130"},
    )


def test_the_page_has_the_table_of_the_results():
    page = stacks.PAGE.read_text()
    made = stacks.table(json.loads(stacks.RESULT.read_text()))
    assert f"{stacks.BEGIN}{made}{stacks.END}" in page
    assert stacks.ONEDL.startswith("onedl-mmengine==")


def test_the_setup_promises_the_pythons_of_the_table():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    assert setup["options"]["python_requires"] == f">={stacks.PYTHONS[0]}"
    named = setup["metadata"]["classifiers"].split("\n")
    prefix = "Programming Language :: Python :: 3."
    assert [f"3.{x.removeprefix(prefix)}" for x in named if x.startswith(prefix)] == [
        *stacks.PYTHONS
    ]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    oldest = stacks.PYTHONS[0].replace(".", "")
    assert project["tool"]["ruff"]["target-version"] == f"py{oldest}"
    assert f"Python {stacks.PYTHONS[0]} or newer" in stacks.PAGE.read_text()
    wanted = setup["options"]["install_requires"].split("\n")
    for name, version in stacks.OLDEST.items():
        assert f"{name}>={version.rpartition('.')[0]}" in wanted


def test_what_has_not_been_tried_is_said():
    lines = stacks.table([row(tests="12 passed")]).splitlines()
    assert len(lines) == 2 + 2 * len(stacks.PYTHONS)
    tried = "| 3.13.0 | 2.14.1 | OpenMMLab | ok | ok | ok | ok | 12 passed |"
    assert tried in lines
    assert sum("untried | untried" in line for line in lines) == len(lines) - 3
    mixed = stacks.table([row("3.11.7", stack="onedl")]).splitlines()
    assert mixed[-1].startswith("| 3.11.7 | 2.14.1 | onedl-mmengine==")


def test_the_oldest_torch_brings_its_own():
    pins = (
        "numpy==2.4\nnvidia-nccl-cu13==2\nsympy==1.14\ntorch==2.14\ntorchmetrics==1\n"
    )
    assert stacks.constraints(pins, "newest") == pins
    assert stacks.constraints(pins, "oldest").split() == [
        "numpy==2.4",
        "torchmetrics==1",
        "torch==2.6.0",
        "torchvision==0.21.0",
    ]


@pytest.mark.parametrize(
    "step, text, code, said",
    [
        ("install", "", 0, "ok"),
        ("tests", "..\n3 passed, 1 skipped in 4.2s\n", 0, "3 passed"),
        ("tests", "F\n1 failed, 3 passed in 4.2s\n", 1, "1 failed, 3 passed"),
        ("doctor", "torch 2\nproblem: no mmcv\n  mend: x\n", 1, "problem: no mmcv"),
        ("install", "ERROR: no match\nmore\n", 1, "ERROR: no match"),
        ("install", "", 1, "it said nothing"),
    ],
)
def test_the_outcome_of_a_step(step, text, code, said):
    found = stacks.summary(step, text, code)
    assert found == (f"fails: {said}" if code and step != "tests" else said)


def test_a_row_takes_the_place_of_an_earlier_one(tmp_path, monkeypatch):
    monkeypatch.setattr(stacks, "RESULT", tmp_path / "stacks.json")
    stacks.keep(row("3.13.0", doctor="fails: x"))
    stacks.keep(row("3.12.1"))
    stacks.keep(row("3.13.1"))
    kept = json.loads((tmp_path / "stacks.json").read_text())
    assert [r["python"] for r in kept] == ["3.12.1", "3.13.1"]


@pytest.mark.skipif(not shutil.which("make"), reason="no make")
def test_the_second_row_has_an_environment_of_its_own():
    # Inside `make test` it would also say which folder it enters and leaves.
    quiet = "--no-print-directory"
    make = ["make", quiet, "--dry-run", "test-onedl", "VENV=elsewhere"]
    done = subprocess.run(make, cwd=ROOT, capture_output=True, text=True)
    said = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    own = ".venv-onedl/bin/"
    install = f"{own}pip install --quiet --no-deps --requirement requirements/onedl.txt"
    swap = [
        f"{own}python -m ce_plugin.tools.install_mmcv",
        f"{own}pip uninstall --quiet --yes mmengine onedl-mmengine",
        install,
    ]
    assert [line for line in said if line in swap] == swap, said
    assert f"{own}python -m pytest " in said[-1]
    assert said[-1].endswith(' -m "not slow"')
    assert not any("elsewhere" in line for line in said)


@pytest.mark.slow
def test_a_small_environment(tmp_path, monkeypatch):
    """All but the packages themselves: a real environment, of the committed sources."""
    git = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    if subprocess.run(git, capture_output=True).returncode:
        pytest.skip("no git checkout")

    def commands(python, source, folder, stack):
        assert Path(source, "setup.cfg").is_file() and stack == "onedl"
        bad = [python, "-c", "raise SystemExit('problem: as asked')"]
        good = [python, "-c", "print('3 passed in 1 s')"]
        return {
            "install": [good],
            "doctor": [bad],
            "tests": [good],
            "default job": [bad],
            "install_mmcv": [good],
        }

    monkeypatch.setattr(stacks, "commands", commands)
    args = ["try", "--stack", "onedl", "--folder", str(tmp_path), "--torch", "oldest"]
    found = stacks.try_one(stacks.parse_args(args))
    assert found["outcome"] == {
        "install": "ok",
        "doctor": "fails: problem: as asked",
        "tests": "3 passed",
        "default job": "fails: problem: as asked",
        "install_mmcv": "not reached",
    }
    assert not (tmp_path / "venv").exists()
    assert "torch==2.6.0" in (tmp_path / "constraints.txt").read_text()
