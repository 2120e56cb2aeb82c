"""mmcv's build: the sources in seven pieces, and nothing wrong or half kept.

Where a wheel is built for real, it is of a made-up mmcv of the same layout with nothing
to compile, so that no network and no minute is needed.
"""

import configparser
import hashlib
import os
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
import torch
from mmcv.ops import RoIAlign, nms
from runs import ROOT, environment

from ce_plugin.environment.mmcv import build as mmcv_build
from ce_plugin.environment.mmcv import check as mmcv_check
from ce_plugin.environment.mmcv import index as mmcv_index
from ce_plugin.environment.mmcv import install as mmcv_install
from ce_plugin.environment.mmcv import wheel as mmcv_wheel
from ce_plugin.errors import InputError
from ce_plugin.tools import install_mmcv

SETUP = """
import os
from setuptools import find_packages, setup
flags = ["-std=c++14", "-std=c++17"]
def get_version():
    version_file = "mmcv/version.py"
    with open(version_file, encoding='utf-8') as f:
        exec(compile(f.read(), version_file, 'exec'))
    return locals()['__version__']
assert os.environ["MMCV_WITH_OPS"] == "1" and "-g0" in os.environ["CFLAGS"]
{more}
setup(name="mmcv", version=get_version(), packages=find_packages())
"""
WRONG = """
def nms(boxes, scores, iou_threshold):
    return boxes, scores.argsort(descending=True)
RoIAlign = None
"""


def make_tree(folder, operators=WRONG, more=""):
    """A made-up mmcv with the layout of the archive."""
    tree = folder / "mmcv-2.1.0"
    sources = tree / "mmcv" / "ops" / "csrc" / "pytorch"
    names = ["pybind", "nms", "roi_align", "psamask", "carafe"]
    files = [f"{x}.cpp" for x in names] + ["spconv_utils.h"]
    files += [f"cpu/{x}" for x in mmcv_build.APART] + ["cpu/nms.cpp", "cpu/knn.cpp"]
    files += ["cuda/nms_cuda.cu", "cuda/cudabind.cpp"]
    for name in files:
        (sources / name).parent.mkdir(parents=True, exist_ok=True)
        (sources / name).write_text(f"// {name}\n")
    (tree / "mmcv" / "__init__.py").write_text("")
    (tree / "mmcv" / "version.py").write_text("__version__ = '2.1.0'\n")
    (tree / "mmcv" / "ops" / "__init__.py").write_text(operators)
    (tree / "setup.py").write_text(SETUP.format(more=more))
    return tree


def make_archive(folder, scratch, **kwargs):
    """The archive of such an mmcv in ``folder``, and its digest."""
    tree = make_tree(scratch, **kwargs)
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / mmcv_build.ARCHIVE, "w:gz") as archive:
        archive.add(tree, tree.name)
    return hashlib.sha256((folder / mmcv_build.ARCHIVE).read_bytes()).hexdigest()


