"""Where the time of the joint step goes on a CPU core, against its matrix rate.

Shares are torch's profiler's; the rate is that of a large matrix product by oneDNN, and
seconds are the processor's, so that other work on the machine counts little.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from _common import arguments, write
from joint_step import BATCH, SIZE, build, make_batch
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from ce_plugin.engine.memory import keep_memory

SIDE = 2048
# What an operation's name begins with, in the order in which it is looked at.
GROUPS = {
    "convolutions, backward": ("aten::convolution_backward",),
    "convolutions, forward": ("aten::mkldnn_convolution", "aten::_convolution"),
    "products of the bottleneck": ("mkldnn::_linear", "aten::mm", "aten::addmm"),
    "batch norms": ("aten::native_batch_norm",),
    "activations": ("aten::leaky_relu", "aten::threshold", "aten::tanh", "aten::relu"),
    "optimizers": ("aten::_fused_adam",),
    "copies and changes of memory format": ("aten::copy_", "aten::fill_"),
}


def seconds(function: Callable[[], object], rounds: int) -> float:
    """The least of ``rounds`` times, of the processor."""
    function()
    times = []
    for _ in range(rounds):
        began = time.process_time()
        function()
        times.append(time.process_time() - began)
    return min(times)


def group_of(event) -> str:
    """The group of an operation; those with a map of three channels are their own."""
    for name, starts in GROUPS.items():
        if event.key.startswith(starts):
            if name.startswith("convolutions") and _has_pictures(event.input_shapes):
                return "convolutions that begin or end in pictures"
            return name
    return "the rest"


def _has_pictures(shapes: list) -> bool:
    return any(len(shape) == 4 and shape[1] == 3 for shape in shapes)


def main() -> None:
    """Counts, times, profiles, writes."""
    args = arguments(__doc__.splitlines()[0], rounds=5, batch=BATCH)
    torch.set_num_threads(1)
    keep_memory()
    model, optim, _ = build()
    data = make_batch(0, args.batch)

    def step() -> None:
        model.train_step(data, optim)

    with FlopCounterMode(display=False) as counter:
        step()
    # The counter does not know the operator of ce_plugin.models.onednn.
    code = 4000
    weights = [p for p in model.parameters() if p.ndim == 4 and code in p.shape[:2]]
    operations = counter.get_total_flops()
    operations += sum(3 * 2 * args.batch * weight.numel() for weight in weights)

    a = torch.randn(SIDE, SIDE)
    linear = torch.ops.mkldnn._linear_pointwise
    rate = 2 * SIDE**3 / seconds(lambda: linear(a, a, None, "none", [], ""), 8)
    took = seconds(step, args.rounds)
    with profile(activities=[ProfilerActivity.CPU], record_shapes=True) as profiled:
        for _ in range(args.rounds):
            step()
    spent: dict[str, float] = {}
    for event in profiled.key_averages(group_by_input_shape=True):
        group = group_of(event)
        spent[group] = spent.get(group, 0.0) + event.self_cpu_time_total
    total = sum(spent.values())
    shares = {k: round(v / total, 3) for k, v in spent.items()}
    write(
        "joint_profile",
        dict(
            what=f"joint DCGAN step, batch {args.batch}, {SIZE} px, float32, one core",
            seconds=round(took, 3),
            gflop=round(operations / 1e9, 1),
            gflops_of_large_product=round(rate / 1e9, 1),
            share_of_that_rate=round(operations / took / rate, 3),
            shares=dict(sorted(shares.items(), key=lambda item: -item[1])),
            rounds=args.rounds,
        ),
        args.out,
    )


if __name__ == "__main__":
    main()
