"""A training step that is recorded once and replayed, so that nothing is launched."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import torch
from mmengine.optim import AmpOptimWrapper, OptimWrapper, OptimWrapperDict
from torch import Tensor, nn

from ce_plugin.structures import PretextSample
from ce_plugin.unwrap import unwrap

from .clipping import usual_step, wrappers_of
from .host_randomness import HostRandomness
from .learning_rates import OPTIMIZERS, HeldRates

WARM_UP = 3
"""Steps run as usual first: libraries choose their kernels, optimizers make state."""


class Graph(Protocol):
    """Records a function once and replays its operations."""

    def warm(self, step: Callable[[], Tensor]) -> Tensor:
        """Runs ``step`` as usual, on the stream on which it will be recorded."""

    def record(self, step: Callable[[], Tensor]) -> Tensor:
        """Runs ``step`` without doing anything; returns the tensor it will fill."""

    def replay(self) -> None:
        """Replays the recorded operations on the recorded memory."""


class CudaGraph:
    """A :class:`Graph` by ``torch.cuda.CUDAGraph``."""

    def __init__(self) -> None:
        self.graph = torch.cuda.CUDAGraph()
        self.stream = torch.cuda.Stream()

    def warm(self, step: Callable[[], Tensor]) -> Tensor:
        # What autograd remembers of a stream must not be the default one, which
        # cannot be recorded.
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            result = step()
        torch.cuda.current_stream().wait_stream(self.stream)
        return result

    def record(self, step: Callable[[], Tensor]) -> Tensor:
        # Threads that pin the next batches go on meanwhile.
        mode = "thread_local"
        with torch.cuda.graph(self.graph, stream=self.stream, capture_error_mode=mode):
            return step()

    def replay(self) -> None:
        self.graph.replay()


def why_not(model: nn.Module, optim_wrapper: OptimWrapper) -> str | None:
    """Why the step of a run cannot be recorded, or None.

    Args:
        model: As the runner has it, distributed or not.
        optim_wrapper: One, or several in an ``OptimWrapperDict``.
    """
    if unwrap(model) is not model or _distributed():
        return "several processes exchange gradients within the step"
    for wrapper in wrappers_of(optim_wrapper):
        if isinstance(wrapper, AmpOptimWrapper):
            return "the scale of the loss is looked at in every step; take --amp"
        if wrapper._accumulative_counts > 1:
            return "gradients are accumulated over several steps"
        kind = type(wrapper.optimizer)
        if kind not in OPTIMIZERS:
            known = ", ".join(sorted(cls.__name__ for cls in OPTIMIZERS))
            return f"the optimizer {kind.__name__} is none of {known}"
    if not torch.cuda.is_available():
        return "CUDA graphs need a GPU"
    return None


class CapturedStep:
    """``model.train_step`` of batches of one shape, recorded and replayed.

    It is the function that runs without it, but for the preprocessor, which runs
    before: the first steps call it as it is, then one call is recorded, and from then
    on a step is a copy of the batch into the memory that was recorded, the learning
    rates likewise, and a replay. Batches of another
    shape, and steps whose operations the model's ``phase()`` says are others, call it
    as it is.

    What is random within the step comes from the batch, or from the device's own
    generator, which a replay reads anew. A step that draws on the host would repeat its
    first numbers: it is found out while recording, and runs as usual.

    Args:
        model: On its device, in training mode.
        optim_wrapper: Optimizer wrapper of the model.
        say: Is told, once, why steps are not replayed.
        graph: Makes a :class:`Graph`.
    """

    def __init__(
        self,
        model: nn.Module,
        optim_wrapper: OptimWrapper | OptimWrapperDict,
        say: Callable[[str], None],
        graph: Callable[[], Graph] = CudaGraph,
    ) -> None:
        self.model, self.optim_wrapper, self.say = model, optim_wrapper, say
        self.make_graph = graph
        self.graph: Graph | None = None
        self.wrappers = wrappers_of(optim_wrapper)
        self.rates = HeldRates([w.optimizer for w in self.wrappers])
        self.steps, self.failed = 0, False
        self.told: set[str] = set()
        self.recorded: tuple | None = None

    def __call__(self, data: dict) -> dict[str, Tensor]:
        """One step on what the loader gives; the losses by name."""
        if self.failed:
            return usual_step(self.model, self.optim_wrapper, data)
        # Not recorded: what it does may depend on what the samples say.
        data = self.model.data_preprocessor(data, True)
        scheduled = self._schedule()
        with torch.no_grad():
            self.rates.fill()
            for name, value in scheduled.items():
                self.model.held[name].fill_(value)
        if self.graph is None:
            self._hold(data)
        key = self._key(data)
        if key[0] != self.key[0]:
            self._tell("batches differ in shape; those unlike the first run as usual")
            return self._plain(data)
        for held, new in zip(_tensors(self.data), _tensors(data)):
            held.copy_(new, non_blocking=True)
        if self.steps < WARM_UP or key != self.key:
            # Another phase, or other constants: recorded anew once they have settled.
            self.steps = 1 if key != self.key else self.steps + 1
            self.key, self.recorded = key, None
            return self._named(self.graph.warm(self._step))
        if self.recorded is None:
            # Which counts as a step with mmengine.
            if not self._record():
                return self._plain(data)
        else:
            for wrapper in self.wrappers:
                wrapper._inner_count += 1
        self.graph.replay()
        return self._named(self.recorded.clone())

    def _hold(self, data: dict) -> None:
        """Memory for the batches; without what a sample says besides its tensors."""
        self.graph = self.make_graph()
        self.data = dict(inputs=_copied(data["inputs"]))
        if data.get("data_samples") is not None:
            held = {k: v.clone() for k, v in data["data_samples"].items()}
            self.data["data_samples"] = PretextSample(**held)
        self.key = self._key(data)

    def _schedule(self) -> dict[str, float]:
        schedule = getattr(self.model, "schedule", dict)()
        if schedule and not self.model.held:
            device = next(self.model.parameters()).device
            zero = torch.zeros((), dtype=torch.float64, device=device)
            self.model.held = {name: zero.clone() for name in schedule}
        return schedule

    def _key(self, data: dict) -> tuple:
        shapes = tuple((tuple(x.shape), x.dtype) for x in _tensors(data))
        phase = getattr(self.model, "phase", tuple)()
        return shapes, phase, self.rates.constants()

    def _step(self) -> Tensor:
        """The step on the held batch; all losses in one tensor."""
        log = self._plain(self.data)
        self.names = list(log)
        return torch.stack([value.detach().float() for value in log.values()])

    def _record(self) -> bool:
        before, reason = HostRandomness(), None
        self.graph = self.make_graph()
        try:
            recorded = self.graph.record(self._step)
        except (RuntimeError, AttributeError) as error:
            # Nothing has been done on the device; gradients are half recorded.
            self.model.zero_grad(set_to_none=True)
            reason = str(error).strip().splitlines()[0]
        if before.has_moved():
            reason = reason or "it draws random numbers on the host"
            before.restore()
        if reason is None:
            self.recorded = recorded
            return True
        self._tell(f"the step cannot be recorded: {reason}")
        self.failed = True
        if hasattr(self.model, "held"):
            # Nobody fills it any more, and what is scheduled would stand still.
            self.model.held = {}
        return False

    def _plain(self, data: dict) -> dict[str, Tensor]:
        with self.rates.held(), _passed_by(self.model.data_preprocessor):
            return usual_step(self.model, self.optim_wrapper, data)

    def _named(self, values: Tensor) -> dict[str, Tensor]:
        return dict(zip(self.names, values.unbind()))

    def _tell(self, line: str) -> None:
        if line not in self.told:
            self.told.add(line)
            self.say(f"--compile: {line}")


@contextmanager
def _passed_by(preprocessor: nn.Module) -> Iterator[None]:
    """A context in which the preprocessor passes its input on, already prepared."""
    hooks = preprocessor._forward_pre_hooks
    preprocessor._forward_pre_hooks = OrderedDict()
    preprocessor.forward = lambda data, training=False: data
    try:
        yield
    finally:
        del preprocessor.forward
        preprocessor._forward_pre_hooks = hooks


def _distributed() -> bool:
    return torch.distributed.is_available() and torch.distributed.is_initialized()


def _tensors(data: dict) -> Iterator[Tensor]:
    inputs = data["inputs"]
    yield from [inputs] if isinstance(inputs, Tensor) else inputs
    samples = data.get("data_samples")
    if samples is not None:
        yield from (samples.get(name) for name in sorted(samples.keys()))


def _copied(inputs: Tensor | list[Tensor]) -> Tensor | list[Tensor]:
    if isinstance(inputs, Tensor):
        return inputs.clone()
    return [view.clone() for view in inputs]
