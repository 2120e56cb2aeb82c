"""Methods and settings that suites for a GPU share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..suite import Method
from .catalogue import method

READERS = 12
RESNET50_DECODER = dict(
    type="UpConvDecoder", norm="bn", output_padding=1, init="kaiming"
)
RESNET50_BOTTLENECK = dict(type="ConvBottleneck", out_channels=512, kernel_size=1)


def on_a_gpu() -> dict[str, Any]:
    """What a suite for a GPU sets in every pretraining config: bfloat16 and readers."""
    settings: dict[str, Any] = {"optim_wrapper.type": "AutocastOptimWrapper"}
    for loader, workers in dict(train_dataloader=READERS, val_dataloader=2).items():
        settings[f"{loader}.num_workers"] = workers
        settings[f"{loader}.persistent_workers"] = True
        settings[f"{loader}.pin_memory"] = True
    return settings


def adamw(lr: float, weight_decay: float = 0.05) -> dict[str, Any]:
    """One optimizer for all methods, in place of what each config has.

    Args:
        lr: Highest learning rate.
        weight_decay: Weight decay of all but norms and biases.
    """
    return {
        "optim_wrapper.optimizer": dict(
            type="AdamW", lr=lr, weight_decay=weight_decay, fused=True
        ),
        "optim_wrapper.paramwise_cfg": dict(norm_decay_mult=0.0, bias_decay_mult=0.0),
    }


def resnet50_methods(
    queue: int = 65536, supervised: Sequence[Method] = ()
) -> tuple[Method, ...]:
    """All that can pretrain a ResNet-50, each with its own config's optimizer.

    Args:
        queue: Keys of earlier pictures; fewer than there are pictures.
        supervised: Ceilings, at the end.
    """
    inpainting = dict(
        model__decoder=RESNET50_DECODER, model__bottleneck=RESNET50_BOTTLENECK
    )
    words = (
        replace(method(f"{what}-words"), config=f"pretrain/{what}-words_r50-224.py")
        for what in ("hidden", "seen")
    )
    holes = ("center", "blocks", "region", "patches")
    classic = (
        *("autoencoder", "denoising-autoencoder", "context-restoration"),
        *("rotation", "relative-location", "jigsaw", "colorization"),
    )
    # One batch of statistics would give the positive key away.
    with_queue = dict(model__queue=queue, model__groups=4)
    others = ("byol", "simsiam", "barlow-twins", "vicreg", "swav", "dino")
    return (
        method("random"),
        method("data-dependent"),
        *(method(name) for name in classic),
        *(method(f"context-encoder-{hole}", **inpainting) for hole in holes),
        *words,
        method("simclr"),
        method("moco", **with_queue),
        method("densecl", **with_queue),
        *(method(name) for name in others),
        *supervised,
    )
