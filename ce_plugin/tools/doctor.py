"""Says which versions are there, which gate is in the way, and what mends it.

Runs as ``mim run ce_plugin doctor``, or ``python -m`` this module. Returns 0 if
pretraining, detection and segmentation can all run, else 1.
"""

from __future__ import annotations

import argparse
import sys

from ce_plugin.console.command import add_habits

DESCRIPTION = "Which versions are there, which gate is in the way, what mends it."
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


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = argparse.ArgumentParser(description=DESCRIPTION)
    add_habits(parser)
    return parser.parse_args(argv)


def report(environment) -> tuple[str, int]:
    """The doctor's page on ``environment``, and the number of problems.

    Args:
        environment: An ``Environment`` of :mod:`ce_plugin.environment.facts`.

    Returns:
        The text, and 0 if nothing is in the way.
    """
    from ce_plugin.environment.compatibility import notes, problems
    from ce_plugin.environment.distributions import USUAL

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


def main() -> int:
    """The command."""
    args = parse_args()
    from ce_plugin.console.command import run
    from ce_plugin.environment.facts import this_environment

    count = 0

    def examine() -> None:
        nonlocal count
        text, count = report(this_environment())
        print(text)

    code = run(examine, args.traceback, verbose=args.verbose)
    return code or min(count, 1)


if __name__ == "__main__":
    sys.exit(main())
