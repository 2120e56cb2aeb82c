"""mmcv with operators, built from its source archive in a minute instead of thirty.

Nearly all of the plain build goes into reading torch's headers once for each of 77 C++
files. Here the same sources are read in :data:`UNITS` pieces: most files are included
from one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ce_plugin.environment.pip import pip
from ce_plugin.errors import InputError

MMCV = "2.1.0"
ARCHIVE = f"mmcv-{MMCV}.tar.gz"
SHA256 = "d387bcab66b467479b6660310e23746cfc79c6e57acf04094680adb499a5cd3f"
UNITS = 7
# These do not share a piece: they define the macros min and max, or helpers under the
# names of another file's.
APART = {
    "psamask.cpp",
    "roi_align.cpp",
    "roi_align_rotated.cpp",
    "rotated_feature_align.cpp",
}
SECONDS_PER_FILE = 45  # one core, measured on the plain build
# setup.py reads its version through a function's locals, which exec no longer writes to
# since Python 3.13 (PEP 667).
READS_VERSION = """exec(compile(f.read(), version_file, 'exec'))
    return locals()['__version__']"""
READS_IT_EVERYWHERE = """found = {}
        exec(compile(f.read(), version_file, 'exec'), found)
    return found['__version__']"""
# pip runs setup.py of the archive that it downloads, before it can be patched.
OLD_EXEC = """
import builtins, sys
plain = builtins.exec
def execute(source, globals=None, locals=None, /, **options):
    if globals is None:
        frame = sys._getframe(1)
        globals, locals = frame.f_globals, frame.f_locals
    return plain(source, globals, locals, **options)
