"""Error figures of whole reconstructed pictures, beside those of the input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.evaluator import BaseMetric

from ce_plugin.errors import InputError
from ce_plugin.registry import METRICS

from .batch_errors import batch_errors


@METRICS.register_module()
class PictureMetrics(BaseMetric):
    """L1 %, L2 %, PSNR and SSIM of whole pictures; means over pictures.

    The figures are ``l1``, ``l2``, ``psnr`` and ``ssim`` of the composite, and
    ``input_...``, the same for the picture that the network was shown: the floor of a
    task that has to mend it. Defined in
    :func:`~ce_plugin.evaluation.metrics.region_errors.region_errors`.

    Args:
        collect_device: ``'cpu'`` or ``'gpu'``, where processes exchange results.
        prefix: Put before every name, with a slash.

    Raises:
        InputError: No held-out picture.

    Example:
        >>> metric = PictureMetrics()
        >>> truth = torch.full((3, 16, 16), 0.3)
        >>> sample = dict(target=truth, composite=truth + 0.1, input=truth + 0.2)
        >>> metric.process(None, [sample])
        >>> figures = metric.evaluate(size=1)
        >>> round(figures["picture/psnr"], 2), round(figures["picture/input_psnr"], 2)
        (20.0, 13.98)
    """

    default_prefix = "picture"

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Judges a batch: ``target``, ``composite``, ``input``, all (3, H, W)."""
        stacked = {
            name: torch.stack([s[name].detach().float() for s in data_samples])
            for name in ("target", "composite", "input")
        }
        target = stacked.pop("target")
        everywhere = torch.ones_like(target[:, 0], dtype=torch.bool)
        errors = batch_errors(stacked, target, everywhere)
        for figures, floor in zip(errors["composite"], errors["input"]):
            named = {f"input_{name}": value for name, value in floor.items()}
            self.results.append(figures | named)

    def compute_metrics(self, results: list[dict[str, float]]) -> dict[str, float]:
        """Means over all pictures."""
        if not results:
            raise InputError(
                "nothing to evaluate: the held-out dataset is empty; give it at least "
                "one picture, or set val_dataloader, val_cfg and val_evaluator to None"
            )
        return {
            name: float(np.mean([figures[name] for figures in results]))
            for name in results[0]
        }
