"""The ways in which a step is run on a device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ce_plugin.engine.cuda_graph import CapturedStep, why_not
from gpu.device import precision
from gpu.record import NotHere


@dataclass(frozen=True)
class Variant:
    """How a step is run.

    Attributes:
        amp: In bfloat16; else float32 with TF32.
        channels_last: Weights and maps have their channels innermost.
        captured: Recorded once, replayed after that: ``--compile``.
    """

    amp: bool = False
    channels_last: bool = False
    captured: bool = False

    def __str__(self) -> str:
        words = ["bfloat16" if self.amp else "tf32"]
        words += ["channels last"] * self.channels_last + ["captured"] * self.captured
        return ", ".join(words)

    @property
    def wrapper(self) -> str:
        """Mmengine's optimizer wrapper for it."""
        return "AutocastOptimWrapper" if self.amp else "OptimWrapper"

    @contextmanager
    def precision(self, device: str) -> Iterator[None]:
        """What a step without a wrapper runs in."""
        with precision("tf32"), torch.autocast(device, torch.bfloat16, self.amp):
            yield

    def step(self, model: nn.Module, optim_wrapper: Any) -> Callable[[dict], Any]:
        """``model.train_step`` for a batch.

        Raises:
            NotHere: It cannot be captured here.
        """
        if self.channels_last:
            model.to(memory_format=torch.channels_last)
        if not self.captured:
            return lambda data: model.train_step(data, optim_wrapper)
        reason = why_not(model, optim_wrapper)
        if reason:
            raise NotHere(reason)

        def refuse(line: str) -> None:
            # A step that runs as usual after all is not what is to be timed.
            raise RuntimeError(line)

        return CapturedStep(model, optim_wrapper, refuse)


@dataclass(frozen=True)
class Sizes:
    """How much is timed.

    Attributes:
        joint: Batches of the joint step.
        passes: Pictures that go through an encoder in a step.
        side: Their side in pixels.
        repeats: Steps that are timed.
        warmup: Steps before; recording takes four.
        workers: Processes that read pictures.
    """

    joint: tuple[int, ...] = (64, 256, 1024)
    passes: int = 256
    side: int = 224
    repeats: int = 10
    warmup: int = 6
    workers: tuple[int, ...] = (1, 2, 4, 8, 16)


TINY = Sizes((2,), passes=8, side=64, repeats=1, warmup=1, workers=(1,))
