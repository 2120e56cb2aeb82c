"""Initialises a network with an encoder's weights, with all of them or none."""

from __future__ import annotations

import logging
from pathlib import Path

import torch
from mmengine.logging import print_log
from mmengine.model.weight_init import update_init_info
from torch import nn

from ce_plugin.errors import InputError
from ce_plugin.registry import WEIGHT_INITIALIZERS

from .matching import Match, match_weights
from .normalization import warn_of_other_input
from .read import read_weights
from .validate import not_finite


@WEIGHT_INITIALIZERS.register_module()
class PretrainedEncoder:
    """mmengine initialiser that checks what it has loaded.

    Takes what ``encoder.pth`` is, in any of its styles, and raw training checkpoints;
    finds the prefix by itself; reads timm's deep stem into mmseg's ResNetV1c and
    detectron2's names into anyone's. Every tensor of the network has to come from the
    file. mmengine's own ``Pretrained`` leaves what does not fit at its random values
    and says so in one line of the log.

    Parts of the file that the network has not (``layer4`` where a C4 detector's
    backbone ends before it, a classifier) are named and left out; the C4 detector's
    shared head takes its ``layer4`` from the same file.

    Args:
        checkpoint: A ``.pth`` or ``.safetensors`` file, or ``ce_plugin://NAME``, which
            comes with the package.
        prefix: What stands before the encoder's names in the file; found where it is
            not given.
        allowed_missing: This many tensors of the network may be absent from the file,
            or there in another shape.

    Raises:
        InputError: (on the call) Tensors are missing, have another shape, are not
            finite or belong to a deeper network; the file cannot be read; the network
            strides in another convolution than the encoder. Nothing has been loaded
            then.

    Example:
        >>> import os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), 'encoder.pth')
        >>> torch.save({'backbone.weight': torch.ones(2, 2),
        ...             'backbone.bias': torch.ones(2)}, path)
        >>> layer = nn.Linear(2, 2)
        >>> PretrainedEncoder(path)(layer)
        >>> layer.bias.tolist()
        [1.0, 1.0]
    """

    def __init__(
        self, checkpoint: str, prefix: str | None = None, allowed_missing: int = 0
    ) -> None:
        self.checkpoint, self.prefix = checkpoint, prefix
        self.allowed_missing = allowed_missing

    def __call__(self, module: nn.Module) -> None:
        given, meta = read_weights(self.checkpoint)
        name = type(module).__name__
        match = load_encoder_weights(
            module, given, self.checkpoint, self.prefix, self.allowed_missing
        )
        check_stride_style(module, meta)
        said = f"{name}: loaded {match.loaded}/{match.total} tensors"
        said += f" from {self.checkpoint}"
        if match.prefix:
            said += f" (under {match.prefix!r})"
        if match.unused:
            own = {key.partition(".")[0] for key in module.state_dict()}
            parts = sorted({_part(key, own) for key in match.unused})
            said += f"; not in this network and left out: {', '.join(parts)}"
        absent = match.missing + match.reshaped
        if absent:
            said += f"; allowed to be missing: {', '.join(absent)}"
        print_log(said, "current", logging.WARNING if absent else logging.INFO)
        warn_of_other_input(module, meta, Path(self.checkpoint).name)

        if hasattr(module, "_params_init_info"):
            update_init_info(module, init_info=said)
        for child in module.children():
            # Only its own `Pretrained` does mmengine run after the children's own
            # init_weights, which would undo this.
            if hasattr(child, "init_weights"):
                child.is_init = True


def _part(name: str, own: set[str]) -> str:
    """``layer4``, or ``stages.5`` where the network has other ``stages``."""
    first, _, rest = name.partition(".")
    return f"{first}.{rest.partition('.')[0]}" if first in own else first


def load_encoder_weights(
    module: nn.Module,
    given: dict[str, torch.Tensor],
    source: str | Path,
    prefix: str | None = None,
    allowed_missing: int = 0,
) -> Match:
    """Loads the tensors of a file into an encoder and compares what has arrived.

    Args:
        module: The encoder; unchanged where anything is wrong.
        given: The file's tensors.
        source: The file's name for messages.
        prefix: See :class:`PretrainedEncoder`.
        allowed_missing: See :class:`PretrainedEncoder`.

    Returns:
        What has been loaded and what not.

    Raises:
        InputError: See :class:`PretrainedEncoder`.
    """
    name = type(module).__name__
    match = match_weights(module.state_dict(), given, prefix)
    deeper = match.unused_within(module)
    if len(match.missing) + len(match.reshaped) > allowed_missing or deeper:
        said = [
            f"{len(names)} {what}: {', '.join(names[:3])}{' ...' * (len(names) > 3)}"
            for what, names in (
                ("missing", match.missing),
                ("of another shape", match.reshaped),
                ("of the file without a place in the network", deeper),
            )
            if names
        ]
        raise InputError(
            f"{source} does not fill {name}: {match.loaded} of {match.total} tensors "
            f"fit; {'; '.join(said)}{_hint(module, given, match)}"
        )
    bad = not_finite(match.tensors)
    if bad:
        raise InputError(
            f"{source} holds values that are not finite, in {len(bad)} tensors: "
            f"{', '.join(bad[:3])}{' ...' * (len(bad) > 3)}; it is of a run that has "
            "diverged, take an earlier checkpoint"
        )
    # In this order, so that a tensor that two names share is compared as it ends.
    module.load_state_dict(match.tensors, strict=False)
    arrived = module.state_dict()
    for key, value in match.tensors.items():
        if not torch.equal(arrived[key].cpu(), value.to(arrived[key].dtype)):
            raise InputError(f"{source}: {key} did not arrive in {name} as it was sent")
    return match


def _hint(module: nn.Module, given: dict, match: Match) -> str:
    """Advice on frequent mismatches."""
    if not match.loaded:
        return f". The file's names begin with {min(given)!r}: is it another network's?"
    names = {name.removeprefix(match.prefix) for name in given}
    own = set(module.state_dict())
    plain_file = "conv1.weight" in names
    deep_file = bool({"conv1.0.weight", "stem.0.weight"} & names)
    if plain_file and "stem.0.weight" in own:
        return (
            ". The network has a stem of three convolutions (ResNetV1c), the encoder "
            "one: set backbone.type='ResNet'"
        )
    if deep_file and "conv1.weight" in own:
        return (
            ". The encoder has a stem of three convolutions: set "
            "backbone.type='ResNetV1c' or backbone.deep_stem=True"
        )
    if match.reshaped or match.unused_within(module):
        return ". Give the backbone the encoder's depth and width (see the file's meta)"
    return ""


def check_stride_style(module: nn.Module, meta: dict) -> None:
    """Raises where a ResNet strides in its 1x1 and the encoder in its 3x3.

    Caffe's variant has the same tensors in the same shapes and computes something else.

    Raises:
        InputError: ``style='caffe'`` for an encoder that is not.
    """
    theirs = meta.get("backbone", {})
    kind = str(theirs.get("type", ""))
    caffe = theirs.get("style", "pytorch") == "caffe"
    if not ("ResNet" in kind or str(theirs.get("model_name", "")).startswith("resnet")):
        return
    for block in module.modules():
        style = getattr(block, "style", None)
        bottleneck = hasattr(block, "conv3") and hasattr(block, "conv2_stride")
        if bottleneck and style in ("caffe", "pytorch") and (style == "caffe") != caffe:
            wanted = "caffe" if caffe else "pytorch"
            raise InputError(
                f"the encoder is a ResNet of style {wanted!r}, this network's is "
                f"{style!r}: the same tensors, another stride; set style={wanted!r}"
            )
