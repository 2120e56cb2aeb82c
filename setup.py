"""Puts the configs into the package, where mim and ``_base_='ce_plugin::...'`` look."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithConfigs(build_py):
    """Copies ``configs/`` and the model index to ``ce_plugin/.mim``."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib, "ce_plugin", ".mim")
            shutil.rmtree(target, ignore_errors=True)
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree("configs", target / "configs", ignore=ignore)
            shutil.copy("model-index.yml", target)


setup(cmdclass={"build_py": BuildWithConfigs})
