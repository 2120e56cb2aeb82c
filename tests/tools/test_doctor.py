"""Each gate of OpenMMLab's packages is named, with the command that mends it."""

import hashlib
import subprocess
import sys

import pytest
from runs import ROOT, environment

from ce_plugin.environment import facts as facts
from ce_plugin.environment.compatibility import problems
from ce_plugin.environment.distributions import owners
from ce_plugin.environment.report import report
from ce_plugin.tools import doctor

VERSIONS = {
    "torch": "2.14.1",
    "torchvision": "0.29.1",
    "mmengine": "0.10.7",
    "mmcv": "2.1.0",
    "mmdet": "3.3.0",
    "mmsegmentation": "1.2.2",
    "timm": "1.0.31",
    "openmim": "0.3.9",
    "setuptools": "80.10.2",
    "numpy": "2.4.6",
    "opencv-python": "5.0.0",
    "safetensors": "0.8.0",
    "ftfy": "6.3.1",
    "regex": "2026.11.19",
    "prettytable": "3.18.0",
    "pycocotools": "2.0.11",
    "scipy": "1.17.1",
    "shapely": "2.2.0",
    "six": "1.17.0",
    "terminaltables": "3.1.10",
}
GATE = "AssertionError: MMCV==2.2.0 is used but incompatible."
INSTALL = "py -m ce_plugin.tools.install_mmcv"
PIP = "py -m pip install "


def fake(
    versions=(), faults=(), operators=None, mim=("site/ce_plugin", True), owners=()
):
    versions, faults = {**VERSIONS, **dict(versions)}, dict(faults)
    return facts.Environment(
        version=versions.get,
        fault=faults.get,
        operators=lambda: operators,
        mim_sees=lambda: mim,
        executable="py",
        source="/src",
        owners=lambda: dict(owners),
    )


# OneDL's full set: its own distributions under OpenMMLab's import names.
ONEDL = {
    "mmengine": ["onedl-mmengine"],
    "mmcv": ["onedl-mmcv"],
    "mmdet": ["onedl-mmdetection"],
    "mmseg": ["onedl-mmsegmentation"],
    "mim": ["onedl-mim"],
}
NO_OPENMMLAB = dict.fromkeys(("mmengine", "mmcv", "mmdet", "mmsegmentation", "openmim"))
THEIRS = {
    "onedl-mmengine": "0.10.12",
    "onedl-mmcv": "2.3.6",
    "onedl-mmdetection": "3.5.1",
    "onedl-mmsegmentation": "1.4.2",
    "onedl-mim": "0.5.1",
}


