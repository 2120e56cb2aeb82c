"""The training loop whose state is one number."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import torch
from mmengine.dist import get_rank
from mmengine.runner import IterBasedTrainLoop
from mmengine.runner.loops import BaseLoop
from torch import Tensor
from torch.utils.data import DataLoader

from ce_plugin.errors import InputError
from ce_plugin.registry import LOOPS
from ce_plugin.unwrap import unwrap

from .clipping import steps_between_updates, usual_step, wrappers_of
from .cuda_graph import CapturedStep, why_not
from .same_data import need_same_data


@LOOPS.register_module()
class PretrainLoop(IterBasedTrainLoop):
    """Iterations whose randomness depends on (seed, iteration) alone.

    mmengine's loop replays all data of a resumed run, and what dropout draws depends on
    all that was drawn before. Here the sampler starts where the run stopped, without
    reading a picture, and before each iteration the global generator is seeded from the
    run's seed, the iteration and the rank. So a run that was stopped anywhere and
    resumed ends in the weights of one that was not. The model is told its ``progress``,
    and whether the optimizer has ``stepped`` since the last batch.

    Args:
        runner: The runner.
        dataloader: A loader, or its config; its sampler has a ``start``
            (:class:`SeededSampler`).
        max_iters: Iterations in all.
        val_begin: First iteration after which there may be a validation.
        val_interval: Iterations between validations; the last one is always followed by
            one.
        capture: On a GPU the step is recorded once and replayed, see
            :class:`CapturedStep`; where it cannot be, one line says why.

    Raises:
        InputError: ``val_interval`` is less than 1.
    """

    def __init__(
        self,
        runner,
        dataloader: DataLoader | dict,
        max_iters: int,
        val_begin: int = 1,
        val_interval: int = 1000,
        capture: bool = False,
    ) -> None:
        if val_interval < 1:
            raise InputError(
                f"PretrainLoop: val_interval is at least 1, not {val_interval}; "
                "val_cfg=None leaves validation out"
            )
        # The parent would start the data workers here, before a resumed run knows its
        # iteration.
        BaseLoop.__init__(self, runner, dataloader)
        self._max_iters = int(max_iters)
        self._max_epochs = 1
        self._epoch = self._iter = 0
        self.val_begin, self.val_interval = val_begin, val_interval
        self.stop_training = False
        self.capture = capture
        # Seconds that the current iteration has waited for its batch.
        self.data_wait = 0.0
        runner.visualizer.dataset_meta = getattr(
            self.dataloader.dataset, "metainfo", None
        )

    def run(self) -> torch.nn.Module:
        """Trains from the current iteration to the last one."""
        runner = self.runner
        need_same_data(self.dataloader.dataset)
        self._count_from_here()
        runner.call_hook("before_train")
        runner.call_hook("before_train_epoch")
        self.dataloader.sampler.start = self._iter * self.dataloader.batch_size
        batches = iter(self.dataloader)
        step = self._make_step()
        accumulated = steps_between_updates(runner.optim_wrapper)
        while self._iter < self._max_iters and not self.stop_training:
            runner.model.train()
            began = time.perf_counter()
            batch = next(batches)
            self.data_wait = time.perf_counter() - began
            torch.manual_seed(self._step_seed())
            unwrap(runner.model).progress = self._iter / self._max_iters
            unwrap(runner.model).stepped = self._iter % accumulated == 0
            self._run_iter(batch, step)
            if self._iter < self._max_iters and self._due():
                runner.val_loop.run()
        # Here, so that a run that was stopped after its last step gets its figures too.
        if runner.val_loop is not None:
            runner.val_loop.run()
        runner.call_hook("after_train_epoch")
        runner.call_hook("after_train")
        return runner.model

    def _count_from_here(self) -> None:
        """Tells the wrappers of a dict where the run stands, as mmengine does of one.

        Accumulated gradients are then used after the same iterations in a resumed run,
        and those of the last ones are not dropped.
        """
        optim_wrapper = self.runner.optim_wrapper
        for wrapper in wrappers_of(optim_wrapper):
            if wrapper is not optim_wrapper:
                wrapper.initialize_count_status(
                    self.runner.model, self._iter, self._max_iters
                )

    def _make_step(self) -> Callable[[dict], dict[str, Tensor]]:
        """One iteration of the model: from a batch to the named losses."""
        model, optim_wrapper = self.runner.model, self.runner.optim_wrapper
        if self.capture:
            reason = why_not(model, optim_wrapper)
            if reason is None:
                return CapturedStep(model, optim_wrapper, self.runner.logger.warning)
            self.runner.logger.warning(f"--compile: {reason}; the step runs as usual")
        return partial(usual_step, model, optim_wrapper)

    def _run_iter(self, batch: dict, step: Callable[[dict], dict[str, Tensor]]) -> None:
        """Like mmengine's ``run_iter``, with ``step`` in place of the model."""
        about = dict(batch_idx=self._iter, data_batch=batch)
        self.runner.call_hook("before_train_iter", **about)
        outputs = step(batch)
        self.runner.call_hook("after_train_iter", **about, outputs=outputs)
        self._iter += 1

    def _due(self) -> bool:
        late_enough = self._iter >= self.val_begin
        return (
            self.runner.val_loop is not None
            and late_enough
            and self._iter % self.val_interval == 0
        )

    def _step_seed(self) -> int:
        # Odd multipliers keep neighbouring seeds, iterations and ranks apart.
        key = self.runner.seed * 1_000_003 + self._iter * 8_191 + get_rank()
        return key % 2**63
