"""A CUDA device that is not there: shapes, types and places, no numbers."""

from __future__ import annotations

import traceback
from collections import Counter
from contextlib import ExitStack, contextmanager
from unittest import mock

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

# What a result of has to be brought to the host before the next thing is launched.
ASKS = ("_local_scalar_dense", "nonzero", "bincount", "is_nonzero", "unique", "equal")
# Kernels of torch's that add in any order on a GPU, forward or backward, and that
# torch.use_deterministic_algorithms refuses.
UNREPEATABLE = (
    "_adaptive_avg_pool2d",
    "adaptive_max_pool2d",
    "cumsum",
    "grid_sampler_2d",
    "histc",
    "max_unpool2d",
    "median",
    "nll_loss2d_forward",
    "put_",
    "reflection_pad2d",
    "replication_pad2d",
    "upsample_bicubic2d",
)
COPIES = ("_to_copy", "copy_")


class Waits(TorchDispatchMode):
    """Counts what makes the host wait for the device, by the line that asks for it.

    Fake tensors have no numbers to give, so that they raise where a program asks for
    one; a copy between devices that is not ``non_blocking`` they let pass.
    """

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()
        self.unrepeatable: set[str] = set()
        self.copies = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = func.overloadpacket.__name__
        if name in ASKS:
            self._note(name)
        if name in UNREPEATABLE:
            self.unrepeatable.add(name)
        made = func(*args, **kwargs)
        if name in COPIES:
            source = args[1] if name == "copy_" else args[0]
            if source.device != made.device:
                self.copies += 1
                if not _non_blocking(args, kwargs):
                    self._note(f"{source.device.type} to {made.device.type}")
        return made

    def _note(self, what: str) -> None:
        frames = traceback.extract_stack()
        ours = [f for f in frames if "/ce_plugin/" in f.filename]
        where = ours[-1].filename.rpartition("/")[2] if ours else "elsewhere"
        self.found[f"{where}: {what}"] += 1


def _non_blocking(args: tuple, kwargs: dict) -> bool:
    return kwargs.get("non_blocking", False) or (len(args) > 2 and args[2] is True)


class FakeDevice:
    """Takes a model and its batches to a CUDA device that is not there."""

    def __init__(self) -> None:
        self.mode = FakeTensorMode()

    def move(self, tensor: torch.Tensor) -> torch.Tensor:
        """A fake of ``tensor`` on the device."""
        fake = self.mode.from_tensor(tensor.detach())
        with self.mode:
            return fake.to("cuda")

    def take(self, model: nn.Module) -> nn.Module:
        """``model`` with all parameters and buffers there, in place."""
        for module in model.modules():
            for name, value in module._parameters.items():
                if value is not None:
                    fake = nn.Parameter(self.move(value), value.requires_grad)
                    module._parameters[name] = fake
            for name, value in module._buffers.items():
                if value is not None:
                    module._buffers[name] = self.move(value)
        model.data_preprocessor._device = torch.device("cuda")
        return model

    def fake_batch(self, data: dict) -> dict:
        """A batch as the loader gives it, on the host still."""
        inputs, samples = data["inputs"], data["data_samples"]
        fake = self.mode.from_tensor
        many = isinstance(inputs, list)
        kept = samples.new()
        kept.set_data({key: fake(value) for key, value in samples.items()})
        inputs = [fake(view) for view in inputs] if many else fake(inputs)
        return dict(inputs=inputs, data_samples=kept)

    @contextmanager
    def running(self, waits: Waits, mixed: bool):
        """Runs what is inside there, perhaps in mixed precision."""
        with ExitStack() as stack:
            # Autocast looks whether there is a device.
            there = mock.patch(
                "torch.cuda.amp.common.amp_definitely_not_available", lambda: False
            )
            stack.enter_context(there)
            stack.enter_context(
                mock.patch("torch.cuda.is_bf16_supported", lambda *_, **__: True)
            )
            stack.enter_context(self.mode)
            stack.enter_context(waits)
            stack.enter_context(torch.autocast("cuda", torch.bfloat16, enabled=mixed))
            yield
