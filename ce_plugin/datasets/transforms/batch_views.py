"""lightly's views, of which only the crops are made picture by picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from torch import Tensor
from torchvision.transforms import v2

from ce_plugin.errors import InputError
from ce_plugin.registry import TRANSFORMS

from .jitter import Jitter, as_rows
from .lightly_views import LightlyViews
from .views import Jittered

_NOTHING = Jitter(colour=0, grey=0, blur=0)
_NEUTRAL = dict.fromkeys(("brightness", "contrast", "saturation"), (1.0, 1.0))
_NEUTRAL |= dict(hue=(0.0, 0.0))


@TRANSFORMS.register_module()
class BatchViews:
    """The views of a method of lightly; jitter, blur and the like on the device.

    The same crops, changes, probabilities and ranges as :class:`LightlyViews`: they are
    read off lightly's own transform. The crops are made here, for they save decoding
    and copying; flip, colours, grey, blur and solarisation are drawn here and made by
    the model's preprocessor, for the whole batch at once.

    Args:
        method: See :class:`LightlyViews`.
        size: See :class:`LightlyViews`.
        **kwargs: See :class:`LightlyViews`.

    Returns (call):
        uint8 crops, with the draws for each.

    Raises:
        InputError: See :class:`LightlyViews`; or the method does to a view what the
            preprocessor cannot.

    Example:
        >>> import torch
        >>> views = BatchViews('SimCLR', size=8)  # doctest: +SKIP
        >>> made = views(torch.zeros(3, 20, 20, dtype=torch.uint8))  # doctest: +SKIP
        >>> len(made.views), made.draws.shape  # doctest: +SKIP
        (2, (2, 10))
    """

    passes_arguments_on = True

    def __init__(self, method: str, size: int = 224, **kwargs: Any) -> None:
        whole = LightlyViews(method, size, **kwargs)
        self.method, self.size = method, size
        parts = [_translate(view, method) for view in whole.transform.transforms]
        self.crops = [crop for crop, _ in parts]
        self.jitters = [jitter for _, jitter in parts]

    def __call__(self, picture: Tensor) -> Jittered:
        views = [crop(picture) for crop in self.crops]
        return Jittered(views, as_rows(self.jitters))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.method!r}, size={self.size})"


def _translate(view: Callable, method: str) -> tuple[Callable, Jitter]:
    """The crop, and the changes, of one of lightly's views.

    Raises:
        InputError: There is a step that is not known here, or in another order.
    """
    crop, jitter, last = None, _NOTHING, 0
    for step, probability in _steps(view):
        found = _read(step, probability, blurred=jitter.blur > 0)
        place, change = found or (-1, {})
        if place < last:
            raise InputError(
                f"BatchViews({method!r}): {type(step).__name__} is not made on the "
                "device, or not in this order; take LightlyViews"
            )
        last = place
        if isinstance(step, v2.RandomResizedCrop):
            crop = v2.RandomResizedCrop(
                step.size, step.scale, step.ratio, step.interpolation, antialias=True
            )
        jitter = replace(jitter, **change)
    if crop is None:
        raise InputError(f"BatchViews({method!r}): without a crop; take LightlyViews")
    return crop, jitter


def _steps(view: Callable, probability: float = 1.0) -> Iterator[tuple[Any, float]]:
    """The single steps that do something, with the probability of each."""
    inner = getattr(view, "transform", None)
    if isinstance(view, v2.Compose | v2.RandomApply):
        for step in view.transforms:
            yield from _steps(step, getattr(view, "p", 1.0) * probability)
    elif isinstance(inner, v2.Compose):
        yield from _steps(inner, probability)
    elif not _idle(view):
        yield view, probability


def _idle(step: Any) -> bool:
    """A conversion, or something with probability or strength 0."""
    if isinstance(step, v2.ToImage | v2.ToDtype):
        return True
    if isinstance(step, v2.ColorJitter):
        return all(getattr(step, name) is None for name in _NEUTRAL)
    shares = [getattr(step, name, None) for name in ("p", "prob")]
    return 0 in shares


def _read(step: Any, probability: float, blurred: bool) -> tuple[int, dict] | None:
    """A step's place in the order of :class:`Jitter`, and its fields there."""
    kind = type(step).__name__
    if kind == "RandomResizedCrop":
        return 0, {}
    if kind == "RandomHorizontalFlip":
        return 1, dict(flip=step.p)
    if kind == "ColorJitter":
        ranges = {name: getattr(step, name) for name in _NEUTRAL}
        ranges = {name: limits or _NEUTRAL[name] for name, limits in ranges.items()}
        return 2, dict(colour=probability, **ranges)
    if kind == "RandomGrayscale":
        return 3, dict(grey=step.p)
    if kind == "GaussianBlur":
        return 5, dict(blur=step.prob, sigmas=tuple(step.sigmas))
    if kind == "RandomSolarization":
        first = dict(threshold=step.threshold, solarize_first=not blurred)
        return (6 if blurred else 4), dict(solarize=step.prob) | first
    return None
