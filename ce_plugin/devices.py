"""The device that a user has named, or the best one there is."""

from __future__ import annotations

import torch

from .errors import InputError


def device_of(name: str | torch.device | None = None) -> torch.device:
    """A device by its name; without one the first CUDA device, or the CPU.

    Raises:
        InputError: torch does not know it, or finds no such CUDA device.

    Example:
        >>> device_of("cpu")
        device(type='cpu')
    """
    found = torch.cuda.device_count()
    if name is None:
        return torch.device("cuda" if found else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(f"the device {name} is not known to torch") from error
    if device.type == "cuda" and (device.index or 0) >= found:
        raise InputError(
            f"the device {name}, but torch finds {found or 'no'} CUDA devices; "
            "leave it out"
        )
    return device
