"""The page that a run leaves behind: pictures, curves, figures, and how to go on."""

from __future__ import annotations

import json
import math
import platform
import statistics
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mmengine
import torch
import torchvision
from mmengine.dist import all_gather_object, get_world_size, is_main_process
from mmengine.hooks import Hook

import ce_plugin
from ce_plugin.files import write_atomic
from ce_plugin.models.pretexts.target_prediction import TargetPrediction
from ce_plugin.pages.run.curves import Curve, ending_at
from ce_plugin.pages.run.page import RunFacts, result_page
from ce_plugin.pages.run.verdict import held_out_charts, verdict
from ce_plugin.registry import HOOKS
from ce_plugin.unwrap import unwrap

from .reconstruction import STEPS_KEY, picture_path

HELD_OUT_STEPS_KEY = "held_out_steps"
_NOT_DRAWN = ("time", "data_time", "images_per_second", "data_wait")


@HOOKS.register_module()
class ResultPageHook(Hook):
    """Writes ``index.html`` and ``metrics.json`` into the work directory at the end.

    The page is one file that shows the final figures beside the trivial fills, panels
    of the start, the middle and the end, all curves, the speed, what was run and on
    what, and the lines that load ``encoder.pth`` elsewhere. ``metrics.json`` holds
    ``iteration`` and ``metrics`` (a figure that is not finite is null).

    Curves come from mmengine's message hub, which is part of the checkpoint: a resumed
    run shows the whole of them.

    Example:
        >>> ResultPageHook().priority
        'LOWEST'
    """

    # After every hook that writes something the page shows.
    priority = "LOWEST"

    def before_train(self, runner) -> None:
        """Start afresh: the message hub outlives a run in the same process."""
        if runner.iter == 0:
            runner.message_hub.update_info(HELD_OUT_STEPS_KEY, [])

    def after_val_epoch(self, runner, metrics: Mapping[str, float] | None = None):
        """Note at which iteration the figures were taken: the hub does not."""
        steps = runner.message_hub.get_info(HELD_OUT_STEPS_KEY, [])
        runner.message_hub.update_info(HELD_OUT_STEPS_KEY, [*steps, runner.iter])

    def after_train(self, runner) -> None:
        """Collect what the hub knows, and write both files."""
        skipped = all_gather_object(runner.message_hub.get_info("bad_pictures", []))
        if not is_main_process():
            return
        held_out = _held_out(runner)
        metrics = {name: curve.values[-1] for name, curve in held_out.items()}
        steps = runner.message_hub.get_info(HELD_OUT_STEPS_KEY, [])
        encoder, paste = _encoder(runner)
        fills = not isinstance(unwrap(runner.model), TargetPrediction)
        facts = RunFacts(
            title=_config_name(runner),
            metrics=metrics,
            metrics_step=steps[-1] if steps else 0,
            pictures=_pictures(runner),
            training=_training(runner),
            held_out=held_out_charts(held_out),
            facts=_facts(runner),
            skipped=sorted(set().union(*skipped)),
            encoder=encoder,
            paste=paste,
            config=runner.cfg.pretty_text,
            fills=fills,
        )
        work_dir = Path(runner.work_dir)
        finite = {k: v if math.isfinite(v) else None for k, v in metrics.items()}
        record = {"iteration": runner.iter, "metrics": finite}
        write_atomic(work_dir / "metrics.json", json.dumps(record, indent=2) + "\n")
        page = write_atomic(work_dir / "index.html", result_page(facts))
        runner.logger.info("".join(verdict(metrics, fills)))
        runner.logger.info(f"result page: {page.resolve()}")


def _scalars(runner, mode: str) -> dict[str, list[float]]:
    """Histories of one mode by bare name, what is about time left out."""
    prefix = f"{mode}/"
    return {
        key.removeprefix(prefix): buffer.data[0].tolist()
        for key, buffer in runner.message_hub.log_scalars.items()
        if key.startswith(prefix) and key.removeprefix(prefix) not in _NOT_DRAWN
    }


