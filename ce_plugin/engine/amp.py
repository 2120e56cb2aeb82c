"""Tells whether bfloat16 helps on this processor."""

from __future__ import annotations

import time

import torch
from torch import nn

from ce_plugin.errors import InputError

MOST = 2.0
"""A step in bfloat16 may take this many times as long; less is a matter of taste."""
_ROUNDS = 3


def need_fast_bfloat16() -> None:
    """Raises where a step in bfloat16 takes a multiple of one in float32.

    A GPU is not looked at.

    Raises:
        InputError: Says how much slower it is, and what to do.
    """
    if torch.cuda.is_available():
        return
    times = slowdown()
    if times > MOST:
        raise InputError(
            f"--amp makes a step {times:.0f} times slower here: this processor has no "
            "instructions for bfloat16; leave it out, or add --amp-anyway"
        )


def slowdown() -> float:
    """The time of a convolution's step in bfloat16 on this processor, over float32's.

    Forward and backward, the shortest of a few rounds each, in turn, by processor time:
    a fraction of a second.
    """
    conv = nn.Conv2d(64, 64, 3, padding=1)
    inputs = torch.ones(4, 64, 32, 32)
    shortest = {False: float("inf"), True: float("inf")}
    for _ in range(_ROUNDS):
        for enabled, before in shortest.items():
            began = time.process_time()
            with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
                out = conv(inputs)
            out.float().square().mean().backward()
            took = time.process_time() - began
            shortest[enabled] = min(before, took)
    return shortest[True] / shortest[False]
