"""A ResNet whose parts have numbers, as ``nn.Sequential(*resnet.children())`` has.

lightly's tutorials build their backbones so: ``backbone.0.weight`` is the first
convolution, ``backbone.1`` its norm, ``backbone.4`` to ``backbone.7`` the four stages,
behind an activation and a pooling that have no tensors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

_STAGE = re.compile(r"(?:(.*)\.)?(\d+)\.0\.conv1\.weight")
_STEM = {"0": "conv1", "1": "bn1"}
_STAGES = 4


def from_positions(given: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under torchvision's names, where they are of such a network.

    The four stages are four numbers in a row whose first block has a ``conv1``. Whether
    shapes and counts are those of a ResNet is for the network to see that they go into.

    Args:
        given: Tensors under anyone's names and prefix.

    Returns:
        The same with numbers turned into names, prefixes kept; as it is where there are
        no such numbers.

    Example:
        >>> names = ['0.weight', *(f'{i}.0.conv1.weight' for i in (4, 5, 6, 7))]
        >>> list(from_positions(dict.fromkeys(names)))[:2]
        ['conv1.weight', 'layer1.0.conv1.weight']
    """
    stages: dict[str, list[int]] = {}
    for name in given:
        if found := _STAGE.fullmatch(name):
            stages.setdefault(found[1] or "", []).append(int(found[2]))
    renamed = {}
    for prefix, numbers in stages.items():
        first = min(numbers)
        in_a_row = sorted(numbers) == [*range(first, first + _STAGES)]
        stems = {_at(prefix, name) for name in ("0.weight", "0.0.weight")}
        if in_a_row and first > 1 and stems & set(given):
            parts = {str(first + i): f"layer{i + 1}" for i in range(_STAGES)}
            renamed[prefix] = _STEM | parts
    return {_renamed(name, renamed): value for name, value in given.items()}


def _renamed(name: str, renamed: Mapping[str, Mapping[str, str]]) -> str:
    for prefix, parts in renamed.items():
        start = f"{prefix}." if prefix else ""
        if name.startswith(start):
            number, dot, rest = name.removeprefix(start).partition(".")
            if number in parts:
                return f"{start}{parts[number]}{dot}{rest}"
    return name


def _at(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name
