"""Stage 2: is what the device computes right, and the same when it is asked again?

Every registered pretext alone, with the small network of its contract test: the first
step's loss and gradient beside the CPU's, bfloat16, two equal runs, one that is stopped
and goes on, and how often a step waits for the device. Then the training tool itself,
killed and resumed.
"""

from __future__ import annotations

import copy
import io
import logging
import math
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from mmengine.logging import MMLogger
from mmengine.optim import OptimWrapper
from models.pretext_cases import PRETEXTS, registered
from tiny import batch, build_model, build_optim, dcgan_config
from torch import nn

from gpu.device import Device, deterministic, precision
from gpu.killed import killed_and_resumed
from gpu.record import Record, arguments

BATCH, STEPS = 8, 6
# Different enough to meet every line; the contract test has all of them on a CPU.
TINY = ("ContextEncoder", "MoCo")


def main() -> None:
    """Checks, and writes correct.json."""
    args = arguments(__doc__.splitlines()[0])
    MMLogger.get_instance("mmengine", log_level=logging.ERROR)
    device = Device(args.device)
    record = Record(args.out / "correct.json", args.seconds)
    record.add("joint step", lambda: check(device, None), least=5)
    for name in TINY if args.tiny else sorted(registered()):
        record.add(name, lambda name=name: check(device, name), least=5)
    record.add(
        "killed and resumed",
        lambda: killed_and_resumed(args.work, record.left, args.tiny),
        least=20,
    )


def check(device: Device, name: str | None) -> dict[str, Any]:
    """All that is asked of a pretext; None is the released network with both losses."""
    if name is not None and name not in PRETEXTS:
        raise LookupError(f"{name} has no row in tests/models/pretext_cases.py")
    with precision("ieee"):
        return dict(
            **first_step(device, name),
            **bfloat16(device, name),
            **repeats(device, name),
            waits=waits(device, name),
        )


def build(name: str | None) -> nn.Module:
    """The small network of a pretext, on the CPU."""
    if name is None:
        return build_model(dcgan_config()).train()
    return build_model(dict(type=name) | PRETEXTS[name].config).train()


def data(name: str | None, seed: int) -> dict:
    """A batch for it, as the loader gives it."""
    return (
        batch(BATCH, seed=seed) if name is None else PRETEXTS[name].batch(BATCH, seed)
    )


def optim_wrapper(name: str | None, model: nn.Module) -> Any:
    """Its optimizers: SGD with the rate of the contract test, or Adam as released."""
    if name is None:
        return build_optim(model)
    lr = PRETEXTS[name].lr
    return OptimWrapper(torch.optim.SGD(model.parameters(), lr, momentum=0.9))


def loss_and_gradient(model: nn.Module, prepared: dict) -> tuple[float, float]:
    """Loss and norm of its gradient for a batch that has been preprocessed."""
    model.zero_grad(set_to_none=True)
    torch.manual_seed(0)
    losses = model(**model.data_preprocessor(prepared, True), mode="loss")
    total, _ = model.parse_losses(losses)
    total.backward()
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    return total.item(), torch.stack([g.double().norm() for g in grads]).norm().item()


def first_step(device: Device, name: str | None) -> dict[str, Any]:
    """The same weights and batch on the CPU and on the device."""
    model = build(name)
    there = copy.deepcopy(model).to(device.type)
    expected = loss_and_gradient(model, data(name, 0))
    found = loss_and_gradient(there, data(name, 0))
    return {
        key: dict(cpu=e, device=f, relative=abs(f - e) / max(abs(e), 1e-12))
        for key, e, f in zip(("loss", "gradient_norm"), expected, found)
    }


def bfloat16(device: Device, name: str | None) -> dict[str, Any]:
    """Loss and gradient under bfloat16 autocast beside float32's, on the device."""
    model = build(name).to(device.type)
    state = copy.deepcopy(model.state_dict())
    full, _ = loss_and_gradient(model, data(name, 0))
    model.load_state_dict(state)
    with torch.autocast(device.type, torch.bfloat16):
        half, gradient = loss_and_gradient(model, data(name, 0))
    return dict(
        bfloat16=dict(
            finite=math.isfinite(half) and math.isfinite(gradient),
            relative=abs(half - full) / max(abs(full), 1e-12),
        )
    )


def train(model: nn.Module, optim: Any, name: str | None, steps: range) -> None:
    """Steps as the loop does them: batch, seed and progress are the step's own."""
    for i in steps:
        model.progress = i / STEPS
        torch.manual_seed(i)
        model.train_step(data(name, i), optim)


def repeats(device: Device, name: str | None) -> dict[str, Any]:
    """Largest differences of weights: two equal runs, and one stopped half-way."""
    found: dict[str, Any] = {}
    for mode in ("deterministic", "as usual"):
        context = deterministic() if mode == "deterministic" else precision("ieee")
        try:
            with context:
                found[mode] = _differences(device, name)
        except RuntimeError as error:
            found[mode] = dict(refused=str(error).splitlines()[0])
    return dict(repeats=found)


def _differences(device: Device, name: str | None) -> dict[str, float]:
    runs = []
    for stop in (None, None, STEPS // 2):
        model = build(name).to(device.type)
        optim = optim_wrapper(name, model)
        if stop:
            train(model, optim, name, range(stop))
            file = io.BytesIO()
            torch.save((model.state_dict(), optim.state_dict()), file)
            file.seek(0)
            states = torch.load(file, weights_only=True, map_location=device.type)
            model = build(name).to(device.type)
            optim = optim_wrapper(name, model)
            model.load_state_dict(states[0])
            optim.load_state_dict(states[1])
        train(model, optim, name, range(stop or 0, STEPS))
        runs.append(model.state_dict())
    first, again, resumed = runs
    return dict(again=largest(first, again), resumed=largest(first, resumed))


def largest(one: dict, other: dict) -> float:
    """Largest difference between two state dicts; 0 is equal to the last bit."""
    return max((one[k].double() - other[k].double()).abs().max().item() for k in one)


def waits(device: Device, name: str | None) -> dict[str, int] | str:
    """How often a step makes the processor wait for the device, by line."""
    if not device.cuda:
        return "a CPU waits for nobody"
    model = build(name).to(device.type)
    optim = optim_wrapper(name, model)
    train(model, optim, name, range(2))
    prepared = data(name, 2)
    torch.manual_seed(2)
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("warn")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model.train_step(prepared, optim)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    return dict(
        Counter(
            f"{'/'.join(Path(w.filename).parts[-3:])}:{w.lineno}"
            for w in caught
            if "synchroniz" in str(w.message)
        )
    )


if __name__ == "__main__":
    main()
