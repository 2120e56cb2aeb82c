"""The paper's feature network: CaffeNet, Caffe's AlexNet."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.model import BaseModule
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.layers import init_gaussian
from ce_plugin.registry import MODELS


@MODELS.register_module()
class CaffeNet(BaseModule):
    """conv1 to pool5 of CaffeNet: the encoder behind the paper's Table 2.

    Layer order and numbers are Caffe's: pooling comes before the local response
    normalisation, conv2, conv4 and conv5 have two groups. It is not torchvision's
    AlexNet. 227 px gives 6x6 at pool5. With ``pool='max'`` pooling rounds up; without
    padding any picture size from 39 px on does; 2,334,080 parameters. With
    ``pool='conv'`` it rounds down; any size from 67 px on does; 3,597,280 parameters.

    Expects BGR, 0..255, minus (104, 117, 123) where weights of the authors are used.

    Args:
        out_indices: Which maps to return, by index 0-5 or by name: conv1 ... conv5
            (after ReLU, before pooling), pool5.
        pool: 'max' (paper's features), or 'conv': the pool-free variant for nicer
            inpainting, a convolution of the same kernel and stride in its place.
        conv1_padding: 0 (Caffe), 5 (Fast R-CNN), 100 (FCN).
        pool_padding: 0 (Caffe), 1 (Fast R-CNN) for pool1 and pool2.
        frozen_stages: This many convolutions from the input on are not trained.
        init_cfg: mmengine initialisation; without it N(0, .01), biases 0.

    Returns (forward):
        Tuple of maps, channels 96, 256, 384, 384, 256, 256 and strides 4, 8, 16, 16,
        16, 32.

    Raises:
        InputError: An unknown map, pooling or number of frozen stages.

    Source: paper section 4 and figure 9(b); Caffe's reference model.

    Example:
        >>> import torch
        >>> CaffeNet(out_indices=['pool5'])(torch.zeros(1, 3, 227, 227))[0].shape
        torch.Size([1, 256, 6, 6])
    """

    NAMES = ("conv1", "conv2", "conv3", "conv4", "conv5", "pool5")
    CHANNELS = (96, 256, 384, 384, 256, 256)
    STRIDES = (4, 8, 16, 16, 16, 32)

    def __init__(
        self,
        out_indices: Sequence[int | str] = ("pool5",),
        pool: str = "max",
        conv1_padding: int = 0,
        pool_padding: int = 0,
        frozen_stages: int = 0,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if pool not in ("max", "conv"):
            raise InputError(f"CaffeNet: pool is 'max' or 'conv', not {pool!r}")
        if not 0 <= frozen_stages <= 5:
            raise InputError(f"CaffeNet: frozen_stages is 0 to 5, not {frozen_stages}")
        self.out_indices = tuple(self._index(i) for i in out_indices)
        self.out_channels = tuple(self.CHANNELS[i] for i in self.out_indices)
        self.out_strides = tuple(self.STRIDES[i] for i in self.out_indices)
        self.frozen_stages = frozen_stages

        self.conv1 = nn.Conv2d(3, 96, 11, stride=4, padding=conv1_padding)
        self.conv2 = nn.Conv2d(96, 256, 5, padding=2, groups=2)
        self.conv3 = nn.Conv2d(256, 384, 3, padding=1)
        self.conv4 = nn.Conv2d(384, 384, 3, padding=1, groups=2)
        self.conv5 = nn.Conv2d(384, 256, 3, padding=1, groups=2)
        self.relu = nn.ReLU(inplace=True)
        self.pool1 = self._pool(pool, 96, pool_padding)
        self.pool2 = self._pool(pool, 256, pool_padding)
        self.pool5 = self._pool(pool, 256, 0)
        # torch divides alpha by the window size, as Caffe does.
        self.norm = nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0)
        self._freeze()

    @classmethod
    def _index(cls, which: int | str) -> int:
        if which in cls.NAMES:
            return cls.NAMES.index(which)
        if isinstance(which, int) and 0 <= which < len(cls.NAMES):
            return which
        raise InputError(
            f"CaffeNet: out_indices has {which!r}; known are 0 to 5 or "
            f"{', '.join(cls.NAMES)}"
        )

    @staticmethod
    def _pool(kind: str, channels: int, padding: int) -> nn.Module:
        if kind == "conv":
            return nn.Sequential(
                nn.Conv2d(channels, channels, 3, stride=2, padding=padding),
                nn.ReLU(inplace=True),
            )
        return nn.MaxPool2d(3, stride=2, padding=padding, ceil_mode=True)

    def _freeze(self) -> None:
        for i in range(self.frozen_stages):
            getattr(self, f"conv{i + 1}").requires_grad_(False)

    def init_weights(self) -> None:
        if self.init_cfg is None:
            init_gaussian(self)
        else:
            super().init_weights()

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        conv1 = self.relu(self.conv1(x))
        conv2 = self.relu(self.conv2(self.norm(self.pool1(conv1))))
        conv3 = self.relu(self.conv3(self.norm(self.pool2(conv2))))
        conv4 = self.relu(self.conv4(conv3))
        conv5 = self.relu(self.conv5(conv4))
        maps = [conv1, conv2, conv3, conv4, conv5]
        if 5 in self.out_indices:
            maps.append(self.pool5(conv5))
        return tuple(maps[i] for i in self.out_indices)
