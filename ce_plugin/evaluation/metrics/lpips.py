"""LPIPS, where the weights of its network are on this machine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ce_plugin.errors import InputError
from ce_plugin.files import sha256
from ce_plugin.optional import require

LEAST_SIDE = 32
"""Pixels; the network's last map of a smaller picture is empty."""


class LPIPS:
    """The perceptual distance of two pictures by a trained AlexNet; 0 for equal ones.

    torchmetrics' implementation with torchvision's ImageNet weights, which are read
    from torch hub's folder of checkpoints and never fetched. The metric's own five
    layers come with torchmetrics.

    Raises:
        InputError: torchmetrics is not installed, or the weights are not there or
            damaged; the message says how to get them.

    Source: Zhang et al. 2018, "The Unreasonable Effectiveness of Deep Features as a
    Perceptual Metric"; AlexNet is what the authors recommend for figures.
    """

    def __init__(self) -> None:
        module = require("torchmetrics.image.lpip", "LPIPS", "lightly")
        check_weights()
        self.metric = module.LearnedPerceptualImagePatchSimilarity(
            net_type="alex", normalize=True
        )

    def __call__(self, picture: np.ndarray, truth: np.ndarray) -> float:
        """LPIPS of two pictures, (H, W, 3) uint8 RGB, ``LEAST_SIDE`` or more a side."""
        with torch.no_grad():
            found = self.metric(_tensor(picture), _tensor(truth)).item()
        self.metric.reset()
        return found


def check_weights() -> Path:
    """The file of AlexNet's weights.

    Raises:
        InputError: It is not there, or is another than its name says.
    """
    from torchvision.models import AlexNet_Weights

    name = AlexNet_Weights.DEFAULT.url.rpartition("/")[2]
    path = Path(torch.hub.get_dir(), "checkpoints", name)
    if not path.is_file():
        raise InputError(
            f"LPIPS needs the ImageNet weights of AlexNet: put {name} into "
            f"{path.parent}, or with a network run python -c 'import torchvision; "
            'torchvision.models.alexnet(weights="DEFAULT")\' (233 MB)'
        )
    # torch hub's names end in the first digits of the file's hash.
    wanted = path.stem.rpartition("-")[2]
    if not sha256(path).startswith(wanted):
        raise InputError(f"{path} is damaged: remove it and get it anew")
    return path


def _tensor(picture: np.ndarray) -> Tensor:
    pixels = torch.from_numpy(np.ascontiguousarray(picture))
    return pixels.permute(2, 0, 1)[None].float() / 255
