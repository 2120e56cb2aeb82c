"""FCN on CaffeNet: the head of the paper's segmentation protocol."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS

from .bilinear import BilinearUpsample
from .grid import caffenet_grids

CHANNELS = dict(conv2=256, conv3=384, conv4=384, conv5=256, pool5=256)


@MODELS.register_module()
class FCNSkipHead(BaseModule):
    """FCN-32s, 16s or 8s for CaffeNet, in mmseg's EncoderDecoder.

    fc6 (6x6) and fc7 (1x1), each with ReLU and dropout, and a 1x1 score; scores of
    finer maps are added on the way up; fixed bilinear upsampling to the picture's grid,
    cropped to the picture. Pictures of any size, one size a batch: the backbone's
    ``conv1_padding=100`` makes the last map wider than the picture.

    fc6 and fc7 start from N(0, .005) because a self-supervised encoder brings none, and
    all scores at 0: a 16s or 8s starts as the 32s that it is made from. The upsampling
    between two scores starts bilinear.

    It needs no class of mmseg: loss, predict and forward are what EncoderDecoder calls.

    Args:
        num_classes: Background included.
        maps: The backbone's ``out_indices`` by name, finest first, each half as fine as
            the one before, the last pool5: ('pool5',) is the 32s, ('conv5', 'pool5')
            the 16s, ('conv2', 'conv5', 'pool5') the 8s. The FCN paper has skips on VGG
            alone; here it is the last map of a stride.
        channels: Width of fc6 and fc7.
        dropout: Share of fc6 and fc7 that is dropped.
        skip_scales: Factor on each finer map before its score, in the order of
            ``maps``. FCN-8s trained at once on VGG has 1e-4 and 1e-2.
        learn_upsampling: Whether the upsampling between scores is trained, as the
            paper says, or stays bilinear, as in its released files.
        ignore_index: Label that counts in no loss.
        init_cfg: mmengine initialisation instead of the above.

    Raises:
        InputError: Maps that are not of that form, maps at run time that are not those
            named, or labels that are no class.

    Source: Long et al., Fully Convolutional Networks, sections 4.1 to 4.3; method of
    the paper's section 5.2.

    Example:
        >>> from ce_plugin.models import CaffeNet
        >>> maps = ('conv5', 'pool5')
        >>> backbone = CaffeNet(maps, conv1_padding=100)
        >>> head = FCNSkipHead(maps=maps, channels=8)
        >>> metas = [dict(img_shape=(75, 50))]
        >>> head.predict(backbone(torch.zeros(1, 3, 75, 50)), metas).shape
        torch.Size([1, 21, 75, 50])
    """

    align_corners = False
    threshold = None

    def __init__(
        self,
        num_classes: int = 21,
        maps: Sequence[str] = ("pool5",),
        channels: int = 4096,
        dropout: float = 0.5,
        skip_scales: Sequence[float] | None = None,
        learn_upsampling: bool = True,
        ignore_index: int = 255,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        grids = caffenet_grids()
        *skips, last = maps or (None,)
        strides = [grids[name].stride for name in maps if name in CHANNELS]
        if last != "pool5" or strides != [32 >> k for k in range(len(maps))][::-1]:
            raise InputError(
                "FCNSkipHead: maps are ('pool5',), ('conv5', 'pool5') or ('conv2', "
                f"'conv5', 'pool5'), not {tuple(maps)!r}"
            )
        scales = [1.0] * len(skips) if skip_scales is None else list(skip_scales)
        if len(scales) != len(skips):
            raise InputError(
                f"FCNSkipHead: skip_scales has {len(scales)} factors for the "
                f"{len(skips)} maps before pool5"
            )
        self.num_classes = self.out_channels = num_classes
        self.maps = tuple(maps)
        self.ignore_index = ignore_index
        self.skip_scales = dict(zip(skips, scales))

        self.fc6 = nn.Conv2d(CHANNELS["pool5"], channels, 6)
        self.fc7 = nn.Conv2d(channels, channels, 1)
        self.dropout = nn.Dropout(dropout)
        self.scores = nn.ModuleDict({"pool5": nn.Conv2d(channels, num_classes, 1)})
        self.doubled = nn.ModuleDict()
        self.skip_crops: dict[str, int] = {}
        grid = grids["fc6"]
        for name in reversed(skips):
            grid = grid.upsampled(2)
            self.skip_crops[name] = grids[name].cells_to(grid)
            self.scores[name] = nn.Conv2d(CHANNELS[name], num_classes, 1)
            self.doubled[name] = BilinearUpsample(num_classes, 2, learn_upsampling)
        self.enlarge = BilinearUpsample(num_classes, grid.stride)
        self.crop = -int(grid.upsampled(grid.stride).origin)

    def init_weights(self) -> None:
        if self.init_cfg is not None:
            super().init_weights()
            return
        for layer in (self.fc6, self.fc7):
            nn.init.normal_(layer.weight, 0, 0.005)
            nn.init.zeros_(layer.bias)
        for layer in self.scores.values():
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Scores on the finest grid, padding included.

        Args:
            inputs: The maps, (N, C, h, w) each.

        Returns:
            (N, num_classes, h', w').
        """
        sizes = [x.shape[-1] for x in inputs]
        if len(inputs) != len(self.maps) or sizes != sorted(sizes, reverse=True):
            raise InputError(
                f"FCNSkipHead takes the maps {self.maps}, not {len(inputs)} of widths "
                f"{sizes}; set the backbone's out_indices to these"
            )
        features = dict(zip(self.maps, inputs))
        x = self.dropout(self.fc6(features["pool5"]).relu_())
        x = self.dropout(self.fc7(x).relu_())
        x = self.scores["pool5"](x)
        for name, double in self.doubled.items():
            x = double(x)
            (height, width), crop = x.shape[-2:], self.skip_crops[name]
            skip = features[name][..., crop : crop + height, crop : crop + width]
            x = x + self.scores[name](skip * self.skip_scales[name])
        return x

    def to_picture(self, scores: Tensor, size: tuple[int, int]) -> Tensor:
        """Scores (N, C, h', w') of ``forward`` as ``(N, C, *size)``, in pixels."""
        (height, width), crop = size, self.crop
        x = self.enlarge(scores)
        if x.shape[-2] < crop + height or x.shape[-1] < crop + width:
            raise InputError(
                f"FCNSkipHead: the maps do not cover a picture of {width}x{height} px; "
                "set the backbone's conv1_padding=100"
            )
        return x[..., crop : crop + height, crop : crop + width]

    def loss(
        self, inputs: Sequence[Tensor], data_samples: Sequence, train_cfg=None
    ) -> dict[str, Tensor]:
        """Cross-entropy, a mean over the labelled pixels, and their accuracy in %.

        Args:
            inputs: The maps.
            data_samples: With ``gt_sem_seg.data``, (1, H, W), of one size.
            train_cfg: Not used; mmseg hands it on.

        Raises:
            InputError: A label is neither a class nor ``ignore_index``.
        """
        labels = torch.cat([sample.gt_sem_seg.data for sample in data_samples]).long()
        counted = labels != self.ignore_index
        self._check(labels, counted, data_samples)
        logits = self.to_picture(self.forward(inputs), tuple(labels.shape[-2:]))
        # A mean that is 0, not NaN, where no pixel counts.
        pixels = counted.sum().clamp(min=1)
        loss = F.cross_entropy(
            logits, labels, ignore_index=self.ignore_index, reduction="sum"
        )
        right = (logits.argmax(1) == labels) & counted
        return dict(loss_ce=loss / pixels, acc_seg=100 * right.sum() / pixels)

    def _check(self, labels: Tensor, counted: Tensor, data_samples: Sequence) -> None:
        wrong = counted & ((labels < 0) | (labels >= self.num_classes))
        if wrong.any():
            first = int(wrong.flatten(1).any(1).nonzero()[0])
            value = int(labels[wrong][0])
            name = data_samples[first].metainfo.get("seg_map_path", "a mask")
            raise InputError(
                f"{name} has the label {value}; labels are 0 to {self.num_classes - 1} "
                f"and {self.ignore_index}: write them so, or set num_classes"
            )

    def predict(
        self, inputs: Sequence[Tensor], batch_img_metas: Sequence[dict], test_cfg=None
    ) -> Tensor:
        """Scores of the pictures, (N, num_classes, H, W).

        Args:
            inputs: The maps.
            batch_img_metas: With the picture's size: ``img_shape``, or ``pad_shape``
                where the preprocessor padded the picture.
            test_cfg: Not used; mmseg hands it on.
        """
        meta = batch_img_metas[0]
        size = meta["img_shape"]
        # Sliding windows say their own size, as a torch.Size, but leave the padding.
        if not isinstance(size, torch.Size):
            size = meta.get("pad_shape", size)
        return self.to_picture(self.forward(inputs), tuple(size[:2]))