def listing(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_the_sources_in_seven_pieces(tmp_path):
    tree = make_tree(tmp_path)
    assert mmcv_build.patch(tree, "2.14.1+cpu") == 7
    sources = tree / "mmcv" / "ops" / "csrc" / "pytorch"
    assert listing(sources) == [
        "all_ops.cpp",
        "carafe.inc",
        "cpu/all_cpu.cpp",
        "cpu/knn.inc",
        "cpu/nms.inc",
        "cpu/psamask.cpp",
        "cpu/roi_align.cpp",
        "cpu/roi_align_rotated.cpp",
        "cpu/rotated_feature_align.cpp",
        "cuda/cudabind.cpp",
        "cuda/nms_cuda.cu",
        "nms.inc",
        "psamask.inc",
        "pybind.cpp",
        "roi_align.inc",
        "spconv_utils.h",
    ]
    included = (sources / "all_ops.cpp").read_text().splitlines()[1:]
    assert included == [
        f'#include "{name}.inc"' for name in ("carafe", "nms", "psamask", "roi_align")
    ]
    included = (sources / "cpu" / "all_cpu.cpp").read_text().splitlines()[1:]
    assert included == ['#include "knn.inc"', '#include "nms.inc"']
    assert (sources / "nms.inc").read_text() == "// nms.cpp\n"
    flags = '["-std=c++14", "-std=c++20"]'
    assert flags in (tree / "setup.py").read_text()


@pytest.mark.parametrize("version", ["2.9.0", "2.13.1+cu130"])
def test_older_torch_takes_the_flags_as_they_come(version, tmp_path):
    tree = make_tree(tmp_path)
    mmcv_build.patch(tree, version)
    assert '["-std=c++14", "-std=c++17"]' in (tree / "setup.py").read_text()


def test_the_version_is_read_on_every_python(tmp_path, monkeypatch):
    """Since 3.13 exec writes into the locals of no function (PEP 667)."""
    tree = make_tree(tmp_path)
    mmcv_build.patch(tree, "2.14.1")
    source = (tree / "setup.py").read_text()
    assert "locals()" not in source
    start, end = source.index("def get_version"), source.index("assert os")
    scope = {}
    exec(source[start:end], scope)
    monkeypatch.chdir(tree)
    assert scope["get_version"]() == "2.1.0"


@pytest.mark.parametrize("old", [True, False])
def test_the_exec_of_old(old, tmp_path):
    """What pip's own run of the archive's setup.py needs on 3.13."""
    code = "def f():\n    exec('x = 1')\n    return locals()['x']\nprint(f())"
    if old:
        (tmp_path / "sitecustomize.py").write_text(mmcv_build.OLD_EXEC)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=dict(os.environ, PYTHONPATH=str(tmp_path)),
        capture_output=True,
        text=True,
    )
    works = old or sys.version_info < (3, 13)
    assert done.stdout == ("1\n" if works else ""), done.stderr


def test_cuda_sources_are_not_joined(tmp_path):
    tree = make_tree(tmp_path)
    before = listing(tree)
    assert mmcv_build.patch(tree, "2.14.1", unite=False) == 5 + 6 + 2
    assert listing(tree) == before


def test_other_sources_are_refused(tmp_path):
    tree = make_tree(tmp_path)
    (tree / "mmcv/ops/csrc/pytorch/cpu/psamask.cpp").unlink()
    with pytest.raises(InputError, match="other files than mmcv"):
        mmcv_build.patch(tree, "2.14.1")
    with pytest.raises(InputError, match=r"setup\.py is not mmcv 2\.1\.0's"):
        mmcv_build.patch(tree, "2.14.1")


@pytest.mark.slow
def test_the_real_archive(tmp_path):
    archive = mmcv_wheel.default_folder() / mmcv_build.ARCHIVE
    if not archive.exists():
        pytest.skip(f"{archive} is not there: mmcv was not built on this machine")
    mmcv_build.fetch(archive.parent)
    with tarfile.open(archive) as file:
        file.extractall(tmp_path)
    tree = tmp_path / "mmcv-2.1.0"
    assert mmcv_build.patch(tree, "2.14.1") == mmcv_build.UNITS
    assert "c++17" not in (tree / "setup.py").read_text()


@pytest.mark.parametrize("cuda", [False, True])
def test_how_pip_is_asked(cuda, tmp_path, monkeypatch, capsys):
    make_archive(tmp_path / "cache", tmp_path)
    asked = {}

    def pip(*args, env=None):
        asked.update(args=args, env=env)
        (tmp_path / "scratch" / "mmcv-2.1.0-x.whl").touch()

    monkeypatch.setattr(mmcv_build, "pip", pip)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    monkeypatch.setenv("MAX_JOBS", "4")
    monkeypatch.setenv("CFLAGS", "-O1")
    archive = tmp_path / "cache" / mmcv_build.ARCHIVE
    mmcv_build.build(archive, tmp_path / "scratch", "2.14.1", cuda)
    said, env = capsys.readouterr().out, asked["env"]
    assert asked["args"][0] == "wheel" and "--no-build-isolation" in asked["args"]
    assert env["MMCV_WITH_OPS"] == "1" and env["CFLAGS"] == "-O1 -g0 -w"
    assert env["MAX_JOBS"] == "4"
    assert env["PATH"].split(os.pathsep)[0] == os.path.dirname(sys.executable)
    # setup.py looks for a GPU by itself.
    assert env["CUDA_VISIBLE_DEVICES"] == ("3" if cuda else "")
    if cuda:
        # 13 files of 45 s on 4 cores are 2.4 minutes; the archive has 136.
        assert "the plain way: 13 files" in said and "2 minutes or more" in said
    else:
        assert "7 files instead of 77" in said and "about a minute" in said


