"""Random numbers for each sample of a batch, the same ones on every device."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ce_plugin.structures import PretextSample


def fresh_keys(count: int) -> Tensor:
    """Keys for ``count`` samples, from torch's generator on the CPU.

    The loop seeds that generator from the run's seed, the iteration and the process.
    """
    return torch.randint(-(2**63), 2**63 - 1, (count,))


def keys_of(
    samples: PretextSample | None, count: int, device: torch.device | str
) -> Tensor:
    """The ``key`` that the preprocessor has given each sample, or fresh ones.

    Args:
        samples: A batch, or None.
        count: Number of samples in the batch.
        device: Device of the result.

    Returns:
        int64 (count,).
    """
    keys = None if samples is None else samples.get("key")
    if keys is None:
        keys = fresh_keys(count)
    return keys.to(device, non_blocking=True)


def random_bits(keys: Tensor, shape: Sequence[int], stream: int) -> Tensor:
    """64 random bits for each place of ``shape``, of each sample.

    They depend on key, stream and place alone. All is done in integers, so that a GPU
    and a CPU have the same, which torch's generators have not.

    Args:
        keys: int64 (B,).
        shape: Shape of what is drawn for one sample.
        stream: A number of its own for each draw of a step.

    Returns:
        int64 ``(B, *shape)``.

    Source: Steele et al. 2014, "Fast splittable pseudorandom number generators"
    (SplitMix64).
    """
    count = math.prod(shape)
    places = torch.arange(1, count + 1, device=keys.device)
    start = _mix(keys + _signed((stream + 1) * _APART % 2**64))
    return _mix(start[:, None] + places * _STEP).view(len(keys), *shape)


def uniform(keys: Tensor, shape: Sequence[int], stream: int) -> Tensor:
    """Float32 numbers in [0, 1), ``(B, *shape)``; see :func:`random_bits`.

    Example:
        >>> x = uniform(torch.arange(2), (500,), stream=0)
        >>> x.shape, bool(x.min() >= 0), round(x.mean().item(), 1)
        (torch.Size([2, 500]), True, 0.5)
    """
    return _top(random_bits(keys, shape, stream), 24).float() * 2.0**-24


def normal(keys: Tensor, shape: Sequence[int], stream: int) -> Tensor:
    """Float32 numbers of a normal distribution, ``(B, *shape)``, as :func:`uniform`.

    Devices differ in the last bits of the inverse error function.
    """
    # Half a step away from 0 and 1, where the inverse is infinite.
    chance = (_top(random_bits(keys, shape, stream), 23).float() + 0.5) * 2.0**-23
    return torch.erfinv(2 * chance - 1) * math.sqrt(2)


def below(
    keys: Tensor, shape: Sequence[int], stream: int, limit: int | Tensor
) -> Tensor:
    """Whole numbers from 0 to ``limit`` - 1, int64 ``(B, *shape)``.

    Args:
        keys: See :func:`random_bits`.
        shape: See :func:`random_bits`.
        stream: See :func:`random_bits`.
        limit: At most 2^31; a number, or a tensor that broadcasts.

    Example:
        >>> x = below(torch.arange(3), (50,), stream=0, limit=7)
        >>> x.min().item(), x.max().item()
        (0, 6)
    """
    return (_top(random_bits(keys, shape, stream), 32) * limit) >> 32


def shuffled(keys: Tensor, count: int, stream: int) -> Tensor:
    """A random order of 0 to ``count`` - 1 for each sample, int64 (B, count)."""
    return random_bits(keys, (count,), stream).argsort(dim=1, stable=True)


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


_STEP = _signed(0x9E3779B97F4A7C15)
_APART = 0xD1B54A32D192ED03
_FIRST, _SECOND = _signed(0xBF58476D1CE4E5B9), _signed(0x94D049BB133111EB)


def _top(bits: Tensor, count: int) -> Tensor:
    """The upper ``count`` of 64 bits, as numbers that are not negative."""
    return (bits >> (64 - count)) & (2**count - 1)


def _mix(x: Tensor) -> Tensor:
    # torch shifts in copies of the sign, which are masked away.
    x = (x ^ ((x >> 30) & (2**34 - 1))) * _FIRST
    x = (x ^ ((x >> 27) & (2**37 - 1))) * _SECOND
    return x ^ ((x >> 31) & (2**33 - 1))
