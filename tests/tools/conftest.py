"""The package as users have it: built into a wheel and installed into a folder."""

import subprocess
import sys

import pytest
from filelock import FileLock
from runs import ROOT, environment


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
