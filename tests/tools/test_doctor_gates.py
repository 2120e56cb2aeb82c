"""Each gate of OpenMMLab's packages is named, with the command that mends it."""

import pytest
from made_up_environment import INSTALL, NO_OPENMMLAB, ONEDL, THEIRS, fake

from ce_plugin.environment.compatibility import problems

GATE = "AssertionError: MMCV==2.2.0 is used but incompatible."

PIP = "py -m pip install "
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
