"""Base class of the targets of a hole."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.base import build


class Target(nn.Module, ABC):
    """Base class of what can be predicted of the hidden part of a picture.

    A target describes whole pictures; the pretext task then asks for the description
    of what it has hidden. Pictures come as RGB (B, 3, H, W) in [0, 1].

    To add one, write a class here, decorate it with ``@MODELS.register_module()`` and
    give it a row in ``tests/models/targets/cases.py``.

    Attributes:
        cell: Side of a cell in pixels; None where one description is of the whole
            picture.
        channels: How many numbers a head has to give for each cell.
        ready: Whether it can describe. One that learns from the training pictures first
            (:class:`~ce_plugin.engine.hooks.TargetFitHook` shows them) cannot before.
        follows_by_progress: Its ``follow`` is of version 0.1 and takes the progress.
    """

    cell: int | None
    channels: int
    ready: bool = True
    follows_by_progress: bool = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Sees what was written for version 0.1, whose ``follow`` took the progress."""
        super().__init_subclass__(**kwargs)
        cls.follows_by_progress = (
            cls.follow is not Target.follow and cls.momentum_at is Target.momentum_at
        )
        if cls.follows_by_progress:
            warnings.warn(
                f"{cls.__name__}.follow takes the progress of the training; give it "
                "the momentum, and say in momentum_at what that is",
                DeprecationWarning,
                stacklevel=2,
            )

    @abstractmethod
    def forward(self, pictures: Tensor) -> Tensor:
        """Describes pictures (B, 3, H, W).

        Returns:
            (B, C, h, w) numbers, (B, h, w) word numbers, or (B, C) of the whole; they
            carry no gradient.
        """

    @abstractmethod
    def compare(self, prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """The loss of a head's prediction.

        Args:
            prediction: (B, channels, h, w), or (B, channels) of the whole; at least
                float32.
            target: What :meth:`forward` has returned.
            weight: (B, 1, h, w) float: how much each cell counts. Its sum over all
                processes normalises.

        Returns:
            A scalar.
        """

    @abstractmethod
    def show(self, described: Tensor, size: tuple[int, int]) -> Tensor:
        """A picture of a description or of a head's prediction.

        Args:
            described: What :meth:`forward` returns, or a prediction.
            size: Height and width of the picture in pixels.

        Returns:
            (B, 3, H, W) RGB in [0, 1].
        """

    def fit(self, pictures: Sequence[Tensor], seed: int) -> None:
        """Fits the target to training pictures, once, before training.

        Args:
            pictures: Batches (B, 3, H, W) in [0, 1], on the target's device.
            seed: Seed of all random numbers.
        """

    def attach(self, backbone: nn.Module, preprocessor: nn.Module) -> None:
        """Receives, once, the encoder that is trained and its preprocessing."""

    def restart(self, backbone: nn.Module) -> None:
        """Called when the encoder has been initialised."""

    def momentum_at(self, progress: float) -> float | None:
        """The momentum with which it follows the encoder; None where it does not.

        Args:
            progress: Share of the training that is done, in [0, 1).
        """
        return None

    def follow(self, backbone: nn.Module, momentum: float | Tensor) -> None:
        """Called at each training step of a target that follows the encoder.

        Of iterations whose gradients are accumulated at the first one only.

        Args:
            backbone: The encoder.
            momentum: What :meth:`momentum_at` gives, or a tensor () of it, which a
                recorded step reads anew.
        """

    def check_ready(self) -> None:
        """Raises where the target would have to be fitted first.

        Raises:
            InputError: It is not fitted.
        """
        if not self.ready:
            raise InputError(
                f"{type(self).__name__} has not seen the training pictures yet; add "
                "dict(type='TargetFitHook') to custom_hooks, or call the pretext's "
                "fit() in a loop of your own"
            )

    def grid(self, pictures: Tensor) -> tuple[int, int]:
        """Rows and columns of cells in pictures.

        Raises:
            InputError: The sides are no multiples of the cell.
        """
        height, width = pictures.shape[-2:]
        if height % self.cell or width % self.cell:
            raise InputError(
                f"{type(self).__name__}: pictures of {width}x{height} px do not divide "
                f"into cells of {self.cell} px; change the crop or the cell"
            )
        return height // self.cell, width // self.cell


def build_target(part: dict | nn.Module, name: str) -> Target:
    """A target, or the one that its config describes.

    Args:
        part: A :class:`Target` or its config.
        name: What it is to whoever asks, for the error.

    Raises:
        InputError: It is no target.
    """
    target = build(part)
    if not isinstance(target, Target):
        raise InputError(f"{name} is a {type(target).__name__}, which is no target")
    return target


def keep_ready(target: Target) -> None:
    """Lets a fitted target's checkpoint say that it is fitted.

    The flag is a buffer in the file and a plain attribute in use: asking a tensor on a
    device for its value would make every step wait.
    """
    target.register_buffer("fitted", torch.zeros((), dtype=torch.bool))

    def look(module: nn.Module, state: dict, prefix: str, *_) -> None:
        flag = state.get(f"{prefix}fitted")
        if flag is not None:
            module.ready = bool(flag)

    target.ready = False
    target.register_load_state_dict_pre_hook(look)


def mark_ready(target: Target) -> None:
    """Marks a target as fitted, at the end of :meth:`Target.fit`."""
    target.fitted.fill_(True)
    target.ready = True
