"""Encoders that nobody has pretrained here: floors and ceilings of the tables.

    python -m harness.programs.floors KIND SPEC.json

KIND is 'random', 'data-dependent', 'descriptor' or 'weights'. The spec is a JSON
object: ``encoder`` (config of the backbone), ``out`` (the file to write), ``seed``,
``normalization`` (``mean``, ``std``, ``bgr``, ImageNet's where it is not given). For
'random' ``norm_statistics`` may be true: batch norms take their statistics on crops of
``data``, ``size`` pixels wide. For 'data-dependent' also ``data`` (a folder, a list or
a dataset's config), ``size`` of the crops and any option of
:func:`write_data_dependent`; for 'descriptor' the same, with the options of
:func:`~.descriptors.write_descriptor`; for 'weights' ``weights``, the file, and any
option of :func:`~.foreign.write_foreign`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.logging import MMLogger
from torch import Tensor, nn

from ce_plugin.checkpoints import build_encoder, to_plain, versions, write_encoder
from ce_plugin.checkpoints.formats.import_encoder import IMAGENET
from ce_plugin.console.command import run
from ce_plugin.datasets.build import build_named
from ce_plugin.devices import device_of
from ce_plugin.errors import InputError
from ce_plugin.models.backbones.contract import feature_contract
from ce_plugin.models.initialization.data_dependent import data_dependent_init
from ce_plugin.models.norm_statistics import take_norm_statistics
from ce_plugin.registry import DATASETS, MODELS

from .descriptors import write_descriptor
from .foreign import write_foreign

SIZE = 224


def write_random(
    encoder: Mapping[str, Any],
    path: str | Path,
    seed: int,
    normalization: Mapping,
    pictures: Mapping[str, Any] | None = None,
    images: int = 1024,
    batch_size: int = 64,
) -> None:
    """The encoder as its construction leaves it, but perhaps for its batch norms.

    Args:
        encoder: Config of the backbone.
        path: File to write, ``encoder.pth``.
        seed: Seed of the weights, and of the choice of pictures and crops.
        normalization: ``mean`` and ``std`` in 0..255 in the network's channel order,
            ``bgr``: how tasks are to show it pictures.
        pictures: Config of a dataset of pictures of one size, on which batch norms take
            their statistics, as ``NormStatisticsHook`` does it for what was trained.
            None: means are 0 and deviations 1.
        images: Number of pictures used; all where there are fewer.
        batch_size: At once.
    """
    net, data = _untrained(encoder, seed), None
    if pictures is not None:
        shown, data = _shown(pictures, seed, images)
        prep = MODELS.build(dict(type="PicturePreprocessor", **normalization))
        take_norm_statistics(net, (prep.normalize(x) for x in shown.split(batch_size)))
    entries = dict(pretext="random", seed=seed, data=data)
    write_encoder(net.state_dict(), path, _meta(net, encoder, normalization, **entries))


def write_data_dependent(
    encoder: Mapping[str, Any],
    path: str | Path,
    seed: int,
    pictures: Mapping[str, Any],
    normalization: Mapping,
    images: int = 256,
    batch_size: int = 32,
    **options: Any,
) -> dict[str, float]:
    """The encoder with weights that fit the pictures, nothing learned.

    Args:
        encoder: Config of the backbone.
        path: File to write, ``encoder.pth``.
        seed: Seed of the weights and of the choice of pictures and crops.
        pictures: Config of a dataset of pictures of one size.
        normalization: See :func:`write_random`.
        images: Number of pictures used; all where there are fewer.
        batch_size: At once, and for the statistics of batch norms.
        **options: Options of ``data_dependent_init``, such as
            ``weights='kmeans'``.

    Returns:
        The ratio of gradient to weight of each layer.
    """
    shown, data = _shown(pictures, seed, images)
    device = device_of()
    prep = MODELS.build(dict(type="PicturePreprocessor", **normalization))
    batches = [prep.normalize(x).to(device) for x in shown.split(batch_size)]
    net = _untrained(encoder, seed).to(device)
    ratios = data_dependent_init(net, batches, seed=seed, **options)
    meta = _meta(
        net,
        encoder,
        normalization,
        pretext="data-dependent",
        seed=seed,
        data=data,
        images=len(shown),
        batch_size=batch_size,
        options=options,
    )
    write_encoder(net.state_dict(), path, meta)
    return ratios


def _untrained(encoder: Mapping[str, Any], seed: int) -> nn.Module:
    """The network with its initial weights; the process's generator stays as it is."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = build_encoder(dict(backbone=dict(encoder)))
        net.init_weights()
    return net


