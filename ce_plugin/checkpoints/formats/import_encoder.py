"""Imports encoders of torchvision, timm, mmpretrain, lightly, VISSL and others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor

from ce_plugin.checkpoints.key_styles import RENAMINGS
from ce_plugin.checkpoints.load.encoder import build_encoder
from ce_plugin.checkpoints.load.initializer import load_encoder_weights
from ce_plugin.checkpoints.load.numbered_keys import from_positions
from ce_plugin.checkpoints.load.read import read_weights
from ce_plugin.checkpoints.serialization import to_plain
from ce_plugin.errors import InputError

IMAGENET = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr=False)
"""Normalisation of torchvision, timm's ResNets and mmpretrain, in 0..255, RGB."""

_DEPTHS = {
    ("basic", 2, 2, 2, 2): "resnet18",
    ("basic", 3, 4, 6, 3): "resnet34",
    ("bottleneck", 3, 4, 6, 3): "resnet50",
    ("bottleneck", 3, 4, 23, 3): "resnet101",
    ("bottleneck", 3, 8, 36, 3): "resnet152",
}


def import_encoder(
    path: str | Path,
    network: dict | None = None,
    normalization: dict | None = None,
    pretext: str = "supervised",
) -> dict:
    """A checkpoint of torchvision, timm, mmpretrain, lightly ... as an encoder here.

    Classifiers, necks and whatever else lies beside the encoder are left out. A ResNet
    may have any of the names of :mod:`.key_styles`, numbers in their place
    (:mod:`.numbered_keys`), and any prefix.

    Args:
        path: Their file, ``.pth`` or ``.safetensors``.
        network: Config of the backbone that the file fills, such as
            ``dict(type='TimmBackbone', model_name='convnext_tiny')`` or
            ``dict(type='mmpretrain.VisionTransformer', ...)``; of a ResNet it is read
            off the tensors.
        normalization: ``mean`` and ``std`` in 0..255 in the network's channel order,
            ``bgr``; ImageNet's in RGB where it is not given.
        pretext: How it was trained, for tables.

    Returns:
        ``state_dict`` under the network's own names and ``meta``: what
        :func:`~ce_plugin.checkpoints.write_encoder` takes.

    Raises:
        InputError: The network cannot be told or has a stem for small pictures, or the
            file does not fill it.
    """
    given, _ = read_weights(path)
    given = from_positions(given)
    backbone = network or resnet_of(given)
    if backbone is None:
        raise InputError(
            f"{path} is no ResNet; say what it is: --network NAME of timm, or "
            "network=dict(type='TimmBackbone', model_name=NAME)"
        )
    meta = dict(
        backbone=to_plain(backbone),
        normalization=normalization or dict(IMAGENET),
        pretext=pretext,
        source=Path(path).name,
    )
    encoder = build_encoder(meta)
    load_encoder_weights(encoder, given, path)
    state = {name: tensor.clone() for name, tensor in encoder.state_dict().items()}
    for key in ("out_channels", "out_strides"):
        if hasattr(encoder, key):
            meta[key] = list(getattr(encoder, key))
    return dict(state_dict=state, meta=meta)


def normalization_given(
    mean: Sequence[float] | None, std: Sequence[float] | None, bgr: bool
) -> dict:
    """An encoder's normalisation from a command line; ImageNet's by default.

    Args:
        mean: Three values in the network's channel order, in 0..255 or, if all are at
            most 1, in [0, 1].
        std: Three standard deviations, in the same order and range.
        bgr: Whether the network sees blue, green, red; ImageNet's values are turned.

    Returns:
        ``mean`` and ``std`` in 0..255, ``bgr``.

    Raises:
        InputError: One of mean and std without the other, not three values, or a
            deviation of 0.

    Example:
        >>> normalization_given([0.5] * 3, [0.5] * 3, False)['std']
        [127.5, 127.5, 127.5]
    """
    if (mean is None) != (std is None):
        raise InputError("--mean and --std go together: both in 0..255, or in 0..1")
    if mean is None:
        order = -1 if bgr else 1
        return dict(
            mean=IMAGENET["mean"][::order], std=IMAGENET["std"][::order], bgr=bgr
        )
    if len(mean) != 3 or len(std) != 3 or min(std) <= 0:
        raise InputError("--mean and --std have three values each, --std above 0")
    scale = 255 if max(*mean, *std) <= 1 else 1
    return dict(
        mean=[scale * float(value) for value in mean],
        std=[scale * float(value) for value in std],
        bgr=bgr,
    )


def resnet_of(given: Mapping[str, Tensor]) -> dict | None:
    """The timm ResNet that a file's tensors are of, None where they are of none.

    Args:
        given: Tensors under anyone's names and prefix.
    """
    stem = "layer1.0.conv1.weight"
    for _, from_file in RENAMINGS:
        for theirs in given:
            for start in (0, *(i + 1 for i, c in enumerate(theirs) if c == ".")):
                if from_file(theirs[start:]) == stem:
                    prefix = theirs[:start]
                    return _resnet(
                        {
                            from_file(name.removeprefix(prefix)): value
                            for name, value in given.items()
                            if name.startswith(prefix)
                        }
                    )
    return None


def _resnet(state: Mapping[str, Tensor]) -> dict | None:
    kind = "bottleneck" if "layer1.0.conv3.weight" in state else "basic"
    blocks = [
        len({n.split(".")[1] for n in state if n.startswith(f"layer{stage}.")})
        for stage in (1, 2, 3, 4)
    ]
    name = _DEPTHS.get((kind, *blocks))
    if name is None:
        return None
    deep = "conv1.0.weight" in state or "stem.0.weight" in state
    if deep:
        # timm's name for the same stem as v1c's, of which it has one depth.
        return dict(
            type="TimmBackbone", model_name=name, stem_type="deep", stem_width=32
        )
    side = state["conv1.weight"].shape[-1] if "conv1.weight" in state else 7
    if side != 7:
        raise InputError(
            f"a {name} with a stem for small pictures, as for CIFAR: its first "
            f"convolution is {side}x{side}, not 7x7, and strides and pooling behind it "
            "are not in the file; it cannot be taken in"
        )
    widths = [int(state[f"layer{i}.0.conv1.weight"].shape[0]) for i in (1, 2, 3, 4)]
    network = dict(type="TimmBackbone", model_name=name)
    return network if widths == [64, 128, 256, 512] else network | dict(channels=widths)