def test_what_is_missing_to_build(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"no C\+\+ compiler \(no-such\).*apt install"):
        mmcv_build.check_tools({"PATH": os.defpath, "CXX": "no-such -m64"})
    (tmp_path / "c++").write_text("#!/bin/sh\n")
    (tmp_path / "c++").chmod(0o755)
    found = {"PATH": str(tmp_path), "CXX": "c++"}
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(InputError, match=r"no ninja.*-m pip install ninja"):
        mmcv_build.check_tools(found)
    (tmp_path / "ninja").write_text("#!/bin/sh\n")
    (tmp_path / "ninja").chmod(0o755)
    mmcv_build.check_tools(found)
    monkeypatch.setattr("sysconfig.get_paths", lambda: {"include": str(tmp_path)})
    with pytest.raises(InputError, match=r"no Python.h.*apt install python3\.\d+-dev"):
        mmcv_build.check_tools(found)


def test_an_archive_that_cannot_be_had_or_is_another(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    (tmp_path / "logs").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "logs"))
    with pytest.raises(InputError, match=r"cannot be had.*No matching distribution"):
        mmcv_build.fetch(tmp_path / "cache")
    assert not (tmp_path / "cache").exists()
    make_archive(tmp_path / "cache", tmp_path / "scratch")
    with pytest.raises(InputError, match=r"is not mmcv's archive.*delete it"):
        mmcv_build.fetch(tmp_path / "cache")


def test_a_copy_that_breaks_off_leaves_nothing(tmp_path, monkeypatch):
    def half(source, target):
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr("shutil.copyfile", half)
    with pytest.raises(OSError, match="No space"):
        mmcv_build.keep(tmp_path / "a.whl", tmp_path / "kept" / "a.whl")
    assert listing(tmp_path) == []


def test_what_a_wheel_is_for(monkeypatch):
    from torch.utils import cpp_extension

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    key = mmcv_wheel.target().key
    assert key.startswith(f"2.1.0-torch{torch.__version__}-{sys.implementation.name}")
    assert key.endswith("-cpu")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (9, 0))
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(cpp_extension, "CUDA_HOME", None)
    monkeypatch.setattr(cpp_extension, "ROCM_HOME", None)
    where = mmcv_wheel.Target("2.14.1", "13.0-sm90")
    with pytest.raises(InputError, match=r"CUDA toolkit 13\.0.*--cpu"):
        mmcv_wheel.need_compiler(where)
    assert mmcv_wheel.target(cpu=True).cuda is None
    monkeypatch.setattr(cpp_extension, "CUDA_HOME", "/usr/local/cuda")
    mmcv_wheel.need_compiler(where)
    assert where.toolkit == "13.0" and mmcv_wheel.Target("2.14", None).toolkit is None
    assert mmcv_wheel.Target("2.14", "rocm6.4-gfx90a").toolkit is None
    assert mmcv_wheel.target().cuda == "13.0-sm90"
    monkeypatch.setenv("TORCH_CUDA_ARCH_LIST", "8.0;9.0")
    assert mmcv_wheel.target().cuda == "13.0-8.0_9.0"


INDEXED = "mmcv-2.1.0-py3-none-any.whl"


