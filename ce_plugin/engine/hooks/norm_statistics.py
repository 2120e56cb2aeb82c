"""Batch norms' running statistics, taken anew on whole pictures."""

from __future__ import annotations

from pathlib import Path

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner.checkpoint import get_state_dict
from torch import Tensor

from ce_plugin.checkpoints import last_checkpoint
from ce_plugin.errors import InputError
from ce_plugin.files import replacing
from ce_plugin.models.norm_statistics import take_norm_statistics
from ce_plugin.registry import HOOKS
from ce_plugin.unwrap import unwrap

TRAINING_STATISTICS = "training_statistics"
"""Key of a checkpoint: statistics with which a resumed run goes on."""


@HOOKS.register_module()
class NormStatisticsHook(Hook):
    """Recomputes batch norm statistics on whole pictures after the last step.

    Running statistics of training are those of pictures with holes, which no task
    downstream has. They are replaced by the mean over batches of training crops; no
    weight changes. It is done after the last step, before the encoder is written. The
    last checkpoint gets them too, so that its encoder is the exported one, and keeps
    those of training under a key of its own, for a resumed run.

    Args:
        pictures: How many crops, spread evenly over the training dataset.
        batch_size: Pictures in one forward pass.

    Raises:
        InputError: A number below 1.

    Source: re-estimation as in Wu and Johnson 2021, "Rethinking 'Batch' in BatchNorm",
    section 3.
    """

    # After training and before the export.
    priority = "HIGH"

    def __init__(self, pictures: int = 1024, batch_size: int = 64) -> None:
        if pictures < 1 or batch_size < 1:
            raise InputError(
                f"NormStatisticsHook: pictures={pictures} and batch_size={batch_size} "
                "are at least 1"
            )
        self.pictures, self.batch_size = pictures, batch_size

    def after_train(self, runner) -> None:
        """Every process sees the same pictures and comes to the same statistics."""
        model = unwrap(runner.model)
        backbone = unwrap(model.backbone)
        before = {k: v.clone() for k, v in get_state_dict(backbone).items()}
        crops = training_crops(runner, model, self.pictures, self.batch_size)
        take_norm_statistics(backbone, crops)
        if is_main_process():
            _into_last_checkpoint(runner, before, get_state_dict(backbone))


def _into_last_checkpoint(
    runner, before: dict[str, Tensor], after: dict[str, Tensor]
) -> None:
    """Writes what has changed of the encoder into the checkpoint of the last step."""
    changed = [k for k, v in after.items() if not torch.equal(v, before[k])]
    named = last_checkpoint(runner.work_dir)
    if not changed or named is None or not Path(named).is_file():
        return
    checkpoint = torch.load(named, map_location="cpu", weights_only=True)
    # Of another step where the run was stopped before its end.
    if checkpoint["meta"]["iter"] != runner.iter:
        return
    state = checkpoint["state_dict"]
    checkpoint[TRAINING_STATISTICS] = {
        f"backbone.{k}": before[k].cpu() for k in changed
    }
    state.update({f"backbone.{k}": after[k].cpu() for k in changed})
    with replacing(named) as part:
        torch.save(checkpoint, part)


def training_crops(runner, model, pictures: int, batch_size: int):
    """Whole training crops, normalised, batch by batch; the same in every process.

    Args:
        runner: The runner, whose training dataset gives the pictures.
        model: The model, whose preprocessor normalises.
        pictures: How many, spread evenly; where there are fewer pictures, each is drawn
            again as in later epochs.
        batch_size: Pictures in one forward pass.
    """
    dataset = runner.train_dataloader.dataset
    collate = runner.train_dataloader.collate_fn
    size = len(dataset)
    items = [
        (i * size // pictures % size if pictures < size else i % size, i // size)
        for i in range(pictures)
    ]
    for start in range(0, len(items), batch_size):
        chosen = [dataset[item] for item in items[start : start + batch_size]]
        data = model.data_preprocessor(collate(chosen), False)
        samples, inputs = data["data_samples"], data["inputs"]
        if samples is not None and "target" in samples:
            yield samples.target
        elif isinstance(inputs, list):
            # Views: the first of each picture.
            yield inputs[0]
        else:
            yield inputs
