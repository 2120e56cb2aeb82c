"""Runs probes on the features of an encoder file."""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import sklearn
import torch
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from torch import nn
from torch.utils.data import DataLoader

from ce_plugin.checkpoints import build_encoder, load_encoder
from ce_plugin.checkpoints.load.model import find_weights
from ce_plugin.datasets import ImageLabels, VOCLabels, collate_samples
from ce_plugin.datasets.files import need_folder
from ce_plugin.datasets.voc import voc_folders
from ce_plugin.devices import device_of
from ce_plugin.errors import InputError
from ce_plugin.files import sha256
from ce_plugin.version import __version__

from .classes import choose_classes
from .features import Features, extract_features, grid_cells, picture_transforms
from .knn import WeightedKNN
from .layers import open_layers, pick_layers
from .logistic import LogisticProbe
from .low_shot import SHOTS, LowShotSVM
from .one_vs_rest import COSTS, check_costs
from .svm import PUBLISHED_COSTS, LinearSVM
from .table import summary

FOLDS = 3


def run_probe(args: argparse.Namespace) -> dict[str, Any]:
    """Runs all tasks on all layers; see the command ``probe``.

    Raises:
        InputError: Something asked for cannot be done.
    """
    init_default_scope("ce_plugin")
    # mmengine tells of every tensor that it initialises.
    MMLogger.get_instance("mmengine", log_level="WARNING")
    _check(args)
    started = time.perf_counter()
    device = device_of(args.device)
    voc = bool(voc_folders(need_folder(args.data_root)))
    need_voc = [task for task in args.task if task in ("svm", "low-shot")]
    if need_voc and not voc:
        raise InputError(
            f"{need_voc[0]} needs the labels of a VOCdevkit, and "
            f"{os.path.abspath(args.data_root)} is none; use --task knn logistic"
        )
    backbone, names, meta = _encoder(args)
    asked = args.layers[0] if len(args.layers) == 1 else args.layers
    layers = pick_layers(asked, names)
    size = args.size or getattr(backbone, "input_size", None) or _usual_size(backbone)
    resize = args.resize or ("squash" if voc else "crop")
    datasets = _datasets(args, voc, picture_transforms(size, resize))
    data = [dataset.metainfo for dataset in datasets]

    seconds: dict[str, float] = {}
    features: dict[str, list[Features]] = {}
    pools = {task: args.pool or _usual_pool(task) for task in args.task}
    for pool in dict.fromkeys(pools.values()):
        start = time.perf_counter()
        features[pool] = [
            extract_features(
                backbone,
                DataLoader(
                    dataset,
                    batch_size=args.batch_size,
                    num_workers=args.workers,
                    collate_fn=collate_samples,
                ),
                normalization=meta["normalization"],
                names=names,
                layers=layers,
                pool=pool,
                device=device,
            )
            for dataset in datasets
        ]
        seconds[f"features {pool}"] = time.perf_counter() - start

    train_labels, test_labels = (found.labels for found in features[pool])
    choice = None
    if voc:
        choice = choose_classes(
            train_labels,
            test_labels,
            data[0]["classes"],
            min_positives=args.min_positives,
            folds=FOLDS,
        )
        classes = dict(counted=list(choice.names), left_out=choice.left_out)
    else:
        classes = dict(counted=list(data[0]["classes"]), left_out={})
    tasks, settings = {}, {}
    for task, evaluator in _evaluators(args, device).items():
        start = time.perf_counter()
        train, test = features[pools[task]]
        by_layer = {
            layer: evaluator.evaluate(
                train.vectors[layer],
                train_labels,
                test.vectors[layer],
                test_labels,
                choice,
            )
            for layer in layers
        }
        seconds[task] = time.perf_counter() - start
        tasks[task] = summary(task, by_layer, "mAP" if voc else "top1")
        settings[task] = vars(evaluator) | dict(
            pool=pools[task],
            dimensions={layer: train.vectors[layer].shape[1] for layer in layers},
        )
    return dict(
        encoder=_described(args, meta),
        tasks=tasks,
        classes=classes,
        data=dict(train=data[0]["data"], test=data[1]["data"]),
        settings=settings | dict(size=size, resize=resize, device=str(device)),
        seconds=seconds | dict(total=time.perf_counter() - started),
        versions=dict(
            ce_plugin=__version__,
            python=platform.python_version(),
            torch=torch.__version__,
            scikit_learn=sklearn.__version__,
            numpy=np.__version__,
        ),
    )


