"""Wheels of mmcv: what each is for, where it comes from, and that it is checked."""

import sys
import zipfile

import pytest
import torch
from made_up_mmcv import listing, make_archive
from mmcv.ops import RoIAlign, nms

from ce_plugin.environment.mmcv import build as mmcv_build
from ce_plugin.environment.mmcv import check as mmcv_check
from ce_plugin.environment.mmcv import index as mmcv_index
from ce_plugin.environment.mmcv import wheel as mmcv_wheel
from ce_plugin.errors import InputError


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
