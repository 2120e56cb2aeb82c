"""Lets packages in a folder of PYTHONPATH work as installed ones do.

Python imports this when it starts, where run.py has put this folder on the path:
CARRIED names the folders of the carried packages.
"""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Callable
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class NoOperators(MetaPathFinder, Loader):
    """Stands for mmcv's compiled operators where there are none.

    mmseg imports them all when it starts, also for networks that use none of them. One
    that is called after all says that it is not here.
    """

    def find_spec(self, name: str, path=None, target=None) -> ModuleSpec | None:
        """Asked last, when nobody else has found the module."""
        return ModuleSpec(name, self) if name == "mmcv._ext" else None

    def exec_module(self, module: ModuleType) -> None:
        """Every name that mmcv asks for is an operator."""
        module.__getattr__ = _operator


def _operator(name: str) -> Callable:
    if name.startswith("__"):
        raise AttributeError(name)

    def call(*args: object, **kwargs: object) -> None:
        raise NotImplementedError(f"mmcv's operator {name} is not compiled here")

    return call


# setuptools' .pth gives Python 3.12 the distutils that mmengine imports; Python reads
# such files in its own folders only.
for folder in os.environ.get("CARRIED", "").split(os.pathsep):
    if folder:
        site.addsitedir(folder)
sys.meta_path.append(NoOperators())
