"""What is carried to a machine with a GPU: wheels that are enough, and pictures."""

import subprocess
import sys
import zipfile
from email import message_from_string
from importlib import metadata

import pytest
from runs import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
from gpu import bundle
from gpu.pictures import pack, unpack
from gpu.wheels import machine, missing, project_needs, wanted
from harness.data.generated import make_voc

from ce_plugin.datasets import VOCLabels
from ce_plugin.errors import InputError


def package(name, version, *needs):
    lines = [f"Name: {name}", f"Version: {version}"]
    return message_from_string(
        "\n".join(lines + [f"Requires-Dist: {n}" for n in needs])
    )


def test_what_is_carried_is_enough():
    """As far as the packages are installed here, in the versions of the wheels."""
    carried = []
    for pin in wanted():
        name, _, version = pin.partition("==")
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            assert name == "mmcv-lite"
            carried.append(package(name, version))
            continue
        assert found.version == version
        carried.append(found.metadata)
    assert missing(carried, machine()) == []
    # Without the one that everything stands on, it is not.
    rest = [meta for meta in carried if meta["Name"] != "mmengine"]
    assert "ce_plugin needs mmengine" in missing(rest, machine())[0]


def test_what_is_missing_is_named():
    have = machine() | {"numpy": "1.26", "mmengine": "0.10.7", "lightly": None}
    have |= {"setuptools": "80.0"}
    one = package(
        "one",
        "1",
        "numpy>=2",
        "nowhere>1",
        'other; extra == "all"',
        'tomli; python_version < "3.11"',
        "opencv-python>=3",
    )
    assert missing([one], have) == [
        "one needs numpy>=2, there is 1.26",
        "one needs nowhere>1, which is nowhere",
    ]
    assert any(need.startswith("lightly") for need in project_needs())


def wheel(folder, name, version, *needs):
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        text = package(name, version, *needs).as_string()
        archive.writestr(f"{name}-{version}.dist-info/METADATA", text)
        # What a package carries inside does not count.
        archive.writestr(f"{name}/_vendor/in-9.dist-info/METADATA", "Name: in")
    return path


def test_the_bundle_says_what_to_run(tmp_path, monkeypatch, capsys):
    voc = make_voc(tmp_path / "voc", pictures=4)
    out = tmp_path / "bundle"
    carried = [("mmengine", "0.10.7"), ("setuptools", "80.1"), ("lightly", "1.6.0")]
    monkeypatch.setattr(
        "gpu.wheels.fetch",
        lambda folder: [wheel(folder, name, version) for name, version in carried],
    )
    words = ["bundle.py", "--out", str(out), "--pictures", str(voc)]
    monkeypatch.setattr(sys, "argv", words)
    assert bundle.main() == 0
    said = capsys.readouterr().out
    assert "20 pictures" in said and "mmengine-0.10.7-py3-none-any.whl" in said
    assert f"run.py --out OUT --minutes 10 \\\n  --pictures {out}/pictures.zip" in said

    carried[0] = ("mmengine", "0.9.0")
    assert bundle.main() == 2
    assert "ce_plugin needs mmengine>=0.10.7,<0.11" in capsys.readouterr().err
    # What an earlier call has fetched is not in the way.
    assert not (out / "mmengine-0.10.7-py3-none-any.whl").exists()


def test_pictures_there_and_back(tmp_path):
    voc = make_voc(tmp_path / "voc", pictures=4)
    assert pack(voc, tmp_path / "pictures.zip", long_side=40, quality=80) == 20
    there = unpack(tmp_path / "pictures.zip", tmp_path / "there")
    for year in ("2007", "2012"):
        before, after = (VOCLabels(str(root), "train", [year]) for root in (voc, there))
        assert after.labels.equal(before.labels)
        assert max(after[0]["inputs"].shape) == 40
    masks = list(there.glob("VOC2012/SegmentationClassAug/*.png"))
    assert masks
    with pytest.raises(InputError, match=r"no pack of pictures in .*none\.zip"):
        unpack(tmp_path / "none.zip", tmp_path)


def test_carried_packages_are_as_installed_ones(tmp_path):
    (tmp_path / "shim.pth").write_text("import sys; sys.modules['shim'] = sys\n")
    (tmp_path / "mmcv").mkdir()
    (tmp_path / "mmcv" / "__init__.py").touch()
    code = (
        "import shim\nfrom mmcv import _ext\nassert hasattr(_ext, 'nms')\n"
        "try:\n    _ext.nms()\nexcept NotImplementedError as error:\n    print(error)"
    )
    here = ROOT / "benchmarks" / "gpu" / "site"
    path = {"PYTHONPATH": f"{here}:{tmp_path}", "CARRIED": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=path, capture_output=True, text=True
    )
    assert done.stdout == "mmcv's operator nms is not compiled here\n", done.stderr
