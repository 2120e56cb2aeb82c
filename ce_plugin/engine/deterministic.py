"""Runs that repeat bit for bit on one device."""

from __future__ import annotations

import os

from mmengine.config import Config

from ce_plugin.errors import InputError

WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"
# With other settings cuBLAS may take another algorithm from one call to the next.
WORKSPACES = (":4096:8", ":16:8")


def ask_for_determinism(cfg: Config) -> None:
    """Changes a config so that its run repeats, and prepares the environment.

    mmengine does the rest with it when it builds the runner: torch's deterministic
    algorithms, cuDNN's, no choice of algorithms by their time. To be called before
    anything has run on a GPU.

    Args:
        cfg: Config of the run; changed in place.

    Raises:
        InputError: The environment has a cuBLAS workspace that does not repeat.
    """
    found = os.environ.setdefault(WORKSPACE, WORKSPACES[0])
    if found not in WORKSPACES:
        raise InputError(
            f"--deterministic needs {WORKSPACE}={' or '.join(WORKSPACES)}, the "
            f"environment has {found!r}; unset it"
        )
    cfg.setdefault("randomness", {})["deterministic"] = True
    cfg.setdefault("env_cfg", {})["cudnn_benchmark"] = False
