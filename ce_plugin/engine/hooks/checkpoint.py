"""Writes checkpoints that are whole or not there."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook
from mmengine.runner.checkpoint import get_state_dict

from ce_plugin.checkpoints import (
    check_state_dict,
    describe_run,
    last_checkpoint,
    not_finite,
    replace_file,
    restore_history,
    to_plain,
)
from ce_plugin.engine.clipping import steps_between_updates
from ce_plugin.errors import InputError, TrainingError
from ce_plugin.models.pretexts.base import Pretext
from ce_plugin.registry import HOOKS
from ce_plugin.unwrap import unwrap

from .export import meta_of_run
from .losses import fetch_losses
from .norm_statistics import TRAINING_STATISTICS


@HOOKS.register_module()
class SafeCheckpointHook(CheckpointHook):
    """Saves by iterations; the last good one stays until the next one is whole.

    A checkpoint is written beside its place, synchronised to the disk, and moved there;
    then ``last_checkpoint`` is made to name it, likewise; then older ones are removed.
    A run that is killed anywhere in between leaves a whole checkpoint with its name in
    ``last_checkpoint``. Weights that are not finite are not saved. A checkpoint that is
    loaded must fit the network in every name and shape.

    Gradients that are accumulated are in no checkpoint: where several iterations make a
    step of the optimizer, checkpoints are written after whole steps only.

    Args:
        interval: Iterations between checkpoints, rounded up to whole steps of the
            optimizer; the last iteration gets one too.
        max_keep_ckpts: How many are kept, -1 for all.
    """

    picture_size: int | None = None

    def __init__(self, interval: int = 1000, max_keep_ckpts: int = 2, **kwargs) -> None:
        super().__init__(
            interval, by_epoch=False, max_keep_ckpts=max_keep_ckpts, **kwargs
        )

    def before_train(self, runner) -> None:
        super().before_train(runner)
        steps = steps_between_updates(runner.optim_wrapper)
        if self.interval > 0 and self.interval % steps:
            asked, self.interval = self.interval, -(-self.interval // steps) * steps
            runner.logger.warning(
                f"checkpoints every {self.interval} iterations, not {asked}: gradients "
                f"are accumulated over {steps}, and half of them would be lost"
            )

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        if not isinstance(unwrap(runner.model), Pretext):
            return
        pictures = data_batch["inputs"]
        views = not isinstance(pictures, torch.Tensor)
        height, width = (pictures[0] if views else pictures).shape[-2:]
        self.picture_size = width if height == width else None

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        model = unwrap(runner.model)
        state = checkpoint.get("state_dict", checkpoint)
        own, name = get_state_dict(model), type(model).__name__
        if any(f"backbone.{key}" in own for key in state):
            file, part = runner._load_from, "model.backbone.init_cfg"
            raise InputError(
                f"{file} is an encoder alone, no {name}; start from it by "
                f"--cfg-options {part}.type=ce_plugin.PretrainedEncoder "
                f"{part}.checkpoint={file}"
            )
        check_state_dict(own, state, name)
        if runner._resume:
            # What of it the hook of norm statistics has changed after the last step.
            state.update(checkpoint.get(TRAINING_STATISTICS, {}))
        if "message_hub" in checkpoint:
            restore_history(checkpoint["message_hub"])

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        model = unwrap(runner.model)
        # mmengine leaves the wrappers' "module." in the names of distributed parts.
        state = {k: v.cpu() for k, v in get_state_dict(model).items()}
        if isinstance(model, Pretext):
            # So that a detector can start from this file as from an exported encoder.
            # mmengine counts an iteration once its hooks have been called.
            done = checkpoint["meta"].get("iter", runner.iter)
            checkpoint["meta"]["encoder"] = meta_of_run(runner, done)
            # And what fills holes can be built without running mmengine's text.
            whole = describe_run(runner.cfg.to_dict(), self.picture_size)
            checkpoint["meta"] |= whole
        checkpoint.update(to_plain(checkpoint), state_dict=state)

    def _save_checkpoint_with_step(self, runner, step: int, meta: dict) -> None:
        if not_finite(dict(runner.model.named_parameters())):
            runner.logger.warning(
                f"iteration {step}: weights are not finite; no checkpoint is written"
            )
            return
        fetch_losses(runner)
        path = Path(self.out_dir, self.filename_tmpl.format(step))
        part = path.with_name(f".{path.name}.part")
        self.last_ckpt = str(path)
        runner.message_hub.update_info("last_ckpt", self.last_ckpt)
        try:
            runner.save_checkpoint(
                self.out_dir,
                part.name,
                save_optimizer=self.save_optimizer,
                save_param_scheduler=self.save_param_scheduler,
                meta=meta,
                by_epoch=False,
                **self.args,
            )
            if not is_main_process():
                return
            replace_file(part, path)
            name = Path(runner.work_dir, "last_checkpoint")
            name.with_suffix(".part").write_text(str(path))
            replace_file(name.with_suffix(".part"), name)
        except (OSError, RuntimeError) as error:
            part.unlink(missing_ok=True)
            kept = last_checkpoint(runner.work_dir) or "there is none yet"
            raise TrainingError(
                f"the checkpoint of iteration {step} cannot be written to "
                f"{path.parent} ({error}); the last good one: {kept}. Make room and go "
                "on with --resume"
            ) from error
        self._remove_old(path)

    def _remove_old(self, newest: Path) -> None:
        if self.max_keep_ckpts < 1:
            return
        pattern = re.escape(self.filename_tmpl).replace(r"\{\}", r"(\d+)")
        found = [(re.fullmatch(pattern, p.name), p) for p in newest.parent.iterdir()]
        # A run may have gone back by resuming: what is newer by number is older by age.
        old = sorted((int(m[1]), p) for m, p in found if m and p != newest)
        now = int(re.fullmatch(pattern, newest.name)[1])
        earlier = [p for number, p in old if number < now]
        # Not a negative count, which would slice from the other end.
        too_many = max(0, len(earlier) - (self.max_keep_ckpts - 1))
        for p in earlier[:too_many]:
            p.unlink()
