"""Writes a network as ONNX or as a program of torch.export."""

from __future__ import annotations

import importlib.util
import json
import logging
import warnings
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.export import Dim, ExportedProgram

from ce_plugin.checkpoints.serialization import to_plain
from ce_plugin.checkpoints.versions import versions
from ce_plugin.errors import InputError
from ce_plugin.files import replace_file, writing
from ce_plugin.optional import require

from .portable import Portable

SUFFIXES = (".onnx", ".pt2")
TOLERANCE = 1e-4
"""Largest difference of program and network, as a share of the largest value."""
META_KEY = "ce_plugin"
"""Key of ``meta`` in ONNX's metadata, and with .json in a .pt2 file's extras."""
_ONNX_LIMIT = 2**31 - 2**20


@dataclass(frozen=True)
class Written:
    """The file that has been written.

    Attributes:
        path: The file.
        difference: The largest one from the network, as a share of the output's largest
            value; None where nothing was compared.
        opset: ONNX's, None for a program of torch.export.
    """

    path: Path
    difference: float | None
    opset: int | None

    def describe(self, portable: Portable) -> str:
        """The file and how it compares with its network, in two lines."""
        size = f"{portable.size}x{portable.size}"
        if portable.least is not None:
            size = f"any from {portable.least}x{portable.least}"
        elif portable.inputs == ("picture",):
            size += " only"
        form = f"ONNX, opset {self.opset}" if self.opset else "torch.export"
        inputs, outputs = map(", ".join, (portable.inputs, portable.outputs))
        said = f"{self.path.resolve()} ({form}): {inputs} -> {outputs}; any batch, "
        said += f"pictures of {size}\n"
        if self.difference is None:
            more = "; onnxruntime would be needed" if self.opset else ""
            return f"{said}not compared with the network{more}"
        where = "onnxruntime" if self.opset else "torch.export.load"
        return (
            f"{said}under {where} the same as the network but for "
            f"{self.difference:.1e} of the largest value"
        )


def write_program(portable: Portable, path: str | Path, check: bool = True) -> Written:
    """Writes the network as a program and compares the two; whole or not at all.

    The batch is dynamic, height and width are where the network takes any. The file
    needs nothing of this package.

    Args:
        portable: The network.
        path: ``.onnx``, or ``.pt2`` for ``torch.export.load``.
        check: Run the file (ONNX under onnxruntime, where that is installed) on batches
            of 1 and 3, and on two sizes where any goes, before it gets its name.

    Raises:
        InputError: Another suffix, onnxscript is missing, the network cannot be traced,
            is too large for one ONNX file, or the program computes something else.
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise InputError(f"the file ends in .onnx or .pt2, not {path.name!r}")
    onnx = path.suffix == ".onnx"
    if onnx:
        for module in ("onnx", "onnxscript"):
            require(module, "writing ONNX", "onnx")
        size = sum(t.nbytes for t in portable.module.state_dict().values())
        if size > _ONNX_LIMIT:
            raise InputError(f"{size} bytes are too many for one ONNX file; write .pt2")
    program = _trace(portable)
    meta = json.dumps(to_plain(portable.meta | dict(versions=versions())))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    opset = difference = None
    try:
        if onnx:
            opset = _write_onnx(program, portable, part, meta)
        else:
            with writing(path):
                torch.export.save(program, part, extra_files={f"{META_KEY}.json": meta})
        if check and (not onnx or importlib.util.find_spec("onnxruntime")):
            run = _onnx_runner(part) if onnx else torch.export.load(part).module()
            difference = largest_difference(run, portable)
            if not difference <= TOLERANCE:
                raise InputError(
                    f"the program differs from the network by {difference:.2g} of the "
                    f"largest value, more than {TOLERANCE:g}; nothing was written"
                )
        replace_file(part, path)
    finally:
        part.unlink(missing_ok=True)
    return Written(path, difference, opset)


def _shapes(portable: Portable) -> tuple[dict[int, Dim], ...]:
    dims = {0: Dim("batch", min=1)}
    if portable.least is not None:
        dims |= {
            2: Dim("height", min=portable.least),
            3: Dim("width", min=portable.least),
        }
    return (dims,) * len(portable.inputs)


def _trace(portable: Portable) -> ExportedProgram:
    size = portable.size
    wide = size if portable.least is None else size + portable.step
    # Not 1: that would be taken for a constant.
    example = portable.example(2, size, wide)
    try:
        with torch.no_grad(), _quiet():
            return torch.export.export(
                portable.module, example, dynamic_shapes=_shapes(portable)
            )
    except Exception as error:
        # Whatever a foreign network's code makes torch's tracer raise.
        said = " ".join(str(error).split())
        hint = "" if portable.least is None else "; try --fixed-size"
        raise InputError(f"torch.export: {said:.200}{hint}") from error


def _write_onnx(
    program: ExportedProgram, portable: Portable, path: Path, meta: str
) -> int:
    with _quiet():
        onnx = torch.onnx.export(
            program,
            (),
            input_names=[*portable.inputs],
            output_names=[*portable.outputs],
            dynamic_shapes=_shapes(portable),
            dynamo=True,
            verbose=False,
        )
    onnx.model.metadata_props[META_KEY] = meta
    onnx.save(path, external_data=False)
    return onnx.model.opset_imports[""]


def _onnx_runner(path: Path) -> Callable[..., list[Tensor]]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        path, options, providers=["CPUExecutionProvider"]
    )
    names = [value.name for value in session.get_inputs()]

    def run(*inputs: Tensor) -> list[Tensor]:
        given = {name: value.numpy() for name, value in zip(names, inputs)}
        return [torch.from_numpy(value) for value in session.run(None, given)]

    return run


@torch.no_grad()
def largest_difference(
    run: Callable[..., Sequence[Tensor]], portable: Portable
) -> float:
    """The difference of ``run`` from the network, as a share of each output's maximum.

    Returns:
        The largest over outputs, batches of 1 and 3 and two sizes; infinite where an
        output has another shape or is not finite.
    """
    size, step = portable.size, portable.step
    sizes = [(size, size)]
    if portable.least is not None:
        # One that no stride divides, and not square.
        sizes.append((size + step + 1, size + 3))
    largest = 0.0
    for height, width in sizes:
        for batch in (1, 3):
            inputs = portable.example(batch, height, width)
            expected = portable.reference(*inputs)
            found = run(*inputs)
            if [f.shape for f in found] != [e.shape for e in expected]:
                return float("inf")
            for e, f in zip(expected, found):
                away = float((e - f).abs().max() / e.abs().max().clamp(min=1e-12))
                largest = max(largest, away if away == away else float("inf"))
    return largest


@contextmanager
def _quiet():
    """A context without the exporters' messages."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
