"""Describes a run and its results in a few lines."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.dist import get_world_size
from torch.utils.data import DataLoader

from ce_plugin.unwrap import unwrap

WIDTH = 10


def describe_run(runner) -> list[str]:
    """The model, the data, the device and the folder of the results.

    Args:
        runner: An mmengine runner whose loops are built.
    """
    rows = [
        ("network", _network(unwrap(runner.model))),
        ("pictures", _pictures(runner)),
        ("holes", _holes(runner)),
        ("device", _device()),
        ("training", _training(runner)),
        ("results", _results(runner)),
    ]
    return [f"{name:<{WIDTH}}{text}" for name, text in rows if text]


def describe_results(work_dir: str) -> list[str]:
    """The next commands for the results in the folder of a run."""
    folder = Path(work_dir).resolve()
    lines = []
    last = folder / "last_checkpoint"
    if last.is_file():
        lines.append(f"{'weights':<{WIDTH}}{last.read_text().strip()}")
    encoder = folder / "encoder.pth"
    if encoder.is_file():
        use = f'ce_plugin.from_pretrained("{encoder}")'
        lines.append(
            f"{'use it':<{WIDTH}}{use}; the page has the lines for mmdet and mmseg"
        )
    return lines


def _network(model: torch.nn.Module) -> str:
    parts = [type(model).__name__]
    encoder = getattr(model, "backbone", None)
    if encoder is not None:
        parts.append(f"encoder {type(encoder).__name__}")
    weights = sum(p.numel() for p in model.parameters())
    frozen = sum(p.numel() for p in model.parameters() if not p.requires_grad)
    kept = f", {frozen / 1e6:.3g} of them frozen" if frozen else ""
    return f"{', '.join(parts)}, {weights / 1e6:.3g} million weights{kept}"


def _pictures(runner) -> str:
    training = runner.train_dataloader.dataset
    held_out = None
    if runner.val_loop is not None and isinstance(runner.val_dataloader, DataLoader):
        held_out = runner.val_dataloader.dataset
    own, other = _data(training), _data(held_out)
    if not own:
        beside = f", {len(held_out)} held out" if held_out is not None else ""
        return f"{len(training)} to learn from ({type(training).__name__}){beside}"
    text = f"{own['found']} found in {own['root']}"
    if own.get("split_by") == "regions":
        share = own["held_out"]
        return f"{text}; the right {share:.0%} of each is held out"
    text += f", {own['pictures']} to learn from"
    return text + (f", {other['pictures']} held out" if other else "")


def _data(dataset: Any) -> Mapping[str, Any]:
    """The description of a dataset of this package; empty for another's."""
    known = (getattr(dataset, "metainfo", None) or {}).get("data") or {}
    return known if {"found", "pictures", "root"} <= known.keys() else {}


def _holes(runner) -> str:
    mask = getattr(runner.train_dataloader.dataset, "mask", None)
    if mask is None:
        return ""
    loader = (runner.cfg.get("train_dataloader") or {}).get("dataset") or {}
    given = loader.get("mask")
    options = dict(given) if isinstance(given, Mapping) else {}
    options.pop("type", None)
    text = ", ".join(f"{name} {value}" for name, value in options.items())
    return f"{type(mask).__name__}{': ' if text else ''}{text}"


def _device() -> str:
    count = get_world_size()
    if torch.cuda.is_available():
        name = torch.cuda.get_device_name()
        return f"{count} x {name}" if count > 1 else name
    threads = torch.get_num_threads()
    kind = f"CPU ({platform.machine()}), {threads} thread{'s' * (threads > 1)}"
    return f"{kind} in each of {count} processes" if count > 1 else kind


def _training(runner) -> str:
    batch = runner.train_dataloader.batch_size
    each = f" in each of {get_world_size()} processes" if get_world_size() > 1 else ""
    text = f"{runner.max_iters} iterations of {batch} pictures{each}"
    if runner.iter:
        text += f", from iteration {runner.iter} on"
    return text


def _results(runner) -> str:
    return f"{_near(runner.work_dir)} (the whole log: {_near(runner.log_dir)})"


def _near(path: str) -> str:
    """The shorter form of a path: relative, where it is below the current folder."""
    relative = os.path.relpath(path)
    return path if relative.startswith(os.pardir) else relative