# What is changed -> the words of each problem, and what mends it.
BOTH = {"mmdet.apis": GATE, "mmseg.apis": GATE}
NO_OPS = "mmcv.ops does not import: ModuleNotFoundError: No module named 'mmcv._ext'"
OTHER_TORCH = (
    "mmcv.ops does not import: ImportError: _ext.so: undefined symbol: _ZN3c106"
)
NO_PKG = "ModuleNotFoundError: No module named 'pkg_resources'"
CASES = {
    "well": (dict(), []),
    "mmcv_too_new": (
        dict(versions={"mmcv": "2.2.0"}, faults=BOTH),
        [("mmcv 2.2.0: mmdet 3.3.0 and mmsegmentation 1.2.2 refuse", INSTALL)],
    ),
    "mmcv_too_old": (
        dict(versions={"mmcv": "2.0.0rc3"}, faults=BOTH),
        [("mmcv 2.0.0rc3: mmdet", INSTALL)],
    ),
    "mmcv_oldest": (dict(versions={"mmcv": "2.0.0rc4"}), []),
    "mmcv_missing": (
        dict(versions={"mmcv": None}, faults=BOTH),
        [("mmcv is missing", INSTALL)],
    ),
    "lite": (
        dict(versions={"mmcv": None, "mmcv-lite": "2.1.0"}, faults=BOTH),
        [("mmcv-lite 2.1.0 has no operators", INSTALL)],
    ),
    "lite_beside": (
        dict(versions={"mmcv-lite": "2.1.0"}),
        [("shares its folder with mmcv 2.1.0", INSTALL)],
    ),
    "no_operators": (
        dict(operators=NO_OPS, faults=BOTH),
        [("built without operators", INSTALL)],
    ),
    "another_torch": (
        dict(operators=OTHER_TORCH, faults=BOTH),
        [("built against another torch than 2.14.1", INSTALL)],
    ),
    "wrong_operators": (
        dict(operators="nms is wrong on cuda: not compiled with GPU support"),
        [("mmcv 2.1.0: nms is wrong on cuda", INSTALL)],
    ),
    "no_pkg_resources": (
        dict(
            versions={"setuptools": "82.0.1"},
            faults=dict.fromkeys(("mim", "mmengine"), NO_PKG),
        ),
        [("setuptools 82.0.1: no pkg_resources", PIP + "'setuptools>=77,<81'")],
    ),
    "setuptools_missing": (
        dict(versions={"setuptools": None}),
        [("setuptools is missing", PIP + "'setuptools>=77,<81'")],
    ),
    "setuptools_too_old": (
        dict(versions={"setuptools": "60.2.0"}),
        [("setuptools 60.2.0: torch", PIP + "'setuptools>=77,<81'")],
    ),
    "mmengine_main": (
        dict(versions={"mmengine": "0.11.0rc0"}),
        [("get_installed_path", PIP + "'mmengine>=0.10.7,<0.11'")],
    ),
    "no_regex": (
        dict(
            versions={"regex": None, "ftfy": None},
            faults={"mmseg.apis": "ModuleNotFoundError: No module named 'ftfy'"},
        ),
        [("mmsegmentation imports ftfy, regex", PIP + "ftfy regex")],
    ),
    "something_else_missing": (
        dict(faults={"mmdet.apis": "ModuleNotFoundError: No module named 'yaml'"}),
        [("mmdet does not import", PIP + "pyyaml")],
    ),
    "nothing_downstream": (
        dict(versions={"mmdet": None, "mmsegmentation": None}),
        [("mmdet and mmsegmentation not installed", INSTALL)],
    ),
    "no_screen": (
        dict(faults={"cv2": "ImportError: libGL.so.1: cannot open shared object file"}),
        [("cv2 does not import", "pip install opencv-python-headless")],
    ),
    "vision_of_another_torch": (
        dict(
            versions={"torch": "2.14.1+cpu"},
            faults={
                "torchvision": "RuntimeError: operator torchvision::nms does not exist",
                "timm": "RuntimeError: operator torchvision::nms does not exist",
            },
        ),
        [("torchvision does not", PIP + "--upgrade torchvision torch==2.14.1")],
    ),
    "no_timm": (
        dict(faults={"timm": "ModuleNotFoundError: No module named 'timm'"}),
        [("timm does not import", PIP + "timm")],
    ),
    "editable": (
        dict(mim=("/venv/site-packages/ce_plugin", False)),
        [("editable install", PIP + "--force-reinstall --no-deps /src")],
    ),
    "from_a_checkout": (
        dict(mim=(None, False)),
        [("is not installed", PIP + "--force-reinstall --no-deps /src")],
    ),
    "no_mim": (dict(versions={"openmim": None}), [("openmim", PIP + "openmim")]),
    "onedl": (dict(versions={**NO_OPENMMLAB, **THEIRS}, owners=ONEDL), []),
    "onedl_engine_alone": (
        dict(
            versions={"mmengine": None, "onedl-mmengine": "0.10.12"},
            owners={"mmengine": ["onedl-mmengine"], "mmcv": ["mmcv"]},
        ),
        [],
    ),
    "onedl_engine_over_mmengine": (
        dict(
            versions={"onedl-mmengine": "0.10.12"},
            owners={"mmengine": ["mmengine", "onedl-mmengine"], "mmcv": ["mmcv"]},
        ),
        [
            (
                "mmengine and onedl-mmengine both own `mmengine`",
                "py -m pip uninstall -y mmengine onedl-mmengine && "
                + PIP
                + "--no-deps mmengine==0.10.7",
            )
        ],
    ),
    "mmengine_over_onedl": (
        dict(
            versions={**NO_OPENMMLAB, **THEIRS, "mmengine": "0.10.7"},
            owners={**ONEDL, "mmengine": ["mmengine", "onedl-mmengine"]},
        ),
        [("mmengine and onedl-mmengine", PIP + "--no-deps onedl-mmengine==0.10.12")],
    ),
    "two_mmcv": (
        dict(
            versions={"onedl-mmcv": "2.3.6"},
            owners={"mmcv": ["mmcv", "onedl-mmcv"], "mmdet": ["mmdet"]},
        ),
        [("mmcv and onedl-mmcv", f"uninstall -y mmcv onedl-mmcv && {INSTALL}")],
    ),
    "two_opencv": (
        dict(
            versions={"opencv-python-headless": "5.0.0"},
            owners={"cv2": ["opencv-python", "opencv-python-headless"]},
        ),
        [("both own `cv2`", "--no-deps opencv-python==5.0.0")],
    ),
    "onedl_mmcv_under_openmmlab": (
        dict(
            versions={"mmcv": None, "onedl-mmcv": "2.3.6"},
            owners={"mmcv": ["onedl-mmcv"], "mmdet": ["mmdet"]},
            faults=BOTH,
        ),
        [
            (
                "onedl-mmcv 2.3.6: mmdet and mmsegmentation refuse",
                f"uninstall -y onedl-mmcv && {INSTALL}",
            )
        ],
    ),
    "two_gates": (
        dict(versions={"mmcv": "2.2.0", "setuptools": "82.0.1"}, faults=BOTH),
        [("setuptools 82.0.1", "setuptools>=77"), ("mmcv 2.2.0", INSTALL)],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_gates(name):
    changes, expected = CASES[name]
    found = problems(fake(**changes))
    assert len(found) == len(expected), found
    for problem, (what, mend) in zip(found, expected):
        assert what in problem.what and mend in problem.mend, problem
        assert "\n" not in problem.what + problem.mend


def test_report():
    text, count = report(fake())
    assert count == 0 and "all is well" in text
    assert "mmcv                    2.1.0, with operators" in text
    assert "lightly                 not installed; for other pretext tasks" in text
    assert "mmcv-lite" not in text

    text, count = report(fake({"mmcv": "2.2.0", "mmcv-lite": "2.2.0"}, operators="x"))
    assert count == 1 and "all is well" not in text
    assert "mmcv                    2.2.0, without working operators" in text
    assert "mmcv-lite               2.2.0" in text


def test_onedl_is_named_and_what_its_mim_cannot():
    changes = dict(versions={**NO_OPENMMLAB, **THEIRS}, owners=ONEDL)
    text, count = report(fake(**changes))
    assert count == 0 and "all is well" in text
    assert "mmengine                0.10.12 (onedl-mmengine)" in text
    assert "mmcv                    2.3.6 (onedl-mmcv), with operators" in text
    assert "note: onedl-mim cannot start ce_plugin" in text
    assert "py -m ce_plugin.tools.train CONFIG" in text
    assert "note:" not in report(fake())[0]


def install(site, name, **files):
    """A distribution in a folder, as pip leaves it."""
    record = [f"{name}-1.0.dist-info/RECORD,,"]
    for path, text in files.items():
        folder, _, stem = path.partition("__")
        path = f"{folder}/{stem}.py" if stem else "cv/__init__.py"
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
        digest = hashlib.sha256(text.encode()).hexdigest()
        record.append(f"{path},sha256={digest},{len(text)}")
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    )
    (info / "RECORD").write_text("\n".join(record) + "\n")


def test_who_owns_a_name(tmp_path, monkeypatch):
    """Two that write the same module; two parts of a namespace; a stray `tests`."""
    shared = {"space____init__": ""}  # The same empty file, as nvidia's have it.
    install(tmp_path, "one", init="1", space__first="1", tests__a="", **shared)
    install(tmp_path, "two", init="2", space__second="2", tests__b="", **shared)
    monkeypatch.syspath_prepend(str(tmp_path))
    found = owners()
    assert found["cv"] == ["one", "two"]
    assert found["space"] == ["one"] and "tests" not in found
    assert found["mmcv"] == ["mmcv"] and all(
        len(several) == 1 for name, several in found.items() if name != "cv"
    )


def test_imports_that_fail_or_crash_are_findings(tmp_path, monkeypatch):
    (tmp_path / "crashes.py").write_text("import os; os.abort()")
    (tmp_path / "exits.py").write_text("raise SystemExit('no\\n such thing')")
    (tmp_path / "chatty.py").write_text("print('hello')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    names = ("json", "chatty", "crashes", "exits", "nowhere_to_be_found", "math")
    found = facts._faults(names)
    assert found["json"] is None and found["chatty"] is None and found["math"] is None
    assert found["crashes"] == "the interpreter ended with code -6"
    assert found["exits"] == "SystemExit: no such thing"
    assert "No module named 'nowhere_to_be_found'" in found["nowhere_to_be_found"]


@pytest.mark.parametrize("version", ["2.1.0", "2.2.0"])
def test_exit_code(version, monkeypatch, capsys):
    monkeypatch.setattr(facts, "this_environment", lambda: fake({"mmcv": version}))
    monkeypatch.setattr("sys.argv", ["doctor"])
    well = version == "2.1.0"
    assert doctor.main() == (0 if well else 1)
    assert ("all is well" if well else f"mend: {INSTALL}") in capsys.readouterr().out


@pytest.mark.slow
def test_this_environment_is_well(tmp_path):
    """Started by its path, as mim does, from a folder that hides what is installed."""
    (tmp_path / "mmcv.py").write_text("raise ImportError")
    done = subprocess.run(
        [sys.executable, str(ROOT / "ce_plugin" / "tools" / "doctor.py")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(),
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "mmcv                    2.1.0, with operators" in done.stdout
    assert "all is well" in done.stdout
