"""Tells whether the random generators of the host have been used."""

from __future__ import annotations

import random

import numpy as np
import torch


class HostRandomness:
    """The states of torch's, numpy's and Python's own generators, as they are now.

    Example:
        >>> before = HostRandomness()
        >>> first = torch.rand(1)
        >>> before.has_moved()
        True
        >>> before.restore()
        >>> bool(torch.rand(1) == first)
        True
    """

    def __init__(self) -> None:
        self.state = self._read()

    @staticmethod
    def _read() -> tuple[bytes, tuple, tuple]:
        kind, keys, *rest = np.random.get_state()
        own = torch.default_generator.get_state().numpy().tobytes()
        return own, (kind, keys.tobytes(), *rest), random.getstate()

    def has_moved(self) -> bool:
        """Whether random numbers have been drawn since."""
        return self._read() != self.state

    def restore(self) -> None:
        """Restores the states."""
        own, (kind, keys, *rest), python = self.state
        state = np.frombuffer(own, np.uint8).copy()
        torch.default_generator.set_state(torch.from_numpy(state))
        np.random.set_state((kind, np.frombuffer(keys, np.uint32), *rest))
        random.setstate(python)
