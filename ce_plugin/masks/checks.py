"""Checks of constructor arguments, so that a wrong config ends with one clear line."""

import math
from collections.abc import Sequence
from numbers import Integral, Real

from ce_plugin.errors import InputError


def check_number(
    name: str,
    value: object,
    *,
    least: float = -math.inf,
    most: float = math.inf,
    above: float = -math.inf,
    below: float = math.inf,
    whole: bool = False,
) -> None:
    """Raise :class:`InputError` unless ``value`` is a number within all four bounds.

    Args:
        name: What the message calls the value.
        value: The value. Booleans, NaN and infinities are no numbers here.
        least: Smallest allowed value.
        most: Largest allowed value.
        above: The value must be larger than this.
        below: The value must be smaller than this.
        whole: Only integers are allowed.
    """
    is_number = isinstance(value, Integral if whole else Real)
    is_number = is_number and not isinstance(value, bool) and math.isfinite(value)
    if is_number and least <= value <= most and above < value < below:
        return
    bounds = {"at least": least, "above": above, "at most": most, "below": below}
    wanted = [f"{word} {b:g}" for word, b in bounds.items() if math.isfinite(b)]
    kind = "a whole number" if whole else "a number"
    wanted = " ".join([kind, " and ".join(wanted)]).strip()
    raise InputError(f"{name} must be {wanted}, got {value!r}")


def check_interval(
    name: str, value: object, *, least: float = -math.inf, most: float = math.inf
) -> tuple[float, float]:
    """Return ``value`` as a tuple (low, high), least <= low <= high <= most.

    Raises:
        InputError: It is not a pair of such numbers.
    """
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        raise InputError(f"{name} must be two numbers (low, high), got {value!r}")
    low, high = value
    check_number(f"{name}[0]", low, least=least, most=most)
    check_number(f"{name}[1]", high, least=low, most=most)
    return low, high
