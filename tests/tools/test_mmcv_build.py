"""mmcv's build: the sources in seven pieces, and nothing wrong or half kept."""

import os
import subprocess
import sys
import tarfile

import pytest
from made_up_mmcv import listing, make_archive, make_tree

from ce_plugin.environment.mmcv import build as mmcv_build
from ce_plugin.environment.mmcv import wheel as mmcv_wheel
from ce_plugin.errors import InputError


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
