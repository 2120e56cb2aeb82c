"""The names of a ResNet's tensors in other libraries.

One network, four tongues. The house's names are torchvision's, which timm, mmdet,
mmseg and mmpretrain share for a plain ResNet: ``conv1``, ``bn1``,
``layer1.0.downsample.0``. They part where the stem has three convolutions:

==============  =====================================  ==============================
                deep stem                              the rest
==============  =====================================  ==============================
timm            ``conv1.0 .1 .3 .4 .6``, ``bn1``       as above
OpenMMLab v1c   ``stem.0 .1 .3 .4 .6 .7``              as above
detectron2      none                                   ``stem.conv1``, ``res2.0.conv1``,
                                                       ``res2.0.conv1.norm``,
                                                       ``res2.0.shortcut``
==============  =====================================  ==============================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from torch import Tensor

from ce_plugin.errors import InputError

STYLES = ("openmmlab", "torchvision", "timm", "detectron2")

_DEEP_STEM = re.compile(r"conv1\.(\d)\.")
_BLOCK = re.compile(r"(?:layer(\d)\.(\d+)\.)?(conv|bn)(\d)\.(\w+)")
_SHORTCUT = re.compile(r"layer(\d)\.(\d+)\.downsample\.([01])\.(\w+)")
_RES_BLOCK = re.compile(r"(?:stem|res(\d)\.(\d+))\.conv(\d)\.(norm\.)?(\w+)")
_RES_SHORTCUT = re.compile(r"res(\d)\.(\d+)\.shortcut\.(norm\.)?(\w+)")


def timm_to_v1c(name: str) -> str:
    """Timm's name of a deep stem's tensor as mmseg's ResNetV1c has it.

    Example:
        >>> timm_to_v1c('conv1.3.weight'), timm_to_v1c('bn1.bias')
        ('stem.3.weight', 'stem.7.bias')
    """
    if name.startswith("bn1."):
        return "stem.7." + name.removeprefix("bn1.")
    return _DEEP_STEM.sub(r"stem.\1.", name, count=1)


def v1c_to_timm(name: str) -> str:
    """The reverse of :func:`timm_to_v1c`."""
    if name.startswith("stem.7."):
        return "bn1." + name.removeprefix("stem.7.")
    return re.sub(r"^stem\.(\d)\.", r"conv1.\1.", name)


def to_detectron2(name: str) -> str:
    """A plain ResNet's name as detectron2 has it.

    Example:
        >>> to_detectron2('layer1.0.bn2.weight'), to_detectron2('conv1.weight')
        ('res2.0.conv2.norm.weight', 'stem.conv1.weight')
    """
    if found := _SHORTCUT.fullmatch(name):
        stage, block, which, leaf = found.groups()
        norm = "norm." if which == "1" else ""
        return f"res{int(stage) + 1}.{block}.shortcut.{norm}{leaf}"
    if found := _BLOCK.fullmatch(name):
        stage, block, kind, number, leaf = found.groups()
        place = "stem" if stage is None else f"res{int(stage) + 1}.{block}"
        return f"{place}.conv{number}.{'norm.' if kind == 'bn' else ''}{leaf}"
    return name


def from_detectron2(name: str) -> str:
    """The reverse of :func:`to_detectron2`."""
    if found := _RES_SHORTCUT.fullmatch(name):
        stage, block, norm, leaf = found.groups()
        return f"layer{int(stage) - 1}.{block}.downsample.{1 if norm else 0}.{leaf}"
    if found := _RES_BLOCK.fullmatch(name):
        stage, block, number, norm, leaf = found.groups()
        place = "" if stage is None else f"layer{int(stage) - 1}.{block}."
        return f"{place}{'bn' if norm else 'conv'}{number}.{leaf}"
    return name


def unchanged(name: str) -> str:
    """The name as it is."""
    return name


RENAMINGS: tuple[tuple[Callable[[str], str], Callable[[str], str]], ...] = (
    (unchanged, unchanged),
    (v1c_to_timm, timm_to_v1c),
    (timm_to_v1c, v1c_to_timm),
    (to_detectron2, from_detectron2),
)
"""Functions from a network's name to a file's and back; the best fit counts."""


def is_resnet(names: Iterable[str]) -> bool:
    """Whether these are the tensors of a ResNet, in any of the four styles."""
    names = set(names)
    stems = {"conv1.weight", "conv1.0.weight", "stem.0.weight", "stem.conv1.weight"}
    stages = {"layer1.0.conv1.weight", "res2.0.conv1.weight"}
    return bool(names & stems) and bool(names & stages)


def _is_plain(name: str) -> bool:
    """Whether a ResNet of convolutions, norms and shortcuts alone has this tensor."""
    patterns = (_BLOCK, _SHORTCUT, _RES_BLOCK, _RES_SHORTCUT)
    return any(pattern.fullmatch(name) for pattern in patterns)


def to_style(state: Mapping[str, Tensor], style: str, network: str) -> dict:
    """The tensors of an encoder under another library's names.

    Args:
        state: Under the network's own names, without a prefix.
        style: 'openmmlab': mmdet's, mmseg's and mmpretrain's, where a deep stem becomes
            ResNetV1c's; 'torchvision'; 'timm'; 'detectron2'.
        network: The network's name for messages, such as 'CaffeNet'.

    Raises:
        InputError: An unknown style, or one that has no such network.
    """
    if style not in STYLES:
        raise InputError(f"style is one of {', '.join(STYLES)}, not {style!r}")
    names = set(state)
    deep = "conv1.0.weight" in names or "stem.0.weight" in names
    if style in ("torchvision", "detectron2"):
        if deep and is_resnet(names):
            raise InputError(
                f"{style}'s ResNet has one convolution as its stem, this {network} has "
                "three; export it as 'openmmlab' or 'timm'"
            )
        # One of timm's with attention, say, has a ResNet's names and others.
        if not is_resnet(names) or not all(map(_is_plain, names)):
            raise InputError(
                f"{style} has no {network}; export it as 'openmmlab', which keeps the "
                "network's own names"
            )
    if style == "detectron2":
        # Its norms count no batches.
        kept = [n for n in state if not n.endswith("num_batches_tracked")]
        return {to_detectron2(n): state[n] for n in kept}
    if deep and is_resnet(names):
        rename = timm_to_v1c if style == "openmmlab" else v1c_to_timm
        if "stem.0.weight" in names and style == "openmmlab":
            rename = unchanged
        return {rename(n): v for n, v in state.items()}
    return dict(state)
