"""Maps measured values to bytes: 16 bits, floats, chosen channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ce_plugin.errors import InputError
from ce_plugin.optional import require

_MOST_LOOKED_AT = 2**20
"""Percentiles are those of about this many values, evenly spread."""
_PERCENTILES = (1, 99)


class BadPicture(Exception):
    """A file that cannot be read as a picture; the message is the reason."""


@dataclass(frozen=True)
class Reading:
    """The mapping of values that are no bytes to 0..255, and the channels that count.

    Bytes stay as they are. Of others, with ``value_range``

    - 'type': the range of the file's type: of whole numbers the upper eight bits are
      kept, of floats [0, 1] is the range. What is not a number is 0.
    - 'percentile': from the picture's own 1st to its 99th percentile, over all chosen
      channels together, clipped. Contrast is alike in all pictures, levels are not.
    - (low, high): the same range for all pictures, clipped, such as (0, 4095) for 12
      bits. Levels stay comparable, as those of a thermal camera should.

    Args:
        channels: Numbers of the three that become red, green and blue, or of one that
            becomes grey, from 0. None: a picture's own grey or colours, on white where
            there is alpha. Grey pages of a TIFF count as channels.
        value_range: See above.
        jpeg: What decodes JPEGs: 'torchvision', or 'simplejpeg', a package of its own
            that is faster and gives the same pixels (:mod:`.jpeg`).

    Raises:
        InputError: An argument out of its range, or simplejpeg is missing.

    Example:
        >>> Reading((0, 1, 2), 'percentile').value_range
        'percentile'
    """

    channels: tuple[int, ...] | None = None
    value_range: str | tuple[float, float] = "type"
    jpeg: str = "torchvision"

    def __post_init__(self) -> None:
        if self.jpeg not in ("torchvision", "simplejpeg"):
            raise InputError(
                f"jpeg is 'torchvision' or 'simplejpeg', got {self.jpeg!r}"
            )
        if self.jpeg == "simplejpeg":
            require("simplejpeg", "jpeg='simplejpeg'", "fast")
        chosen, values = self.channels, self.value_range
        if chosen is not None:
            whole = isinstance(chosen, Sequence) and all(
                isinstance(number, int) and number >= 0 for number in chosen
            )
            if not whole or len(chosen) not in (1, 3):
                raise InputError(
                    f"channels is three numbers from 0, or one, got {chosen!r}"
                )
            object.__setattr__(self, "channels", tuple(chosen))
        if values in ("type", "percentile"):
            return
        pair = isinstance(values, Sequence) and not isinstance(values, str)
        try:
            low, high = map(float, values) if pair else (0, 0)
        except (TypeError, ValueError):
            low, high = 0, 0
        if not -np.inf < low < high < np.inf:
            raise InputError(
                "value_range is 'type', 'percentile' or (low, high) with low < high, "
                f"got {values!r}"
            )
        object.__setattr__(self, "value_range", (low, high))

    def described(self) -> dict[str, str]:
        """Both rules as words, for an encoder's ``meta``; ``jpeg`` changes no pixel.

        Example:
            >>> Reading((6, 0, 3), (0, 4095)).described()
            {'channels': '6, 0, 3', 'value_range': '0 to 4095'}
        """
        chosen, values = self.channels, self.value_range
        if not isinstance(values, str):
            values = " to ".join(f"{value:g}" for value in values)
        names = "own" if chosen is None else ", ".join(map(str, chosen))
        return dict(channels=names, value_range=values)


def choose(values: np.ndarray, channels: Sequence[int] | None) -> np.ndarray:
    """The chosen channels.

    Args:
        values: (H, W, C).
        channels: See :class:`Reading`.

    Raises:
        BadPicture: There are fewer.
    """
    if channels is None:
        return values
    many = values.shape[2]
    if max(channels) >= many:
        raise BadPicture(f"no channel {max(channels)}, it has 0 to {many - 1}")
    return values[..., list(channels)]


def to_bytes(
    values: np.ndarray, value_range: str | tuple[float, float] = "type"
) -> np.ndarray:
    """Values of any type as uint8 of the same shape; bytes as they are.

    Args:
        values: Whole numbers, truth values or floats.
        value_range: See :class:`Reading`.

    Raises:
        BadPicture: The rule does not fit: floats outside of [0, 1], 16 bits of which
            the upper four are empty, or no number at all.

    Example:
        >>> to_bytes(np.array([0, 2047, 4095], np.uint16), (0, 4095))
        array([  0, 127, 255], dtype=uint8)
    """
    if values.dtype == bool:
        return values.astype(np.uint8) * 255
    if values.dtype == np.uint8:
        return values
    if value_range == "type":
        return _by_type(values)
    if value_range == "percentile":
        finite = values[np.isfinite(values)]
        if not finite.size:
            raise BadPicture("not a single number in it")
        some = finite[:: -(-finite.size // _MOST_LOOKED_AT)]
        low, high = np.percentile(some.astype(np.float64), _PERCENTILES)
        if high <= low:  # one level nearly everywhere, which becomes 0
            high = low + 1
    else:
        low, high = value_range
    return _scaled(values, low, high)


def opacity(alpha: np.ndarray) -> np.ndarray:
    """Values of an alpha channel as uint8 of the same shape, 255 = opaque.

    Its range is that of its type, whatever that of the colours is. But where the upper
    four bits of all are empty, it has as few as the colours that a camera of 12 bits
    gave.

    Example:
        >>> [opacity(np.array([0, top], np.uint16)).tolist() for top in (65535, 4095)]
        [[0, 255], [0, 255]]
    """
    if alpha.dtype.kind != "u" or alpha.dtype == np.uint8:
        return to_bytes(alpha)
    bits, used = 8 * alpha.itemsize, int(alpha.max()).bit_length()
    if 0 < used <= bits - 4:
        bits = max(used, 8)
    return (alpha.astype(np.int64) >> (bits - 8)).astype(np.uint8)


def _by_type(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "f":
        finite = values[np.isfinite(values)]
        if finite.size and not 0 <= finite.min() <= finite.max() <= 1:
            raise BadPicture(
                f"floats from {finite.min():.4g} to {finite.max():.4g}, not in [0, 1]: "
                "set value_range of the dataset to 'percentile' or (low, high)"
            )
        return _scaled(values, 0, 1)
    info = np.iinfo(values.dtype)
    top = int(values.max())
    if info.min == 0 and 0 < top <= info.max >> 4:
        raise BadPicture(
            f"nearly black: of {info.bits} bits only values up to {top} occur; set "
            "value_range of the dataset to 'percentile' or (low, high)"
        )
    return ((values.astype(np.int64) - info.min) >> (info.bits - 8)).astype(np.uint8)


def _scaled(values: np.ndarray, low: float, high: float) -> np.ndarray:
    inside = np.nan_to_num(values.astype(np.float64), nan=low).clip(low, high)
    return ((inside - low) / (high - low) * 255).round().astype(np.uint8)
