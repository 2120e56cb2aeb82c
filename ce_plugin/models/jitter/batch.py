"""Jitters a batch of views, each with its own random values."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from ce_plugin.structures import COLOUR_ORDERS, JitterDraw

from .blur import blur, gaussian_kernels
from .colours import blend, turn_hue

HUE = 3
_NEVER = 256
_CPU_CHUNK, _CHUNK = 2**19, 2**26
"""Numbers that are changed together: on a CPU what its cache holds."""
_HUE_AT = np.array([order.index(HUE) for order in COLOUR_ORDERS])
_BLENDS = np.array([[k for k in order if k != HUE] for order in COLOUR_ORDERS])


def jitter_batch(
    pictures: Tensor,
    draws: np.ndarray,
    finish: Callable[[Tensor], Tensor],
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Flips, colours, greys, solarises and blurs views as their draws say.

    Nothing waits for the device: the draws are on the CPU, and what is sent there are
    the numbers that each view is multiplied with. Views that need the same are put
    beside each other, so that what no view of a chunk needs is left out.

    Own code, since it was measured to be needed (``benchmarks/speed/jitter.py``):
    torchvision's functions take one number for a batch, and view by view they need five
    times as long for the colours; kornia's have one order of the colours for a batch,
    need six times as long for them, and its blur is not lightly's.

    Args:
        pictures: (B, 3, H, W), 0..255, RGB.
        draws: A :class:`JitterDraw` for each view, (B, 10).
        finish: Applied to the changed views, float (n, 3, H, W) in 0..255, chunk by
            chunk, while they are in the cache: normalisation.
        dtype: In which all is computed.

    Returns:
        What ``finish`` gives, (B, 3, H, W), in its layout.
    """
    drawn = _columns(draws)
    order = np.lexsort((drawn.sigma, _hue_place(drawn)))
    limit = _CPU_CHUNK if pictures.device.type == "cpu" else _CHUNK
    size = max(1, limit // pictures[0].numel())
    changed = []
    for first in range(0, len(order), size):
        places = order[first : first + size]
        chunk = pictures.index_select(0, _send(places, pictures.device))
        changed.append(finish(_change(chunk, _columns(draws[places]), dtype)))
    back = _send(np.argsort(order), pictures.device)
    return _take(torch.cat(changed), back)


def _take(pictures: Tensor, places: Tensor) -> Tensor:
    """Some pictures, channels last if they were."""
    rows = pictures.movedim(1, -1)
    if rows.is_contiguous():
        return rows.index_select(0, places).movedim(-1, 1)
    return pictures.index_select(0, places)


def _columns(draws: np.ndarray) -> JitterDraw:
    """The draws of a batch, an array for each field."""
    return JitterDraw(*np.asarray(draws).T)


def _hue_place(drawn: JitterDraw) -> np.ndarray:
    """The number of blends before the hue; 0 where it is not changed."""
    return np.where(drawn.hue != 0, _HUE_AT[drawn.order.astype(int)], 0)


def _change(pictures: Tensor, drawn: JitterDraw, dtype: torch.dtype) -> Tensor:
    """All changes of one chunk."""

    def scalars(*columns: np.ndarray) -> Iterator[Tensor]:
        """Each column as (B, 1, 1, 1), sent together."""
        sent = _send(np.stack(columns), pictures.device, dtype)
        return iter(sent[..., None, None, None])

    pictures = _some(pictures, drawn.flip > 0, lambda x, _: x.flip(-1)).to(dtype)
    for blends in _blends(drawn, before_hue=True):
        pictures = blend(pictures, *scalars(*blends))
    if drawn.hue.any():
        pictures = turn_hue(pictures, *scalars(drawn.hue))
    for blends in _blends(drawn, before_hue=False):
        pictures = blend(pictures, *scalars(*blends))

    def solarize(some: Tensor, places: np.ndarray) -> Tensor:
        # Bytes would have been rounded before they are compared.
        (threshold,) = scalars(drawn.solarize[places] - 0.5)
        return torch.where(some >= threshold, 255 - some, some)

    def blur_some(some: Tensor, places: np.ndarray) -> Tensor:
        kernels = gaussian_kernels(drawn.sigma[places])
        return blur(some, _send(kernels, some.device, dtype))

    solarized, first = drawn.solarize < _NEVER, drawn.solarize_first > 0
    pictures = _some(pictures, solarized & first, solarize)
    pictures = _some(pictures, drawn.sigma > 0, blur_some)
    return _some(pictures, solarized & ~first, solarize)


def _some(
    pictures: Tensor, which: np.ndarray, change: Callable[[Tensor, np.ndarray], Tensor]
) -> Tensor:
    """``pictures``, into which what ``change`` makes of some of them is written."""
    (places,) = np.nonzero(which)
    if len(places) == len(which):
        return change(pictures, places)
    if len(places):
        there = _send(places, pictures.device)
        some = pictures.index_select(0, there)
        pictures.index_copy_(0, there, change(some, places))
    return pictures


def _blends(
    drawn: JitterDraw, before_hue: bool
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Factor and shares of grey and mean of each blend; greying comes last of all."""
    factors = np.stack([drawn.brightness, drawn.contrast, drawn.saturation])
    sequence = _BLENDS[drawn.order.astype(int)].T
    for place, kind in enumerate(sequence):
        here = (place < _hue_place(drawn)) == before_hue
        factor = np.where(here, np.take_along_axis(factors, kind[None], 0)[0], 1)
        if (factor != 1).any():
            yield factor, (1 - factor) * (kind == 2), (1 - factor) * (kind == 1)
    if not before_hue and drawn.grey.any():
        yield 1 - drawn.grey, drawn.grey, np.zeros_like(drawn.grey)


def _send(
    values: np.ndarray, device: torch.device, dtype: torch.dtype | None = None
) -> Tensor:
    """A few numbers on their way to ``device``; nobody waits until they are there."""
    tensor = torch.from_numpy(values).to(dtype)
    if device.type == "cuda" and torch.cuda.is_available():
        tensor = tensor.pin_memory()
    return tensor.to(device, non_blocking=True)
