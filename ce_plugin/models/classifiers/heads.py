"""Heads of classifiers: scores of classes from feature maps.

A head takes the backbone's maps as a tuple and returns scores (B, K), or several such
by name. ``PARTS`` names sets of its layers that can be trained alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS


@MODELS.register_module()
class CaffeNetHead(BaseModule):
    """fc6, fc7 and fc8 of CaffeNet: 4096, 4096 and K; ReLU and dropout between them.

    A self-supervised encoder brings no fc6 and fc7: they start from N(0, .005), as in
    CaffeNet's own training, with biases of .1, which start the ReLUs alive; CaffeNet's
    own were 1. fc8 starts from N(0, .01), bias .1, as the protocol has it for new
    layers. (A stock Caffe file without fillers would leave them at zero, where nothing
    is ever learned.)

    Args:
        num_classes: K.
        in_channels: Channels of the backbone's maps; the last one counts. The
            classifier fills this in.
        size: Side of the last map, in cells; 6 for 227 px.
        width: Width of fc6 and fc7.
        dropout: In [0, 1). It stays on where fc6 and fc7 are not trained.
        init_cfg: mmengine initialisation, after the values above.

    Raises:
        InputError: (when called) the map has another size.

    Source: Krahenbuhl et al. 2016 (VOC 2007 classification); Caffe's reference model.

    Example:
        >>> import torch
        >>> head = CaffeNetHead(20, in_channels=(256,))
        >>> head((torch.zeros(2, 256, 6, 6),)).shape
        torch.Size([2, 20])
    """

    PARTS: Mapping[str, tuple[str, ...]] = {
        "fc8": ("fc8",),
        "fc6-8": ("fc6", "fc7", "fc8"),
    }

    def __init__(
        self,
        num_classes: int,
        in_channels: Sequence[int],
        size: int = 6,
        width: int = 4096,
        dropout: float = 0.5,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.num_classes = num_classes
        self.shape = (in_channels[-1], size, size)
        self.fc6 = nn.Linear(in_channels[-1] * size**2, width)
        self.fc7 = nn.Linear(width, width)
        self.fc8 = nn.Linear(width, num_classes)
        self.dropout = nn.Dropout(dropout)

    def init_weights(self) -> None:
        for layer, std in ((self.fc6, 0.005), (self.fc7, 0.005), (self.fc8, 0.01)):
            nn.init.normal_(layer.weight, 0.0, std)
            nn.init.constant_(layer.bias, 0.1)
        super().init_weights()

    def forward(self, maps: tuple[Tensor, ...]) -> Tensor:
        x = maps[-1]
        if x.shape[1:] != self.shape:
            got, wanted = ("x".join(map(str, s)) for s in (x.shape[1:], self.shape))
            raise InputError(
                f"CaffeNetHead wants a map of {wanted}, the backbone gives {got}; set "
                "the size of the pictures, or head.size"
            )
        x = self.dropout(F.relu(self.fc6(x.flatten(1))))
        x = self.dropout(F.relu(self.fc7(x)))
        return self.fc8(x)


@MODELS.register_module()
class PooledLinear(BaseModule):
    """The mean of the last map over its area, and one linear layer.

    Args:
        num_classes: K.
        in_channels: Channels of the backbone's maps. The classifier fills this in.
        dropout: In [0, 1), before the linear layer.
        init_cfg: mmengine initialisation; without it N(0, .01), bias 0.

    Example:
        >>> import torch
        >>> PooledLinear(10, in_channels=(64, 512))((torch.zeros(2, 512, 7, 7),)).shape
        torch.Size([2, 10])
    """

    PARTS: Mapping[str, tuple[str, ...]] = {}

    def __init__(
        self,
        num_classes: int,
        in_channels: Sequence[int],
        dropout: float = 0.0,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(
            init_cfg or dict(type="Normal", layer="Linear", std=0.01, bias=0.0)
        )
        self.num_classes = num_classes
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(in_channels[-1], num_classes)

    def forward(self, maps: tuple[Tensor, ...]) -> Tensor:
        return self.fc(self.dropout(maps[-1].mean(dim=(2, 3))))


@MODELS.register_module()
class LayerwiseLinear(BaseModule):
    """A linear layer of its own on each of the backbone's maps.

    Each map is averaged down to the s x s cells that come nearest to ``features``
    values: s = round(sqrt(features / channels)), which for CaffeNet's conv1 to conv5
    is 10, 6, 5, 5, 6, and for the five stages of ResNet-50 is 12, 6, 4, 3, 2. What one
    layer learns does not touch the others.

    Args:
        num_classes: K.
        names: Names of the maps, in the order in which the backbone returns them.
        in_channels: Channels of the maps. The classifier fills this in.
        features: About how many values a layer may see.
        norm: Normalise the averaged values of each channel (batch norm without learned
            scale): the maps differ in scale by orders of magnitude, and one learning
            rate has to serve them all. False: as they are.
        init_cfg: mmengine initialisation; without it N(0, .01), bias 0.

    Returns (forward):
        Scores (B, K) by name.

    Raises:
        InputError: Not one name for each map, or names twice.

    Source: Zhang et al. 2016 and 2017 (about 9,000 values a layer); batch norm as in
    Goyal et al. 2019.

    Example:
        >>> import torch
        >>> head = LayerwiseLinear(10, ['conv1', 'conv5'], in_channels=(96, 256))
        >>> head((torch.zeros(2, 96, 55, 55), torch.zeros(2, 256, 13, 13))).keys()
        dict_keys(['conv1', 'conv5'])
        >>> head.sizes
        (10, 6)
    """

    PARTS: Mapping[str, tuple[str, ...]] = {}

    def __init__(
        self,
        num_classes: int,
        names: Sequence[str],
        in_channels: Sequence[int],
        features: int = 9000,
        norm: bool = True,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(
            init_cfg or dict(type="Normal", layer="Linear", std=0.01, bias=0.0)
        )
        if len(names) != len(in_channels) or len(set(names)) != len(names):
            raise InputError(
                f"LayerwiseLinear: names={list(names)} for {len(in_channels)} maps; "
                "give each map of backbone.out_indices one name"
            )
        self.num_classes, self.names = num_classes, tuple(names)
        self.sizes = tuple(max(1, round((features / c) ** 0.5)) for c in in_channels)
        self.layers = nn.ModuleDict(
            {
                name: nn.Sequential(
                    nn.AdaptiveAvgPool2d(size),
                    nn.BatchNorm2d(c, affine=False) if norm else nn.Identity(),
                    nn.Flatten(),
                    nn.Linear(c * size**2, num_classes),
                )
                for name, c, size in zip(names, in_channels, self.sizes)
            }
        )

    def forward(self, maps: tuple[Tensor, ...]) -> dict[str, Tensor]:
        return {name: self.layers[name](x) for name, x in zip(self.names, maps)}