@pytest.mark.parametrize("there", [True, False])
def test_a_wheel_of_the_index(there, tmp_path, monkeypatch, capsys):
    """Asked of a folder in the index's place, by pip itself."""
    index, got = tmp_path / "cu121" / "torch2.1.0", tmp_path / "got"
    index.mkdir(parents=True)
    got.mkdir()
    if there:
        with zipfile.ZipFile(index / INDEXED, "w") as wheel:
            info = "mmcv-2.1.0.dist-info"
            wheel.writestr(f"{info}/METADATA", "Name: mmcv\nVersion: 2.1.0\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")
    place = str(tmp_path / "cu{cuda}" / "torch{torch}.0")
    monkeypatch.setattr(mmcv_index, "INDEX", place)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    found = mmcv_index.prebuilt("2.1.2+cu121", "12.1", got)
    assert found == (got / INDEXED if there else None)
    said = capsys.readouterr().out
    assert "mmcv 2.1.0 for torch 2.1.2+cu121 and CUDA 12.1" in said
    assert ("it has to be built" in said) == (not there)


@pytest.mark.parametrize("fault", [None, "nms is wrong on cuda"])
def test_a_wheel_of_the_index_is_checked_before_it_is_kept(
    fault, tmp_path, monkeypatch, capsys
):
    def prebuilt(torch, cuda, folder):
        (folder / INDEXED).write_text("wheel")
        return folder / INDEXED

    where = mmcv_wheel.Target("2.1.2+cu121", "12.1-sm90")
    monkeypatch.setattr(mmcv_wheel, "prebuilt", prebuilt)
    monkeypatch.setattr(mmcv_wheel, "check", lambda devices, wheel: fault)
    monkeypatch.setattr("torch.utils.cpp_extension.CUDA_HOME", None)
    monkeypatch.setattr("torch.utils.cpp_extension.ROCM_HOME", None)
    if fault:
        # It would be built, which takes a compiler.
        with pytest.raises(InputError, match="no compiler"):
            mmcv_wheel.ready_wheel(tmp_path, where, ["cuda"])
        assert "does not do (nms is wrong on cuda)" in capsys.readouterr().out
        assert listing(tmp_path) == []
    else:
        wheel = mmcv_wheel.ready_wheel(tmp_path, where, ["cuda"])
        assert wheel == tmp_path / where.key / INDEXED and wheel.is_file()


def test_the_extra_and_the_pins_are_the_installers():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    extra = setup["options.extras_require"]["downstream"].split("\n")
    extra = {x for x in extra if x and not x.startswith("#")}
    assert extra == {*mmcv_install.REQUIREMENTS, "ninja"}
    pins = (ROOT / "requirements" / "constraints.txt").read_text().split()
    assert f"mmcv=={mmcv_build.MMCV}" in pins
    assert set(mmcv_install.REQUIREMENTS[:2]) <= set(pins)


def test_constraints(tmp_path):
    own = str(ROOT / "requirements" / "constraints.txt")
    assert mmcv_install.constraints() == ["--constraint", own]
    file = tmp_path / "mine.txt"
    file.touch()
    assert mmcv_install.constraints(str(file)) == ["--constraint", str(file)]
    with pytest.raises(InputError, match="no constraints file"):
        mmcv_install.constraints(str(tmp_path / "none.txt"))


@pytest.mark.slow
def test_the_mmcv_that_is_installed_computes_what_it_should():
    assert mmcv_wheel.check(["cpu"]) is None


def wrong_nms(boxes, scores, iou_threshold):
    order = scores.argsort(descending=True)
    return torch.cat([boxes, scores[:, None]], 1)[order], order


class Shifted(RoIAlign):
    """The half pixel of `aligned` left out."""

    def __init__(self, **args):
        super().__init__(**dict(args, aligned=False))


class WrongGradient(RoIAlign):
    """Right values, and the gradient of a mean."""

    def forward(self, x, rois):
        return super().forward(x, rois).detach() + x.mean() - x.mean().detach()


def test_wrong_operators_are_found():
    assert mmcv_check.check_nms(torch, nms, "cpu") is None
    said = mmcv_check.check_nms(torch, wrong_nms, "cpu")
    assert said == "kept boxes [2, 1, 0, 3] instead of [2, 0, 3]"
    assert mmcv_check.check_roi_align(torch, RoIAlign, "cpu") is None
    assert "forward gives" in mmcv_check.check_roi_align(torch, Shifted, "cpu")
    assert "backward gives" in mmcv_check.check_roi_align(torch, WrongGradient, "cpu")


