"""Judges an encoder on digits: logistic regression on frozen features.

python -m harness.programs.digits ENCODER DATA_ROOT PADDING OUT.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import torch
from mmengine.registry import init_default_scope
from torch import nn
from torch.utils.data import DataLoader

from ce_plugin.checkpoints import load_encoder
from ce_plugin.console.command import run
from ce_plugin.datasets import MNISTDigits, collate_samples
from ce_plugin.evaluation.probes.features import Features, extract_features
from ce_plugin.evaluation.probes.logistic import LogisticProbe
from ce_plugin.files import write_atomic
from ce_plugin.models.norm_statistics import take_norm_statistics

from . import descriptors  # noqa: F401  (registers them)

LAST = "last"


def judge(encoder: str, data_root: str, padding: int, out: str) -> None:
    """Writes the accuracy in % and the C of the logistic regression.

    Args:
        encoder: An encoder's file.
        data_root: Folder of torchvision's MNIST.
        padding: Pixels added on each side of a digit; none for a network on columns.
        out: JSON file to write.
    """
    init_default_scope("ce_plugin")
    net, meta = load_encoder(encoder)
    if meta["backbone"]["type"] == "MLPEncoder":
        padding = 0
    transforms = [dict(type="Pad", padding=padding)] if padding else []
    train, test = (
        MNISTDigits(data_root, split=split, transforms=transforms)
        for split in ("train", "val")
    )
    if not meta["iterations"]:
        adapt_norms(net, meta, train)
    found = probe(features(net, meta, train), features(net, meta, test))
    write_atomic(out, json.dumps(found))


def features(
    encoder: nn.Module,
    meta: Mapping[str, Any],
    digits: MNISTDigits,
    batch_size: int = 250,
) -> Features:
    """The last map of each digit, flattened, and the labels."""
    return extract_features(
        encoder,
        DataLoader(digits, batch_size, collate_fn=collate_samples),
        normalization=meta["normalization"],
        names=[LAST],
        pool="2x2",  # all of the maps of 1x1 and 2x2
    )


def adapt_norms(
    encoder: nn.Module, meta: Mapping[str, Any], digits: MNISTDigits
) -> nn.Module:
    """Gives the batch norms of an untrained network the digits' statistics.

    Without them it would be judged at scales that it was never meant to work at.
    """
    mean, std = (
        torch.tensor(meta["normalization"][key]).view(1, 3, 1, 1)
        for key in ("mean", "std")
    )
    batches = DataLoader(digits, 250, collate_fn=collate_samples)
    take_norm_statistics(encoder, ((b["inputs"] - mean) / std for b in batches))
    return encoder.eval()


def probe(train: Features, test: Features) -> dict[str, float]:
    """Accuracy in % of a logistic regression by the protocol, and its C."""
    known, unseen = train.vectors[LAST], test.vectors[LAST]
    mean = known.mean(0)
    found = LogisticProbe().evaluate(
        known - mean, train.labels, unseen - mean, test.labels
    )
    return dict(accuracy=round(found["top1"], 2), C=found["cost"])


if __name__ == "__main__":
    path, root, pixels, file = sys.argv[1:]
    sys.exit(run(lambda: judge(path, root, int(pixels), file)))
