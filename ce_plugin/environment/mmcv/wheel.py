"""The wheel of mmcv that fits this interpreter: kept, checked before it is trusted."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ce_plugin.errors import InputError

from .build import MMCV, build, fetch, keep
from .index import prebuilt


@dataclass(frozen=True)
class Target:
    """The platform that a wheel is built for.

    Attributes:
        torch: Version of torch, with the local part (``2.14.1+cu130``).
        cuda: CUDA's (or ROCm's) version and the GPU's architecture, None for the CPU.
    """

    torch: str
    cuda: str | None

    @property
    def toolkit(self) -> str | None:
        """CUDA's version alone; None for the CPU and for ROCm."""
        version = (self.cuda or "rocm").partition("-")[0]
        return None if version.startswith("rocm") else version

    @property
    def key(self) -> str:
        """The name of the folder that its wheel is kept in."""
        python = f"{sys.implementation.cache_tag}-{sysconfig.get_platform()}"
        return f"{MMCV}-torch{self.torch}-{python}-{self.cuda or 'cpu'}"


def target(cpu: bool = False) -> Target:
    """The platform of this machine.

    Args:
        cpu: For the CPU, whatever else there is.

    Raises:
        InputError: There is no torch.
    """
    try:
        import torch
    except ImportError as error:
        raise InputError(
            f"torch does not import ({error}): {sys.executable} -m pip install torch"
        ) from error
    if cpu or not torch.cuda.is_available():
        return Target(torch.__version__, None)
    architectures = os.environ.get("TORCH_CUDA_ARCH_LIST", "").replace(";", "_")
    if not architectures:
        architectures = "sm" + "".join(map(str, torch.cuda.get_device_capability()))
    version = torch.version.cuda or f"rocm{torch.version.hip}"
    return Target(torch.__version__, f"{version}-{architectures.replace(' ', '_')}")


def default_folder() -> Path:
    """The folder of the wheels and the source archive."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "ce_plugin", "mmcv")


def ready_wheel(
    folder: Path, where: Target, devices: list[str], force: bool = False
) -> Path:
    """A wheel in ``folder`` that has passed the check, built where there is none.

    Args:
        folder: Where wheels are kept, in a folder for each target.
        where: What it is for.
        devices: Devices to check on.
        force: Build even where there is one.

    Raises:
        InputError: It cannot be built, or computes something else than it should.

    A wheel for a GPU is looked for on OpenMMLab's index before one is built.
    """
    place = folder / where.key
    kept = next(iter(sorted(place.glob("*.whl"))), None)
    if kept is not None and not force:
        fault = check(devices, kept)
        if fault is None:
            print(f"found {kept}")
            return kept
        print(f"{kept} does not do ({fault}); it is built anew")
    if where.toolkit and not force:
        wheel = _from_the_index(place, where, devices)
        if wheel is not None:
            return wheel
    if where.cuda:
        need_compiler(where)
    archive = fetch(folder)
    with tempfile.TemporaryDirectory(prefix="ce_plugin-mmcv-") as scratch:
        started = time.monotonic()
        wheel = build(archive, Path(scratch), where.torch, where.cuda is not None)
        print(f"built in {time.monotonic() - started:.0f} s", flush=True)
        fault = check(devices, wheel)
        if fault:
            raise InputError(f"the mmcv that was built is refused: {fault}")
        return keep(wheel, place / wheel.name)


def _from_the_index(place: Path, where: Target, devices: list[str]) -> Path | None:
    with tempfile.TemporaryDirectory(prefix="ce_plugin-mmcv-") as scratch:
        wheel = prebuilt(where.torch, where.toolkit, Path(scratch))
        if wheel is None:
            return None
        fault = check(devices, wheel)
        if fault:
            print(f"{wheel.name} does not do ({fault}); it is built", flush=True)
            return None
        return keep(wheel, place / wheel.name)


def need_compiler(where: Target) -> None:
    """Checks that CUDA's compiler is there.

    Raises:
        InputError: It is not there.
    """
    from torch.utils.cpp_extension import CUDA_HOME, ROCM_HOME

    if CUDA_HOME is None and ROCM_HOME is None:
        raise InputError(
            "there is a GPU but no compiler for it: install the CUDA toolkit "
            f"{where.toolkit} (nvcc) or set CUDA_HOME; or --cpu for operators "
            "that take CPU tensors only"
        )


def check(devices: list[str], wheel: Path | None = None) -> str | None:
    """Runs nms and RoIAlign in a new process.

    What is compared stands in :mod:`ce_plugin.environment.mmcv.check`.

    Args:
        devices: Devices to run them on: ``cpu``, ``cuda``; empty for all that there
            are.
        wheel: The mmcv to check, not installed; None for the installed one.

    Returns:
        None if they compute what they should, else what is wrong, in one line.
    """
    source = Path(__file__).with_name("check.py").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="ce_plugin-check-") as folder:
        environment = dict(os.environ)
        if wheel is not None:
            try:
                zipfile.ZipFile(wheel).extractall(folder)
            except zipfile.BadZipFile as error:
                return f"not a wheel: {error}"
            path = [folder, *environment.get("PYTHONPATH", "").split(os.pathsep)]
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, path))
        # In an empty folder or the wheel's: `-c` puts the current one on the path.
        done = subprocess.run(
            [sys.executable, "-c", source, *devices],
            capture_output=True,
            text=True,
            cwd=folder,
            env=environment,
            check=False,
        )
    if done.returncode == 0:
        return None
    said = done.stdout.strip().splitlines() or done.stderr.strip().splitlines()
    if done.returncode < 0 or not said:
        return f"the check ended with signal or code {done.returncode}"
    return said[-1]