def _shown(
    pictures: Mapping[str, Any], seed: int, images: int
) -> tuple[Tensor, dict[str, Any]]:
    """Crops (B, 3, H, W) uint8, and what the dataset says of itself."""
    dataset = build_named(DATASETS, pictures, "dataset")
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(dataset), generator=generator)[:images].tolist()
    shown = torch.stack([_picture(dataset[(index, seed)]) for index in order])
    return shown, dataset.metainfo["data"]


def _picture(sample: dict) -> Tensor:
    inputs = sample["inputs"]
    return inputs if isinstance(inputs, Tensor) else inputs[0]


def _meta(
    net: nn.Module, encoder: Mapping, normalization: Mapping, **entries: Any
) -> dict[str, Any]:
    contract = feature_contract(net)
    known = dict(
        backbone=dict(encoder),
        out_channels=contract.out_channels,
        out_strides=contract.out_strides,
        normalization=dict(normalization),
        iterations=0,
        data=None,
        versions=versions(),
    )
    return to_plain(known | entries)


def write(kind: str, spec: Mapping[str, Any]) -> None:
    """What the command does; prints what has to be said."""
    spec = dict(spec)
    path, encoder = Path(spec.pop("out")), spec.pop("encoder")
    path.parent.mkdir(parents=True, exist_ok=True)
    seed, data = spec.pop("seed", 0), spec.pop("data", None)
    size, normalization = spec.pop("size", SIZE), spec.pop("normalization", IMAGENET)
    if kind == "random":
        crops = (
            training_crops(data, size, seed)
            if spec.pop("norm_statistics", False)
            else None
        )
        write_random(encoder, path, seed, normalization, crops, **spec)
    elif kind == "data-dependent":
        if not isinstance(data, Mapping):
            data = training_crops(data, size, seed)
        ratios = write_data_dependent(encoder, path, seed, data, normalization, **spec)
        low, high = min(ratios.values()), max(ratios.values())
        print(f"ratios of gradient to weight: {low:.3g} to {high:.3g}")
    elif kind == "descriptor":
        # Pixels are fitted to nothing, and need no folder of pictures.
        fitted = spec.get("target") is not None
        crops = training_crops(data, size, seed)
        pictures = build_named(DATASETS, crops, "dataset") if fitted else None
        write_descriptor(path, pictures, seed, normalization, **spec)
    elif kind == "weights":
        weights = spec.pop("weights", None)
        if weights is None:
            raise InputError(
                "'weights' needs weights: the file, in the method's changes"
            )
        line = write_foreign(
            encoder, path, weights, normalization=normalization, **spec
        )
        if line:
            print(line)
    else:
        raise InputError(
            f"KIND is random, data-dependent, descriptor or weights, not {kind!r}"
        )


def training_crops(data: str | None, size: int, seed: int) -> dict[str, Any]:
    """Config of the pictures as pretraining sees them, ``size`` pixels wide."""
    transforms = [
        dict(type="RandomResizedCrop", size=size, scale=(0.2, 1.0)),
        dict(type="RandomHorizontalFlip"),
    ]
    settings = dict(split="all", seed=seed, cache_mb=0)
    return dict(type="Pictures", data_root=data, transforms=transforms, **settings)


def main(argv: list[str] | None = None) -> int:
    """Reads the spec and writes the encoder; 0, or the exit code of a mistake."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind")
    parser.add_argument("spec")
    args = parser.parse_args(argv)
    MMLogger.get_instance("mmengine", log_level="WARNING")
    return run(
        lambda: write(
            args.kind, json.loads(Path(args.spec).read_text(encoding="utf-8"))
        )
    )


if __name__ == "__main__":
    sys.exit(main())
