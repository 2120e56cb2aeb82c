"""Stops a run whose loss is no longer a number."""

from __future__ import annotations

import math

from mmengine.hooks import Hook

from ce_plugin.checkpoints import last_checkpoint
from ce_plugin.errors import InputError, TrainingError
from ce_plugin.registry import HOOKS

from .losses import losses_are_pending


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Stops after ``patience`` iterations in a row with a loss that is not finite.

    Args:
        patience: A single bad batch is no reason to stop; this many are.

    Raises:
        InputError: ``patience`` is less than 1.
        TrainingError: (while training) the run has diverged.
    """

    def __init__(self, patience: int = 5) -> None:
        if patience < 1:
            raise InputError(f"FiniteLossHook: patience is at least 1, not {patience}")
        self.patience = patience
        self.bad = self.unseen = 0

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        self.unseen += 1
        if losses_are_pending(runner):
            return
        # The runtime hook has put the values there already: no second synchronisation.
        scalars = runner.message_hub.log_scalars
        steps, self.unseen = self.unseen, 0
        # A norm of gradients may be infinite while the scale of a loss is found.
        names = [name for name in outputs or {} if not name.startswith("grad_")]
        recent = {name: scalars[f"train/{name}"].data[0][-steps:] for name in names}
        for i in range(steps):
            wrong = [name for name, x in recent.items() if not math.isfinite(x[i])]
            self.bad = self.bad + 1 if wrong else 0
            if self.bad >= self.patience:
                self._stop(runner, wrong, runner.iter + 2 - steps + i)

    def _stop(self, runner, wrong: list[str], iteration: int) -> None:
        raise TrainingError(
            f"{', '.join(wrong)} not finite for {self.bad} iterations up to "
            f"{iteration}; {way_out(runner.work_dir)}"
        )


def way_out(work_dir: str) -> str:
    """What to do about a run that has diverged, in words."""
    kept = last_checkpoint(work_dir) or "there is none yet"
    return (
        f"the last good checkpoint: {kept}. Start from its weights, load_from, with a "
        "lower learning rate, or clip gradients with optim_wrapper.clip_grad"
    )


@HOOKS.register_module()
class BadPictureHook(Hook):
    """Names unreadable pictures, whichever data worker has met them.

    The datasets pass over what they cannot read and say so in each sample. A worker
    knows only what it has met itself; here all of it comes together, and the dataset's
    own rule (``max_bad_share``) says whether it is too much. The names are kept in the
    message hub under ``bad_pictures`` for the result page.

    Raises:
        InputError: (while training) more are bad than may be.
    """

    def __init__(self) -> None:
        self.names: dict[str, None] = {}

    def before_train(self, runner) -> None:
        known = runner.message_hub.runtime_info.get("bad_pictures", ())
        self.names = dict.fromkeys(known)
        if known:
            # A resumed run counts on from there.
            runner.train_dataloader.dataset.note_unreadable(list(known))

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        samples = data_batch["data_samples"]
        found = {path for paths in samples.metainfo["skipped"] for path in paths}
        new = sorted(found - self.names.keys())
        if not new:
            return
        for path in new:
            runner.logger.warning(f"cannot read {path}; passed over")
        self.names |= dict.fromkeys(new)
        runner.message_hub.update_info("bad_pictures", list(self.names))
        runner.train_dataloader.dataset.note_unreadable(new)

    def after_train(self, runner) -> None:
        if self.names:
            runner.logger.warning(
                f"{len(self.names)} unreadable pictures were passed over: "
                + ", ".join(self.names)
            )