def test_a_check_that_crashes_or_says_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "torch.py").write_text("import os; os.abort()")
    assert mmcv_wheel.check(["cpu"]) == "the check ended with signal or code -6"
    (tmp_path / "torch.py").write_text("raise ImportError('undefined symbol: _ZN3c10')")
    said = "mmcv.ops does not import: ImportError: undefined symbol: _ZN3c10"
    assert mmcv_wheel.check(["cpu"]) == said


@pytest.mark.slow
def test_a_wheel_is_kept_used_again_and_not_trusted(tmp_path, monkeypatch, capsys):
    cache, where = tmp_path / "cache", mmcv_wheel.Target("2.14.1", None)
    digest = make_archive(cache, tmp_path / "scratch")
    monkeypatch.setattr(mmcv_build, "SHA256", digest)
    faults = {}
    monkeypatch.setattr(
        mmcv_wheel, "check", lambda devices, wheel: faults.get(wheel.parent)
    )
    wheel = mmcv_wheel.ready_wheel(cache, where, ["cpu"])
    name = f"{where.key}/mmcv-2.1.0-py3-none-any.whl"
    assert listing(cache) == [name, mmcv_build.ARCHIVE] and wheel == cache / name
    assert "built in" in capsys.readouterr().out

    assert mmcv_wheel.ready_wheel(cache, where, ["cpu"]) == wheel
    said = capsys.readouterr().out
    assert f"found {wheel}" in said and "built" not in said

    built = wheel.stat().st_ino
    faults[wheel.parent] = "undefined symbol"
    assert mmcv_wheel.ready_wheel(cache, where, ["cpu"]) == wheel
    assert "does not do (undefined symbol); it is built" in capsys.readouterr().out
    assert wheel.stat().st_ino != built and len(listing(cache)) == 2


def test_half_a_wheel(tmp_path):
    (tmp_path / "mmcv.whl").write_bytes(b"PK half")
    assert "not a wheel" in mmcv_wheel.check(["cpu"], tmp_path / "mmcv.whl")


# Runs the command on a made-up archive; that it installs anything would be the failure.
DRIVER = """
import signal
# What a shell starts in the background is deaf to interrupts, and so are its children.
signal.signal(signal.SIGINT, signal.default_int_handler)
import sys
from ce_plugin.environment.mmcv import build as mmcv_build
from ce_plugin.tools import install_mmcv
mmcv_build.SHA256, plain = sys.argv.pop(1), mmcv_build.pip
def pip(command, *args, **kwargs):
    assert command == "wheel", command
    plain(command, *args, **kwargs)
mmcv_build.pip = pip
sys.exit(install_mmcv.main())
"""


def command(digest, cache, tmp_path):
    (tmp_path / "tmp").mkdir()
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, digest, "--force", "--wheel-dir", str(cache)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment(TMPDIR=str(tmp_path / "tmp")),
    )


@pytest.mark.slow
def test_a_wrong_build_is_refused(tmp_path):
    cache = tmp_path / "cache"
    digest = make_archive(cache, tmp_path / "scratch")
    process = command(digest, cache, tmp_path)
    _, said = process.communicate(timeout=200)
    assert process.returncode == 2 and len(said.splitlines()) == 1, said
    assert "that was built is refused: nms is wrong on cpu" in said
    assert listing(cache) == [mmcv_build.ARCHIVE] and listing(tmp_path / "tmp") == []


