"""The package as users have it, installed from a wheel; scored pictures."""

import subprocess
import sys

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image
from runs import ROOT, environment
from score_case import NAMES, write

from ce_plugin.tools import score as tool


@pytest.fixture(scope="session")
def installed(tmp_path_factory, worker_id):
    """The package as a wheel puts it into a folder, once for all test processes."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    target = shared / "installed"
    with FileLock(shared / "installed.lock"):
        if not target.exists():
            install(shared / "wheels", target)
    return target


def install(wheels, target):
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", wheels, ROOT]
    subprocess.run(build, check=True)
    (wheel,) = wheels.glob("*.whl")
    part = target.with_name("installed.part")
    subprocess.run([*pip, "install", "--no-deps", "--target", part, wheel], check=True)
    part.rename(target)


@pytest.fixture
def mim(installed):
    """``mim(folder, *args)`` with the package from its wheel; the process that ran."""

    def run(folder, *args):
        env = environment()
        env["PYTHONPATH"] = str(installed)
        command = [sys.executable, "-m", "mim", *map(str, args)]
        return subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True, timeout=280
        )

    return run


@pytest.fixture
def scored(tmp_path, monkeypatch):
    """Three pictures, their masks (10, 26 and 26 %), and what a tool made of them."""
    rng = np.random.default_rng(0)
    for name, side in zip(NAMES, (20, 32, 32)):
        small = rng.integers(40, 200, (5, 5, 3), np.uint8)
        image = Image.fromarray(small).resize((80, 50), Image.Resampling.BICUBIC)
        truth = np.asarray(image)
        hole = np.zeros((50, 80), bool)
        hole[5 : 5 + side, 30 : 30 + side] = True
        filled = truth.copy()
        filled[hole] += 10
        write(tmp_path / "truth" / f"{name}.png", truth)
        write(tmp_path / "masks" / f"{name}.png", hole)
        write(tmp_path / "filled" / f"{name}.png", filled)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def score(scored, monkeypatch, capsys):
    """``score(*args)`` of the score command there: exit code, output and errors."""

    def call(*args, masks="masks", results="filled"):
        folders = [results, "truth"] if results else ["truth"]
        argv = ["score", *folders, "--masks", masks, *map(str, args)]
        monkeypatch.setattr("sys.argv", argv)
        code = tool.main()
        told = capsys.readouterr()
        return code, told.out, told.err

    return call
