"""What became of a picture, and where it goes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image

from ce_plugin.checkpoints import replace_file
from ce_plugin.structures import PretextSample

from .fillers import Filling
from .jobs import Job


@dataclass(frozen=True)
class Outcome:
    """What became of one picture.

    Attributes:
        job: It.
        filling: The result; None where it failed.
        reason: Why it failed; empty otherwise.
    """

    job: Job
    filling: Filling | None = None
    reason: str = ""


def save(outcome: Outcome, folder: str | os.PathLike, parts: bool = False) -> str:
    """Writes a result, whole or not at all.

    Args:
        outcome: One with a filling.
        folder: Made where it is missing.
        parts: The raw prediction and the mask as well.

    Returns:
        The path of the composite, a PNG.
    """
    filling = outcome.filling
    stem = Path(folder, outcome.job.target)
    stem.parent.mkdir(parents=True, exist_ok=True)
    arrays = {".png": filling.composite}
    if parts:
        arrays["_prediction.png"] = filling.prediction
        arrays["_mask.png"] = filling.mask
    for ending, array in arrays.items():
        path, part = Path(f"{stem}{ending}"), Path(f"{stem}{ending}.part")
        Image.fromarray(array).save(part, format="PNG")
        replace_file(part, path)
    return f"{stem}.png"


def packed(outcome: Outcome, as_sample: bool) -> dict | PretextSample:
    """A result as a dict of arrays, or as a sample of float tensors in [0, 1]."""
    filling = outcome.filling
    if not as_sample:
        return dict(
            name=outcome.job.name,
            composite=filling.composite,
            prediction=filling.prediction,
            mask=filling.mask,
            notes=filling.notes,
        )
    sample = PretextSample(
        metainfo=dict(path=outcome.job.name, notes=filling.notes),
        mask=torch.from_numpy(filling.mask)[None],
    )
    for key in ("composite", "prediction"):
        pixels = torch.from_numpy(getattr(filling, key)).permute(2, 0, 1)
        sample.set_data({key: pixels.float().div(255)})
    return sample
