"""Draws, with the sample, the jitter that is applied to its views on the device."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from torch import Tensor

from ce_plugin.errors import InputError
from ce_plugin.registry import TRANSFORMS
from ce_plugin.structures import COLOUR_ORDERS, JitterDraw

from .views import Jittered

Range = tuple[float, float]


@dataclass(frozen=True)
class Jitter:
    """The distribution of a view's changes; by default SimCLR's but for the flip.

    In the order in which they are made. Factors and angles are torchvision's.

    Attributes:
        flip: Probability of a mirrored view.
        colour: Probability of the next four together, in an order drawn for each view.
        brightness: Least and greatest factor of the brightness.
        contrast: Least and greatest factor of the contrast.
        saturation: Least and greatest factor of the saturation.
        hue: Least and greatest turn, as a share of the circle, within [-0.5, 0.5].
        grey: Probability of a grey view.
        blur: Probability of a Gaussian blur.
        sigmas: Least and greatest deviation of the Gaussian, in pixels.
        solarize: Probability that bright values are inverted.
        threshold: The least value that is inverted, 0..255.
        solarize_first: Solarise before the blur, not after it.

    Raises:
        InputError: A probability outside [0, 1], or a range that is none.

    Example:
        >>> Jitter(colour=0, grey=1, blur=0).draw().grey
        1.0
    """

    flip: float = 0.0
    colour: float = 0.8
    brightness: Range = (0.2, 1.8)
    contrast: Range = (0.2, 1.8)
    saturation: Range = (0.2, 1.8)
    hue: Range = (-0.2, 0.2)
    grey: float = 0.2
    blur: float = 0.5
    sigmas: Range = (0.1, 2.0)
    solarize: float = 0.0
    threshold: float = 128
    solarize_first: bool = False

    def __post_init__(self) -> None:
        for name in ("flip", "colour", "grey", "blur", "solarize"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(
                    f"{name} of a jitter is a probability, not {getattr(self, name)!r}"
                )
        limits = dict.fromkeys(("brightness", "contrast", "saturation"), (0, np.inf))
        limits |= dict(sigmas=(0, np.inf), hue=(-0.5, 0.5))
        for name, (least, most) in limits.items():
            given = getattr(self, name)
            pair = isinstance(given, Sequence) and len(given) == 2
            if not (pair and least <= given[0] <= given[1] <= most):
                raise InputError(
                    f"{name} of a jitter is two rising numbers from {least} to {most}, "
                    f"not {given!r}"
                )

    def draw(self) -> JitterDraw:
        """For one view, from Python's generator, which the dataset seeds."""
        chance, between = random.random, random.uniform
        flip = float(chance() < self.flip)
        order, factors = 0, (1.0, 1.0, 1.0, 0.0)
        if chance() < self.colour:
            order = random.randrange(len(COLOUR_ORDERS))
            ranges = (self.brightness, self.contrast, self.saturation, self.hue)
            factors = tuple(between(*limits) for limits in ranges)
        grey = float(chance() < self.grey)
        sigma = between(*self.sigmas) if chance() < self.blur else 0.0
        level = float(self.threshold) if chance() < self.solarize else 256.0
        first = float(self.solarize_first)
        return JitterDraw(flip, order, *factors, grey, sigma, level, first)


@TRANSFORMS.register_module()
class BatchJitter:
    """Colour jitter, grey, blur and solarisation of views, made on the device.

    Goes last among the transforms of **any** pretext, with or without a hole. Nothing
    is computed here: what is to happen is drawn, and the model's preprocessor
    (:class:`PicturePreprocessor`, :class:`InpaintingPreprocessor`) does it to the whole
    batch, before it cuts holes. Targets in pixels are of the changed picture.

    By default the colours and the blur of SimCLR. Where there are several views, each
    has its own draw; a ``flip`` is then for tasks to which the sides do not matter.

    Args:
        strength: Multiplies how far the four colour ranges reach from neutral.
        **changes: Fields of :class:`Jitter`.

    Returns (call):
        The views as they came, with the draws.

    Raises:
        InputError: Arguments out of range or unknown.

    Source: Chen et al. 2020 (SimCLR), appendix A.

    Example:
        >>> import torch
        >>> jitter = BatchJitter(strength=0.5, blur=0)
        >>> jitter(torch.zeros(3, 8, 8, dtype=torch.uint8)).draws.shape
        (1, 10)
    """

    # What it takes stands in Jitter: a config's check leaves it to that.
    passes_arguments_on = True

    def __init__(self, strength: float = 1.0, **changes: Any) -> None:
        known = [field.name for field in fields(Jitter)]
        for name in changes:
            if name not in known:
                raise InputError(
                    f"BatchJitter has no {name!r}; it takes strength, "
                    f"{', '.join(known)}"
                )
        self.jitter = _scaled(Jitter(**changes), strength)

    def __call__(self, views: Tensor | Sequence[Tensor]) -> Jittered:
        count = 1 if isinstance(views, Tensor) else len(views)
        return Jittered(views, as_rows([self.jitter] * count))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.jitter})"


def as_rows(jitters: Sequence[Jitter]) -> np.ndarray:
    """A draw of each, float64 (V, fields of :class:`JitterDraw`)."""
    return np.array([jitter.draw() for jitter in jitters])


def _scaled(jitter: Jitter, strength: float) -> Jitter:
    """The same with colour ranges ``strength`` times as wide, factors not below 0."""
    if strength == 1:
        return jitter
    values = {field.name: getattr(jitter, field.name) for field in fields(jitter)}
    for name, neutral in dict(brightness=1, contrast=1, saturation=1, hue=0).items():
        ends = [neutral + strength * (end - neutral) for end in values[name]]
        values[name] = tuple(ends) if name == "hue" else (max(0, ends[0]), ends[1])
    return Jitter(**values)
