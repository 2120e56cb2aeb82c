"""The wheels that a bare machine lacks: fetched, and their needs resolved."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterable, Mapping
from configparser import ConfigParser
from email import message_from_string
from importlib.metadata import PackageMetadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ce_plugin.errors import InputError

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PYTHON = "3.12"
PLATFORMS = tuple(
    f"{name}_x86_64"
    for name in (
        "manylinux_2_28",
        "manylinux_2_27",
        "manylinux_2_17",
        "manylinux2014",
        "manylinux1",
    )
)
# What a need is left out for. Nothing that runs there imports these; a test imports all
# that does, without them.
NOT_NEEDED = {
    "hydra-core": "lightly's command line",
    "openmim": "tools are started by `python -m`",
    "pytorch-lightning": "lightly's command line",
}
_ENVIRONMENT = dict(
    python_version=PYTHON,
    python_full_version=f"{PYTHON}.0",
    implementation_name="cpython",
    platform_python_implementation="CPython",
    sys_platform="linux",
    platform_system="Linux",
    platform_machine="x86_64",
    os_name="posix",
    extra="",
)


def wanted() -> list[str]:
    """``name==version`` of every wheel of wheels.txt.

    Raises:
        InputError: One has no version, neither there nor among the constraints.
    """
    pins = {}
    for line in _lines(ROOT / "requirements" / "constraints.txt"):
        name, _, version = line.partition("==")
        pins[canonicalize_name(name)] = version
    found = []
    for line in _lines(HERE / "wheels.txt"):
        name, _, version = line.partition("==")
        version = version or pins.get(canonicalize_name(name))
        if not version:
            raise InputError(f"{name} of wheels.txt has no version in constraints.txt")
        found.append(f"{name}=={version}")
    return found


def fetch(folder: Path) -> list[Path]:
    """Downloads the wheels into ``folder``. The project itself runs from its checkout.

    Raises:
        InputError: pip finds one of them not.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    command = [*pip, "download", "--no-deps", "--only-binary=:all:", "--dest", folder]
    command += ["--python-version", PYTHON, "--implementation", "cp"]
    for platform in PLATFORMS:
        command += ["--platform", platform]
    _run([*command, *wanted()])
    return sorted(folder.glob("*.whl"))


def machine() -> dict[str, str | None]:
    """Version, or None, by name of all that the bare machine has."""
    found: dict[str, str | None] = {}
    for line in _lines(HERE / "machine.txt"):
        package, _, other = line.partition(" = ")
        name, _, version = package.partition("==")
        for known in filter(None, (name, other)):
            found[canonicalize_name(known)] = version.strip() or None
    return found


def project_needs() -> list[str]:
    """What the project asks for, with the optional heads that are used there."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = config["options"]["install_requires"].splitlines()
    listed += config["options.extras_require"]["lightly"].splitlines()
    return [line for line in listed if line and not line.startswith("#")]


def missing(
    described: Iterable[PackageMetadata], there: Mapping[str, str | None]
) -> list[str]:
    """What neither the wheels nor the machine can give, each with who needs it.

    Args:
        described: Metadata of the wheels; see :func:`described`.
        there: See :func:`machine`. A version that is not known is taken to fit.

    Returns:
        Lines; none where every need of the wheels and of the project is met.
    """
    carried = list(described)
    have = dict(there)
    have |= {canonicalize_name(m["Name"]): m["Version"] for m in carried}
    needs = [("ce_plugin", need) for need in project_needs()]
    for meta in carried:
        needs += [(meta["Name"], need) for need in meta.get_all("Requires-Dist") or []]
    lines = []
    for who, text in needs:
        need = Requirement(text)
        name = canonicalize_name(need.name)
        if need.marker is not None and not need.marker.evaluate(_ENVIRONMENT):
            continue
        if name in NOT_NEEDED:
            continue
        if name not in have:
            lines.append(f"{who} needs {text}, which is nowhere")
        elif have[name] and not need.specifier.contains(have[name], prereleases=True):
            lines.append(f"{who} needs {text}, there is {have[name]}")
    return lines


def described(wheel: Path) -> PackageMetadata:
    """What a wheel says of itself."""
    with zipfile.ZipFile(wheel) as archive:
        # At the top: setuptools carries other packages inside.
        (name,) = (
            name
            for name in archive.namelist()
            if name.endswith(".dist-info/METADATA") and name.count("/") == 1
        )
        return message_from_string(archive.read(name).decode())


def _lines(path: Path) -> list[str]:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _run(command: list) -> None:
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise InputError(f"pip: {said[-1] if said else done.returncode}")
