"""Networks with normalisation and filling inside: pictures in [0, 1] in and out."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class GeneratorProgram(nn.Module):
    """Fills holes.

    Inputs: ``picture`` (B, 3, S, S) float32 RGB in [0, 1] and ``mask`` (B, 1, S, S)
    float32, 1 = hole. What the picture has in the hole is never looked at.

    Outputs: ``prediction`` (B, 3, h, w) of the network's window, and ``composite`` (B,
    3, S, S): the prediction in the hole, the picture, bit for bit, elsewhere. Of a
    center network the window is the middle half in both directions, and pixels outside
    of it come back as they were.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        # Not the discriminator; the preprocessor is called for its arithmetic alone.
        parts = ("backbone", "bottleneck", "decoder", "data_preprocessor")
        self.model = copy.deepcopy(model)
        for name, _ in [*self.model.named_children()]:
            if name not in parts:
                delattr(self.model, name)
        self.patches = getattr(model.reconstruction, "target", "raw") == "patch"

    def forward(self, picture: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        from ce_plugin.recolor import recolor

        prep = self.model.data_preprocessor
        hole = mask > 0.5
        inputs = torch.where(hole, prep.fill, prep.normalize(picture * 255))
        prediction = self.model.reconstruct(inputs)
        if self.patches:
            prediction = recolor(prediction, inputs, hole)
        prediction = prep.to_unit(prediction)

        side, painted = picture.shape[-1], prediction.shape[-1]
        rim = ((side - painted) // 2,) * 4
        inside = F.pad(torch.ones(1, 1, painted, painted), rim) > 0
        filled = F.pad(prediction, rim)
        return prediction, torch.where(hole & inside, filled, picture)


class EncoderProgram(nn.Module):
    """Feature maps of ``picture`` (B, 3, H, W), float32 RGB in [0, 1].

    Args:
        backbone: The encoder.
        preprocessor: Normalises RGB in 0..255; None where pictures come normalised.
        stages: Which of the encoder's maps to return.
    """

    def __init__(
        self, backbone: nn.Module, preprocessor: nn.Module | None, stages: Sequence[int]
    ) -> None:
        super().__init__()
        self.backbone = _any_size_pools(copy.deepcopy(backbone))
        self.preprocessor, self.stages = preprocessor, tuple(stages)

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        if self.preprocessor is not None:
            picture = self.preprocessor.normalize(picture * 255)
        maps = self.backbone(picture)
        maps = (maps,) if isinstance(maps, Tensor) else maps
        return tuple(maps[i] for i in self.stages)


class CeilMaxPool2d(nn.Module):
    """``nn.MaxPool2d(..., ceil_mode=True)`` whose output's size is one formula.

    torch's own decides by the size at hand whether a last, incomplete window counts;
    no program for any size can be made of that. Where padding and stride together do
    not exceed the kernel it always does.

    Example:
        >>> pool = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        >>> x = torch.rand(1, 1, 8, 7)
        >>> torch.equal(CeilMaxPool2d(pool)(x), pool(x))
        True
    """

    def __init__(self, pool: nn.MaxPool2d) -> None:
        super().__init__()
        self.kernel_size, self.stride = pool.kernel_size, pool.stride
        self.padding = pool.padding

    @staticmethod
    def fits(pool: nn.Module) -> bool:
        """Whether ``pool`` is one that this replaces."""
        if not isinstance(pool, nn.MaxPool2d) or not pool.ceil_mode:
            return False
        sizes = (pool.kernel_size, pool.stride, pool.padding)
        square = all(isinstance(size, int) for size in sizes) and pool.dilation == 1
        return square and pool.padding + pool.stride <= pool.kernel_size

    def forward(self, x: Tensor) -> Tensor:
        rest = self.stride - 1
        x = F.pad(x, (0, rest, 0, rest), value=float("-inf"))
        return F.max_pool2d(x, self.kernel_size, self.stride, self.padding)


def _any_size_pools(network: nn.Module) -> nn.Module:
    for module in [*network.modules()]:
        for name, child in [*module.named_children()]:
            if CeilMaxPool2d.fits(child):
                setattr(module, name, CeilMaxPool2d(child))
    return network