builtins.exec = execute
"""


def fetch(folder: Path) -> Path:
    """The source archive in ``folder``, downloaded by pip where it is not there yet.

    Raises:
        InputError: It cannot be had, or is not the archive that this module knows.
    """
    archive = folder / ARCHIVE
    if not archive.exists():
        print(f"downloading {ARCHIVE}", flush=True)
        with tempfile.TemporaryDirectory() as scratch:
            # pip asks setup.py for the metadata, and setup.py wants torch and
            # pkg_resources: in a build environment of its own that fails.
            options = ["--no-deps", "--no-build-isolation", "--no-binary", "mmcv"]
            options += ["--dest", scratch, f"mmcv=={MMCV}"]
            try:
                pip("download", *options, env=_with_old_exec(Path(scratch, "python")))
            except InputError as error:
                raise InputError(
                    f"{ARCHIVE} cannot be had ({error}); without a network, put it "
                    f"into {folder}"
                ) from error
            keep(Path(scratch, ARCHIVE), archive)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    if digest != SHA256:
        raise InputError(
            f"{archive} is not mmcv's archive (SHA-256 {digest[:12]}..., not "
            f"{SHA256[:12]}...); delete it and start again"
        )
    return archive


def _with_old_exec(folder: Path) -> dict[str, str]:
    """This environment, for interpreters whose exec is as it was before 3.13."""
    environment = dict(os.environ)
    if sys.version_info >= (3, 13):
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(OLD_EXEC, encoding="utf-8")
        path = [str(folder), *environment.get("PYTHONPATH", "").split(os.pathsep)]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, path))
    return environment


def keep(source: Path, target: Path) -> Path:
    """Copies a file to where it is kept: whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        shutil.copyfile(source, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def patch(tree: Path, torch_version: str, unite: bool = True) -> int:
    """Patches mmcv's sources so that they build, and fast.

    Args:
        tree: The unpacked archive.
        torch_version: What it is built against; its headers want C++20 from 2.14 on.
        unite: Join the C++ files into :data:`UNITS` pieces. Only the CPU's sources are
            known to be joinable.

    Returns:
        The number of files that are compiled: C++, and CUDA where ``unite`` is off.
    """
    from packaging.version import Version

    setup = tree / "setup.py"
    text = setup.read_text(encoding="utf-8")
    if READS_VERSION not in text or "c++17" not in text:
        raise InputError(f"{setup} is not mmcv {MMCV}'s")
    text = text.replace(READS_VERSION, READS_IT_EVERYWHERE)
    if Version(torch_version).release >= (2, 14):
        text = text.replace("c++17", "c++20")
    setup.write_text(text, encoding="utf-8")
    sources = tree / "mmcv" / "ops" / "csrc" / "pytorch"
    if unite:
        _unite(sources, {"pybind.cpp"}, "all_ops.cpp")
        _unite(sources / "cpu", APART, "all_cpu.cpp")
    patterns = ["*.cpp", "cpu/*.cpp"] + ([] if unite else ["cuda/*.cu", "cuda/*.cpp"])
    count = sum(len(list(sources.glob(pattern))) for pattern in patterns)
    if unite and count != UNITS:
        raise InputError(f"{sources} has other files than mmcv {MMCV}")
    return count


def _unite(folder: Path, apart: set[str], name: str) -> None:
    lines = ["// The files below in one piece: torch's headers are read once.\n"]
    for path in sorted(folder.glob("*.cpp")):
        if path.name not in apart:
            # Under another ending, setup.py does not find them on their own.
            path.rename(path.with_suffix(".inc"))
            lines.append(f'#include "{path.stem}.inc"\n')
    (folder / name).write_text("".join(lines))


def check_tools(environment: Mapping[str, str] = os.environ) -> None:
    """Checks that the compiler, its headers and ninja are there.

    Raises:
        InputError: One is missing; the message says how to install it.
    """
    path = search_path(environment)
    # setuptools takes the compiler that Python was built with, unless told otherwise.
    compiler = environment.get("CXX") or sysconfig.get_config_var("CXX") or "c++"
    compiler = compiler.split()[0]
    if shutil.which(compiler, path=path) is None:
        raise InputError(
            f"no C++ compiler ({compiler}) to build mmcv: apt install g++ (or your "
            "system's like), or name yours in CXX"
        )
    if not Path(sysconfig.get_paths()["include"], "Python.h").exists():
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise InputError(
            f"no Python.h to build mmcv: apt install python{version}-dev (or your "
            "system's like)"
        )
    if shutil.which("ninja", path=path) is None:
        raise InputError(
            f"no ninja to build mmcv: {sys.executable} -m pip install ninja"
        )


def search_path(environment: Mapping[str, str] = os.environ) -> str:
    """``PATH``, the interpreter's own folder first: an environment need not be on."""
    own = os.path.dirname(sys.executable)
    return os.pathsep.join([own, environment.get("PATH", os.defpath)])


def jobs(environment: Mapping[str, str] = os.environ) -> int:
    """Compilers at a time: ``MAX_JOBS``, else one for each core and 2 GB of memory."""
    if environment.get("MAX_JOBS", "").isdigit():
        return max(int(environment["MAX_JOBS"]), 1)
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return cores
    return max(min(cores, memory // (2 << 30)), 1)


def build(archive: Path, scratch: Path, torch_version: str, cuda: bool) -> Path:
    """Builds the wheel of ``archive`` in ``scratch`` and returns its path.

    Raises:
        InputError: A tool is missing, or the compiler refuses.
    """
    check_tools()
    shutil.unpack_archive(archive, scratch)
    tree = scratch / ARCHIVE.removesuffix(".tar.gz")
    files = patch(tree, torch_version, unite=not cuda)
    count = jobs()
    if cuda:
        minutes = files * SECONDS_PER_FILE / count / 60
        print(
            f"building mmcv {MMCV} for CUDA, the plain way: {files} files, {count} at "
            f"a time, about {SECONDS_PER_FILE} s for a C++ file and more for a CUDA "
            f"file; reckon with {minutes:.0f} minutes or more",
            flush=True,
        )
    else:
        print(
            f"building mmcv {MMCV} for the CPU: {files} files instead of 77, {count} "
            "at a time; about a minute on 2 cores",
            flush=True,
        )
    environment = dict(os.environ, PATH=search_path(), MAX_JOBS=str(count))
    environment["MMCV_WITH_OPS"] = "1"
    flags = [os.environ.get("CFLAGS", ""), "-g0", "-w"]
    environment["CFLAGS"] = " ".join(flags).strip()
    if not cuda:
        # setup.py takes its CUDA sources as soon as torch sees a GPU.
        environment.update(CUDA_VISIBLE_DEVICES="", HIP_VISIBLE_DEVICES="")
        environment["FORCE_CUDA"] = "0"
    # pip would keep one more copy, under the name of the scratch folder.
    options = ["--use-pep517", "--no-deps", "--no-build-isolation", "--no-cache-dir"]
    pip("wheel", *options, "--wheel-dir", str(scratch), str(tree), env=environment)
    (wheel,) = scratch.glob("*.whl")
    return wheel