@pytest.mark.slow
def test_a_compiler_that_refuses(tmp_path):
    cache = tmp_path / "cache"
    more = "raise SystemExit('mmcv.cpp:1:2: error: no such thing\\nninja: stopped')"
    digest = make_archive(cache, tmp_path / "scratch", more=more)
    process = command(digest, cache, tmp_path)
    _, said = process.communicate(timeout=200)
    assert process.returncode == 2 and len(said.splitlines()) == 1, said
    assert "pip wheel failed: mmcv.cpp:1:2: error: no such thing (all of it: " in said
    (log,) = listing(tmp_path / "tmp")
    assert "ninja: stopped" in (tmp_path / "tmp" / log).read_text()
    assert listing(cache) == [mmcv_build.ARCHIVE]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_leaves_nothing(number, tmp_path):
    cache, started = tmp_path / "cache", tmp_path / "started"
    more = f"open({str(started)!r}, 'w').write(str(os.getpid()))\n"
    more += "import time; time.sleep(120)"
    digest = make_archive(cache, tmp_path / "scratch", more=more)
    process = command(digest, cache, tmp_path)
    deadline = time.monotonic() + 120
    while not (started.exists() and started.read_text()):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "interrupted; start again" in said, said
    assert listing(cache) == [mmcv_build.ARCHIVE] and listing(tmp_path / "tmp") == []
    # The compiler's process is gone as well, or a corpse that nobody collected.
    time.sleep(0.5)
    status = Path("/proc", started.read_text(), "status")
    assert not status.exists() or "State:\tZ" in status.read_text()


@pytest.mark.parametrize(
    "found, names",
    [
        ({"mmcv": ["onedl-mmcv"]}, ["mmcv is onedl-mmcv's", "uninstall -y onedl-mmcv"]),
        ({"mmcv": ["mmcv", "onedl-mmcv"]}, ["mmcv is onedl-mmcv's"]),
        (
            {"mmcv": ["mmcv"], "mmdet": ["onedl-mmdetection"], "mmseg": ["x"]},
            ["mmdet is onedl-mmdetection's, mmseg is x's", "-y onedl-mmdetection x"],
        ),
    ],
)
def test_somebody_else_s_is_left_alone(found, names, monkeypatch, capsys):
    """Nothing is downloaded, built or removed: one line, and how to go on."""
    for module in (mmcv_build, mmcv_wheel):
        monkeypatch.setattr(module, "pip", None, raising=False)
    monkeypatch.setattr(mmcv_wheel, "ready_wheel", None)
    monkeypatch.setattr("ce_plugin.environment.distributions.owners", lambda: found)
    monkeypatch.setattr("sys.argv", ["install_mmcv", "--force"])
    assert install_mmcv.main() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert all(name in line for name in ["nothing was changed", *names]), line


@pytest.mark.parametrize("breaks", [None, "build", "install"])
def test_nothing_less_than_before(breaks, monkeypatch, capsys):
    """mmcv-lite goes when the new one lies there, checked; never before."""
    asked = []

    def ready_wheel(*args):
        if breaks == "build":
            raise InputError("the mmcv that was built is refused")
        return Path("new.whl")

    def pip(command, *args):
        asked.append((command, args[-1]))
        if command == breaks:
            raise InputError("pip install failed")

    found = {"mmcv": ["mmcv-lite"], "mmdet": ["mmdet"], "mmseg": ["mmsegmentation"]}
    monkeypatch.setattr("ce_plugin.environment.distributions.owners", lambda: found)
    monkeypatch.setattr(mmcv_wheel, "ready_wheel", ready_wheel)
    monkeypatch.setattr(mmcv_wheel, "check", lambda devices: None)
    monkeypatch.setattr(mmcv_build, "pip", pip)
    monkeypatch.setattr("sys.argv", ["install_mmcv"])
    new, old = ("install", "new.whl"), ("uninstall", "mmcv-lite")
    assert install_mmcv.main() == (2 if breaks else 0)
    assert asked == {None: [new, old, new], "build": [], "install": [new]}[breaks]


@pytest.mark.slow
def test_what_is_right_is_left_alone(monkeypatch, capsys, tmp_path):
    def never(*args, **kwargs):
        raise AssertionError(f"pip {args}")

    monkeypatch.setattr(mmcv_build, "pip", never)
    monkeypatch.setattr("sys.argv", ["install_mmcv", "--wheel-dir", str(tmp_path)])
    assert install_mmcv.main() == 0
    assert "mmcv 2.1.0 is right" in capsys.readouterr().out
    assert listing(tmp_path) == []
