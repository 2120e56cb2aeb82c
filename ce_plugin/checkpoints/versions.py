"""The versions of the libraries that a file of weights was made with."""

from __future__ import annotations

import platform

import mmengine
import torch
import torchvision

from ce_plugin.version import __version__


def versions() -> dict[str, str]:
    """Versions by package, for ``meta``.

    Example:
        >>> sorted(versions())
        ['ce_plugin', 'mmengine', 'python', 'torch', 'torchvision']
    """
    return dict(
        ce_plugin=__version__,
        python=platform.python_version(),
        torch=torch.__version__,
        torchvision=torchvision.__version__,
        mmengine=mmengine.__version__,
    )
