"""Made-up environments, with OpenMMLab's packages or OneDL's, all of them well."""

from ce_plugin.environment import facts

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
INSTALL = "py -m ce_plugin.tools.install_mmcv"


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
