"""Every layer of an encoder, where training has used the last one only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import nn

from ce_plugin.errors import InputError
from ce_plugin.models.backbones import CaffeNet, DCGANEncoder, TimmBackbone


def layer_names(backbone: nn.Module) -> tuple[str, ...]:
    """The feature levels that ``backbone`` can return, in order.

    Args:
        backbone: An encoder of this package, or one of OpenMMLab's with ``num_stages``.

    Returns:
        CaffeNet: conv1 ... conv5, pool5; DCGAN: conv1 ..., code; timm: timm's module
        names (act1, layer1 ... of a ResNet, blocks.0 ... of a ViT); others: stage1 ...

    Raises:
        InputError: It does not tell how many levels it has.

    Example:
        >>> layer_names(DCGANEncoder(64))
        ('conv1', 'conv2', 'conv3', 'conv4', 'code')
    """
    if isinstance(backbone, CaffeNet):
        return backbone.NAMES
    if isinstance(backbone, DCGANEncoder):
        convs = len(backbone.stages) - backbone.has_bottleneck
        names = [f"conv{i + 1}" for i in range(convs)]
        return (*names, *(["code"] * backbone.has_bottleneck))
    if isinstance(backbone, TimmBackbone):
        return tuple(level["module"] for level in backbone.net.feature_info.info)
    stages = getattr(backbone, "num_stages", None)
    if isinstance(stages, int) and hasattr(backbone, "out_indices"):
        return tuple(f"stage{i + 1}" for i in range(stages))
    raise InputError(
        f"{type(backbone).__name__} does not tell its layers: it needs out_indices and "
        "num_stages, as OpenMMLab's backbones have"
    )


def open_layers(
    build: Callable[..., nn.Module],
) -> tuple[nn.Module, tuple[str, ...]]:
    """An encoder that returns all its layers.

    Args:
        build: Builds the encoder; takes ``out_indices`` in place of its own, such as
            ``lambda **given: load_encoder('encoder.pth', **given)[0]``.

    Returns:
        The backbone in eval mode, and the names of what it returns: every layer up to
        the last one that it returned of itself. What comes after that one has not been
        trained, if it is there at all.

    Example:
        >>> open_layers(lambda **given: TimmBackbone('resnet18', **given))[1]
        ('act1', 'layer1', 'layer2', 'layer3', 'layer4')
    """
    backbone = build()
    names = layer_names(backbone)
    if isinstance(backbone, TimmBackbone):
        own = backbone.net.feature_info.out_indices
    else:
        own = backbone.out_indices
    last = max(range(len(names))[i] for i in own)
    return build(out_indices=tuple(range(last + 1))).eval(), names[: last + 1]


def pick_layers(asked: str | Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """The layers that are asked for.

    Args:
        asked: 'all', 'last', or names.
        names: What the encoder has, in order.

    Raises:
        InputError: A layer that is not there.

    Example:
        >>> pick_layers('last', ['conv1', 'conv2'])
        ('conv2',)
    """
    if asked == "all":
        return tuple(names)
    if asked == "last":
        return (names[-1],)
    asked = [asked] if isinstance(asked, str) else list(asked)
    for name in asked:
        if name not in names:
            raise InputError(
                f"no layer {name!r} in this encoder; there are: {', '.join(names)} "
                "(or all, last)"
            )
    return tuple(name for name in names if name in asked)
