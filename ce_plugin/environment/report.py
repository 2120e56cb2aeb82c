"""The report that the doctor prints."""

from __future__ import annotations

from .compatibility import notes, problems
from .distributions import USUAL
from .facts import Environment

# Distribution -> what it is for, where it is not for everything.
PACKAGES = {
    "torch": "",
    "torchvision": "",
    "mmengine": "",
    "mmcv": "detection and segmentation",
    "mmcv-lite": "",
    "mmdet": "detection",
    "mmsegmentation": "segmentation",
    "timm": "",
    "lightly": "other pretext tasks",
    "openmim": "the mim command",
    "setuptools": "",
    "numpy": "",
    "opencv-python": "",
    "opencv-python-headless": "",
    "safetensors": "",
}
# Shown only where they are: one is in another's place, or in the way.
RARE = {"mmcv-lite", "opencv-python", "opencv-python-headless"}


def report(environment: Environment) -> tuple[str, int]:
    """The installed packages, what does not fit together, and the commands that help.

    Args:
        environment: What is installed.

    Returns:
        The text, and the number of problems.
    """
    found = problems(environment)
    modules = {usual: module for module, usual in USUAL.items()}
    lines = ["{:<24}{}".format("python", environment.python)]
    for name, use in PACKAGES.items():
        version = environment.version(name)
        other = environment.distribution(modules[name]) if name in modules else None
        if version is None and other:
            version = f"{environment.version(other)} ({other})"
        note = f"not installed; for {use}" if use else "not installed"
        if name in RARE and version is None:
            continue
        if name == "mmcv" and version:
            fault = environment.operators()
            version += ", without working operators" if fault else ", with operators"
        lines.append(f"{name:<24}{version or note}")
    lines.append("")
    for problem in found:
        lines += [f"problem: {problem.what}", f"  mend: {problem.mend}"]
    lines += [f"note: {note}" for note in notes(environment)]
    if not found:
        lines.append("all is well: pretraining, detection and segmentation can run")
    return "\n".join(lines), len(found)
