"""Fits the targets of the hole to the training pictures, once."""

from __future__ import annotations

import time

import torch
from mmengine.dist import broadcast, is_distributed
from mmengine.hooks import Hook

from ce_plugin.errors import InputError
from ce_plugin.registry import HOOKS
from ce_plugin.unwrap import unwrap

from .norm_statistics import training_crops

SECONDS_KEY = "target_fit_seconds"
"""Key in the message hub of the fitting's processor and wall seconds."""


@HOOKS.register_module()
class TargetFitHook(Hook):
    """Fits targets to training pictures before training.

    The pictures are spread evenly over the training dataset and come as training crops
    do; a run that goes on from a checkpoint has what it needs in it. All processes get
    the first one's result.

    Args:
        pictures: How many crops.
        batch_size: Pictures read at once.

    Raises:
        InputError: A number below 1, or a model without targets.
    """

    # Before the pictures of the untrained network are drawn.
    priority = "HIGH"

    def __init__(self, pictures: int = 1280, batch_size: int = 64) -> None:
        if pictures < 1 or batch_size < 1:
            raise InputError(
                f"TargetFitHook: pictures={pictures} and batch_size={batch_size} are "
                "at least 1"
            )
        self.pictures, self.batch_size = pictures, batch_size

    def before_train(self, runner) -> None:
        """Fits what is not fitted yet."""
        model = unwrap(runner.model)
        if not hasattr(model, "fit"):
            raise InputError(
                f"TargetFitHook: {type(model).__name__} has no targets to fit; remove "
                "the hook"
            )
        if model.ready:
            return
        began = time.process_time(), time.perf_counter()
        with torch.no_grad():
            crops = training_crops(runner, model, self.pictures, self.batch_size)
            model.fit(list(crops), seed=runner.seed or 0)
        if is_distributed():
            for buffer in model.targets.buffers():
                broadcast(buffer)
        spent = time.process_time() - began[0], time.perf_counter() - began[1]
        runner.message_hub.update_info(SECONDS_KEY, list(spent))
        runner.logger.info(
            f"targets fitted to {self.pictures} crops in {spent[1]:.1f} s"
        )