def _held_out(runner) -> dict[str, Curve]:
    steps = runner.message_hub.get_info(HELD_OUT_STEPS_KEY, [])
    curves = {}
    for name, values in _scalars(runner, "val").items():
        # A hook added on resume knows fewer steps than the hub has values.
        known = min(len(steps), len(values))
        if known:
            curves[name] = Curve(name, steps[-known:], values[-known:])
    return curves


def _training(runner) -> list[Curve]:
    """All figures of the steps but learning rates; equal curves are shown once."""
    curves: dict[tuple[float, ...], Curve] = {}
    for name, values in _scalars(runner, "train").items():
        if not name.endswith("lr") and values:
            curves[tuple(values)] = ending_at(name, values, runner.iter)
    return list(curves.values())


def _pictures(runner) -> list[tuple[str, bytes]]:
    drawn = runner.message_hub.get_info(STEPS_KEY, [])
    # A run resumed into another folder has left its earlier pictures behind.
    steps = [s for s in drawn if picture_path(runner.work_dir, s).is_file()]
    if not steps:
        return []
    last = steps[-1]
    middle = min(steps, key=lambda step: abs(step - last / 2))
    kind = "Held-out" if runner.val_loop is not None else "Training"
    return [
        (
            f"{kind} pictures at iteration {step}" + ("" if step else ", untrained"),
            picture_path(runner.work_dir, step).read_bytes(),
        )
        for step in sorted({steps[0], middle, last})
    ]


def _encoder(runner) -> tuple[str, dict[str, str]]:
    """Path of the exported encoder, and the lines that load it elsewhere."""
    path = (Path(runner.work_dir) / "encoder.pth").resolve()
    if not path.is_file():
        return "", {}
    from ce_plugin.checkpoints import paste_lines

    saved = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    return str(path), dict(paste_lines(saved["meta"], str(path)))


def _config_name(runner) -> str:
    filename = runner.cfg.filename
    return Path(filename).stem if filename else runner.experiment_name


def _facts(runner) -> list[tuple[str, str]]:
    loader = runner.train_dataloader
    versions = [f"{name.__name__} {name.__version__}" for name in _LIBRARIES]
    versions.append(f"Python {platform.python_version()}")
    rows = [
        ("Config", runner.cfg.filename or _config_name(runner)),
        ("Seed", str(runner.seed)),
        ("Iterations", f"{runner.iter} of {runner.max_iters}"),
        *_times(runner),
        ("Batch size", f"{loader.batch_size} in each process"),
        ("Processes", str(get_world_size())),
        ("Device", _device()),
        ("Training data", _describe(loader.dataset)),
    ]
    if runner.val_loop is not None:
        rows.append(("Held-out data", _describe(runner.val_dataloader.dataset)))
    return [*rows, ("Versions", ", ".join(versions))]


_LIBRARIES = (ce_plugin, torch, torchvision, mmengine)


def _times(runner) -> list[tuple[str, str]]:
    """The figures of mmengine's timer and the throughput hook, where they ran."""
    scalars = runner.message_hub.log_scalars
    rows = []
    if "train/time" in scalars:
        minutes = scalars["train/time"].data[0].sum() / 60
        rows.append(("Time", f"{minutes:.1f} minutes of training, without evaluation"))
    if "train/images_per_second" in scalars:
        speed, wait = (
            statistics.median(scalars[f"train/{name}"].data[0])
            for name in ("images_per_second", "data_wait")
        )
        text = f"{speed:.4g} images/s; {wait:.1%} of a step was waiting for data"
        rows.append(("Speed", text))
    return rows


def _device() -> str:
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"CPU, {platform.machine()}, {torch.get_num_threads()} threads"


def _describe(dataset: Any) -> str:
    """Size and description of a dataset; its ``data`` entry is spelled out."""
    known = dict(getattr(dataset, "metainfo", {}))
    data = known.pop("data", {})
    parts = [f"{name}: {value}" for name, value in {**known, **data}.items()]
    return textwrap.shorten("; ".join([f"{len(dataset)} samples", *parts]), width=400)
