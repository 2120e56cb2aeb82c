"""The package as users have it: built into a wheel and installed into a folder."""

import subprocess
import sys

import pytest
from runs import ROOT, environment


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """The package as a wheel puts it into a folder."""
    wheels, target = (tmp_path_factory.mktemp(n) for n in ("wheels", "installed"))
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", wheels, ROOT]
    subprocess.run(build, check=True)
    (wheel,) = wheels.glob("*.whl")
    subprocess.run(
        [*pip, "install", "--no-deps", "--target", target, wheel], check=True
    )
    return target


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
