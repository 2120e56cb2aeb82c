"""Runs of mmdet and mmseg through this package's training tool."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from mmengine.config import Config

from ce_plugin.datasets.check.downstream import check_downstream, model_heads
from ce_plugin.datasets.check.lists import list_names, need
from ce_plugin.errors import InputError

from .config import nearest, top_level_keys

PACKAGES = ("mmdet", "mmseg")


def is_downstream(cfg: Config) -> bool:
    """Whether a config is of mmdet or mmseg."""
    return cfg.get("default_scope") in PACKAGES


def prepare(cfg: Config, data_root: str | None = None) -> None:
    """Makes an mmdet or mmseg config ready for the runner, and looks at its data.

    Args:
        cfg: Changed in place: the run's checkpoints are made such that it can be
            resumed. The package's modules are registered.
        data_root: A VOCdevkit (or whatever the datasets' ``data_root`` is) for all
            datasets. A stock config's own top-level ``data_root`` is a left-over of
            how it was written and reaches none.

    Raises:
        InputError: The package is missing or refuses what is installed, a key is
            unknown, or the data does not fit; see :func:`check_downstream`.
    """
    runner = top_level_keys()
    for key in cfg:
        near = difflib.get_close_matches(key, runner, n=1, cutoff=0.85)
        # Where that key is there as well, this is a variable of the config's own.
        if key not in runner and near and near[0] not in cfg:
            raise InputError(f"unknown key {key}{nearest(key, near)}")
    package = cfg.default_scope
    try:
        import_module(f"{package}.utils").register_all_modules()
    except (ImportError, AssertionError) as error:
        raise InputError(
            f"{package} cannot be used ({error}); `python -m ce_plugin.tools.doctor` "
            "says what is in the way"
        ) from error
    if data_root is not None:
        _hand_out_root(cfg, Path(data_root))
    if cfg.get("classes") is not None:
        _hand_out_classes(cfg)
    cfg.custom_hooks = [
        *(cfg.get("custom_hooks") or []),
        dict(type="ce_plugin.PlainStateHook"),
    ]
    check_downstream(cfg)
    for metric in _metrics(cfg.get("val_evaluator")):
        path = metric.get("ann_file")
        if isinstance(path, str) and "://" not in path:
            need(path, "annotation file", "val_evaluator.ann_file")


def _hand_out_root(cfg: Config, root: Path) -> None:
    for part in ("train", "val", "test"):
        moved = {}
        for dataset in _datasets(cfg.get(f"{part}_dataloader")):
            before = dataset.get("data_root")
            dataset["data_root"] = str(_root_for(dataset, root))
            if before:
                moved[before] = dataset["data_root"]
        # COCO's figures are taken from a file, whose path was made of the old root.
        for metric in _metrics(cfg.get(f"{part}_evaluator")):
            path = metric.get("ann_file")
            for before, now in moved.items():
                if isinstance(path, str) and Path(path).is_relative_to(before):
                    metric["ann_file"] = str(Path(now, Path(path).relative_to(before)))
                    break


def _metrics(evaluator: object) -> list[dict]:
    """The metrics of an evaluator's config."""
    parts = evaluator if isinstance(evaluator, list | tuple) else [evaluator]
    return [part for part in parts if isinstance(part, Mapping)]


def _hand_out_classes(cfg: Config) -> None:
    """The top-level ``classes`` for all datasets, their number for the model's heads.

    Names, or the path of a file with one on each line.
    """
    given = cfg.classes
    if isinstance(given, str):
        given = list_names(given) if Path(given).is_file() else [given]
    elif not isinstance(given, list | tuple):
        given = [given]  # one that is named by a number
    names = tuple(name for name in (str(each).strip() for each in given) if name)
    for loader in ("train_dataloader", "val_dataloader", "test_dataloader"):
        for dataset in _datasets(cfg.get(loader)):
            dataset["metainfo"] = dict(classes=names)
    for _, head in model_heads(cfg.model):
        head["num_classes"] = len(names)


def _root_for(dataset: Mapping, root: Path) -> Path:
    """Stock segmentation configs name a year's folder, detection's the devkit."""
    year = Path(dataset.get("data_root") or "").name
    return root / year if year.startswith("VOC20") and root.name != year else root


def _datasets(part: object) -> Iterator[dict]:
    """Every dataset with a ``data_root`` in a loader, inside of wrappers as well."""
    if isinstance(part, Mapping):
        if "data_root" in part:
            yield part
        for key in ("dataset", "datasets"):
            yield from _datasets(part.get(key))
    elif isinstance(part, list | tuple):
        for item in part:
            yield from _datasets(item)
