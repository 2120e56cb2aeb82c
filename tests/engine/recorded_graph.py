"""What a CUDA graph does, on a CPU: operations and memory recorded, numbers frozen."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

# A CUDA graph stops at these.
WAITS = ("aten._local_scalar_dense", "aten.nonzero", "aten.bincount", "aten.is_nonzero")


class RecordedGraph:
    """Records the operations that a step calls, and calls them again on a replay.

    As with a CUDA graph, a replay reads and writes the tensors that were there while
    recording, and everything else, such as a number that Python computed, is what it
    was then. Recording itself leaves the step undone: what it wrote to is put back.
    """

    def warm(self, step: Callable[[], Tensor]) -> Tensor:
        return step()

    def record(self, step: Callable[[], Tensor]) -> Tensor:
        self.calls: list[tuple] = []
        mode = _Recorder(self.calls)
        try:
            with mode:
                return step()
        finally:
            with torch.no_grad():
                for tensor, value in mode.before.values():
                    tensor.copy_(value)

    @torch.no_grad()
    def replay(self) -> None:
        for function, args, kwargs, made in self.calls:
            again = tree_leaves(function(*args, **kwargs))
            for old, new in zip(tree_leaves(made), again):
                if isinstance(old, Tensor) and not _shares(old, new):
                    old.copy_(new)


class _Recorder(TorchDispatchMode):
    def __init__(self, calls: list[tuple]) -> None:
        super().__init__()
        self.calls = calls
        self.before: dict[int, tuple[Tensor, Tensor]] = {}

    def __torch_dispatch__(self, function, types, args=(), kwargs=None) -> Any:
        kwargs = kwargs or {}
        if str(function).startswith(WAITS):
            raise RuntimeError(f"{function}: operation not permitted when capturing")
        self._keep(function, args, kwargs)
        made = function(*args, **kwargs)
        self.calls.append((function, args, kwargs, made))
        return made

    def _keep(self, function, args: tuple, kwargs: dict) -> None:
        """The value before the first operation that writes to a tensor."""
        for i, argument in enumerate(function._schema.arguments):
            # Of batch norm torch does not say that it writes running statistics.
            if not argument.is_write and "batch_norm" not in str(function):
                continue
            given = args[i] if i < len(args) else kwargs.get(argument.name)
            for tensor in tree_leaves(given):
                if isinstance(tensor, Tensor) and id(tensor) not in self.before:
                    self.before[id(tensor)] = (tensor, tensor.clone())


def _shares(old: Tensor, new: Tensor) -> bool:
    return old.untyped_storage().data_ptr() == new.untyped_storage().data_ptr()