def _check(args: argparse.Namespace) -> None:
    for name, least in dict(batch_size=1, workers=0, draws=1, seed=0).items():
        if getattr(args, name) < least:
            option = name.replace("_", "-")
            raise InputError(
                f"--{option} is {least} or more, not {getattr(args, name)}"
            )
    if args.size is not None and args.size < 1:
        raise InputError(f"--size is a number of pixels from 1 on, not {args.size}")
    if args.pool:
        grid_cells(args.pool, 1)
    _costs(args)


def _encoder(args) -> tuple[nn.Module, tuple[str, ...], dict]:
    loaded, meta = load_encoder(args.encoder)
    del loaded
    if not meta.get("normalization"):
        raise InputError(
            f"{args.encoder} does not say how its pictures were normalised; import it "
            "with `python -m ce_plugin.tools.convert`, which writes that down"
        )

    def build(**arguments) -> nn.Module:
        if not args.random_init:
            return load_encoder(args.encoder, **arguments)[0]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(args.seed)
            backbone = build_encoder(meta, **arguments)
            backbone.init_weights()
        return backbone

    backbone, names = open_layers(build)
    return backbone, names, meta


def _usual_size(backbone: nn.Module) -> int:
    return 227 if type(backbone).__name__ == "CaffeNet" else 224


def _usual_pool(task: str) -> str:
    return "global" if task == "knn" else "9k"


def _datasets(args, voc: bool, transforms: list[dict]) -> list[VOCLabels | ImageLabels]:
    options = dict(transforms=transforms, cache_mb=0)
    if voc:
        sets = args.train or "trainval", args.test or "test"
        return [VOCLabels(args.data_root, s, args.year, **options) for s in sets]
    if args.year:
        raise InputError("--year chooses in a VOCdevkit; these are class folders")
    train = ImageLabels(args.data_root, args.train or "train", **options)
    # Whatever the folders are called, a class has one number in both.
    options["classes"] = train.classes
    return [train, ImageLabels(args.data_root, args.test or "val", **options)]


def _costs(args) -> tuple[float, ...]:
    if args.costs is None:
        return COSTS
    if args.costs == ["published"]:
        return PUBLISHED_COSTS
    try:
        return check_costs([float(cost) for cost in args.costs])
    except ValueError as error:
        raise InputError(
            f"--costs takes positive numbers or 'published', not {args.costs}"
        ) from error


def _evaluators(args, device) -> dict[str, Any]:
    jobs = args.jobs or len(os.sched_getaffinity(0))
    costs = _costs(args)
    shots = tuple(args.shots or SHOTS)
    known: dict[str, Callable[[], Any]] = {
        "svm": lambda: LinearSVM(costs, FOLDS, jobs=jobs),
        "low-shot": lambda: LowShotSVM(shots, args.draws, args.seed, costs, jobs),
        "knn": lambda: WeightedKNN(
            tuple(args.neighbours), args.temperature, device=str(device)
        ),
        "logistic": lambda: LogisticProbe(folds=FOLDS, jobs=jobs),
    }
    return {task: known[task]() for task in dict.fromkeys(args.task)}


def _described(args, meta: dict) -> dict[str, Any]:
    file = find_weights(args.encoder)
    told = dict(
        file=os.path.abspath(file),
        sha256=sha256(file),
        random_init=args.random_init,
        backbone=meta["backbone"],
        normalization=meta["normalization"],
    )
    if args.random_init:
        return told | dict(seed=args.seed)
    keys = ("pretext", "iterations", "seed", "data")
    return told | {key: meta[key] for key in keys if key in meta}
