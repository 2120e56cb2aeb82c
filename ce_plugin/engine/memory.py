"""Memory that a training step frees is kept for the next step."""

from __future__ import annotations

import ctypes
import sys

# Names and numbers of glibc's <malloc.h>.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4


def keep_memory() -> bool:
    """Tells the C library to keep freed memory instead of handing it to the system.

    On a CPU every step frees its activations and asks for as much again; by default
    each of those large blocks is a mapping of its own, and the system clears it page by
    page, step after step. So it is in a process that reads pictures, where every
    decoded one is such a block. Costs nothing but that the process stays as large as it
    once was.

    Returns:
        Whether the C library is one that knows how (glibc).
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    settings = {
        _M_MMAP_MAX: 0,
        _M_TRIM_THRESHOLD: 2**31 - 1,
        _M_TOP_PAD: 64 * 2**20,
    }
    # A list: all of them are set, also after one that could not be.
    return all([mallopt(name, value) for name, value in settings.items()])  # noqa: C419
