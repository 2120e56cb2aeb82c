"""Inpainting metrics on held-out pictures, beside two trivial fills."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
import torch
from mmengine.evaluator import BaseMetric

from ce_plugin.errors import InputError
from ce_plugin.registry import METRICS

from .batch_errors import batch_errors
from .trivial_fills import constant_fill, context_mean_fill

REGIONS = ("hole", "composite", "prediction")


@METRICS.register_module()
class InpaintingMetrics(BaseMetric):
    """L1 %, L2 %, PSNR and SSIM of filled holes; means over pictures, range [0, 1].

    The figures are ``<region>_<figure>`` for the network, ``constant/hole_<figure>``
    and ``context-mean/hole_<figure>`` for the trivial fills, and ``psnr_gain``: the
    network's hole PSNR less that of the better trivial fill, in dB. The figures
    themselves are defined in
    :func:`~ce_plugin.evaluation.metrics.region_errors.region_errors`.

    Args:
        regions: Where the network is judged, any of ``'hole'`` (the hole only),
            ``'composite'`` (the whole picture with the filled hole pasted in) and
            ``'prediction'`` (all that the network painted, the known pixels under it
            too; a prediction smaller than the picture is its center window).
        fill: RGB in [0, 1] of the constant fill; mid grey by default, or the colour
            that the network sees in place of a hole.
        collect_device: ``'cpu'`` or ``'gpu'``, where processes exchange results.
        prefix: Put before every name, with a slash.

    Raises:
        InputError: An unknown region, a colour out of range, or no held-out picture.

    Source: paper section 5.1 (Table 1); the fills are ours.

    Example:
        >>> metric = InpaintingMetrics()
        >>> truth = torch.full((3, 16, 16), 0.3)
        >>> hole = torch.zeros(1, 16, 16, dtype=torch.bool)
        >>> hole[:, 4:12, 4:12] = True
        >>> filled = torch.where(hole, 0.4, truth)
        >>> metric.process(None, [dict(target=truth, composite=filled, mask=hole)])
        >>> figures = metric.evaluate(size=1)
        >>> round(figures["inpainting/hole_psnr"], 2)
        20.0
        >>> round(figures["inpainting/constant/hole_psnr"], 2)
        13.98
    """

    default_prefix = "inpainting"

    def __init__(
        self,
        regions: Sequence[str] = ("hole",),
        fill: Sequence[float] = (0.5, 0.5, 0.5),
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        unknown = sorted(set(regions) - set(REGIONS))
        if unknown or "hole" not in regions:
            raise InputError(
                f"regions={list(regions)} of InpaintingMetrics: give 'hole' and any "
                f"others of {', '.join(REGIONS)}"
            )
        if len(fill) != 3 or not all(0 <= value <= 1 for value in fill):
            raise InputError(
                f"fill={tuple(fill)} of InpaintingMetrics: give three numbers in [0, 1]"
            )
        self.regions = tuple(regions)
        self.fill = tuple(fill)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Judge a batch of pictures, where they lie, and keep plain numbers.

        Args:
            data_batch: Not used.
            data_samples: One dict a picture: ``target`` and ``composite`` (3, H, W)
                float in [0, 1], ``mask`` (1, H, W) bool, and ``prediction`` (3, h, w)
                where that region is asked for.
        """
        # Padded pictures apart, a batch is of one size.
        for _, group in groupby(data_samples, key=lambda s: s["target"].shape):
            self.results += self._judge(list(group))

    def _judge(self, samples: list[dict]) -> list[dict[str, float]]:
        target, composite = (_stack(samples, name) for name in ("target", "composite"))
        hole = torch.stack([sample["mask"][0] for sample in samples])
        fillings = {
            "": composite,
            "constant/": constant_fill(target, hole, self.fill),
            "context-mean/": context_mean_fill(target, hole),
        }
        errors = batch_errors(fillings, target, hole)
        judged = {f"{name}hole_": found for name, found in errors.items()}
        everywhere = torch.ones_like(hole)
        if "composite" in self.regions:
            judged |= batch_errors({"composite_": composite}, target, everywhere)
        if "prediction" in self.regions:
            prediction = _stack(samples, "prediction")
            window = _center(target, prediction.shape[-2:])
            everywhere = _center(everywhere, prediction.shape[-2:])
            judged |= batch_errors({"prediction_": prediction}, window, everywhere)
        return [
            {
                prefix + figure: value
                for prefix, found in zip(judged, row)
                for figure, value in found.items()
            }
            for row in zip(*judged.values())
        ]

    def compute_metrics(self, results: list[dict[str, float]]) -> dict[str, float]:
        """Means over all pictures, and the gain over the better trivial fill."""
        if not results:
            raise InputError(
                "nothing to evaluate: the held-out dataset is empty; give it at least "
                "one picture, or set val_dataloader, val_cfg and val_evaluator to None"
            )
        means = {
            name: float(np.mean([figures[name] for figures in results]))
            for name in results[0]
        }
        best = max(means["constant/hole_psnr"], means["context-mean/hole_psnr"])
        return means | {"psnr_gain": means["hole_psnr"] - best}


def _stack(samples: list[dict], name: str) -> torch.Tensor:
    return torch.stack([sample[name].detach().float() for sample in samples])


def _center(pictures: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    """The window of ``size`` (h, w) in the middle of (..., H, W) pictures."""
    height, width = size
    top = (pictures.shape[-2] - height) // 2
    left = (pictures.shape[-1] - width) // 2
    return pictures[..., top : top + height, left : left + width]
