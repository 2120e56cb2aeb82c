"""A small model of target prediction, and pictures of which half is hidden."""

import torch
from models.pretext_cases import RESNET, SIZE, plain
from tiny import build_model

HOG = dict(type="HOGTarget", cell=8)


def make(targets=None, seed=0, **options):
    config = dict(
        type="TargetPrediction",
        backbone=RESNET,
        targets=targets or dict(hog=HOG),
        hidden_channels=8,
    )
    return build_model(config | options, seed).train()


def batch(n=4, seed=0, left=True):
    """Pictures whose left (or right) half is hidden."""
    data = plain(n, seed)
    mask = torch.zeros(n, 1, SIZE, SIZE, dtype=torch.bool)
    mask[..., : SIZE // 2] = True
    data["data_samples"].mask = mask if left else ~mask
    return data


def prepared(model, data):
    made = model.data_preprocessor(data, True)
    return made["inputs"], made["data_samples"]


def losses(model, data):
    return model.loss(*prepared(model, data))
