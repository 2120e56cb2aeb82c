"""The one formula of a masked reconstruction loss."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.layers import full_precision
from ce_plugin.models.processes import mean_over_processes
from ce_plugin.registry import MODELS

REGIONS = ("hole", "full", "known10x")
NORMALIZERS = ("region", "elements", "batch")


@MODELS.register_module()
class ReconstructionLoss(nn.Module):
    """Weighted L2 or L1 distance between prediction and truth.

    ``loss = sum(W * |prediction - target|^p) / N``, where p is 2 or 1.

    Args:
        criterion: 'l2' or 'l1'.
        region: What W counts. 'hole': 1 in the hole, 0 elsewhere (paper). 'full': 1
            everywhere (released code). 'known10x': 1 in the hole and 10 on known pixels
            (released random-region code with ``useOverlapPred``, the reverse of what
            one would guess).
        overlap: Width in pixels of a ring at the border of the prediction, which the
            network can see; there W is ``overlap_weight``. Released centre code: 4 at
            128 px; 0 for none.
        overlap_weight: W in the ring (10).
        normalizer: N. 'region': elements that W counts at all (three per pixel),
            summed over all processes. 'elements': all elements of the prediction, so
            that the ring's weight is not normalised away (released code). 'batch': the
            number of pictures.
        target: 'raw', or 'patch': every patch of the target is normalised by its own
            mean and deviation first (He et al. 2022, section 3), which makes better
            features and a prediction without colours.
        patch_size: Side of these patches in pixels.

    Raises:
        InputError: An unknown name, a number out of range, or a ring that leaves
            nothing.

    Source: paper equation (1); released code (train.lua, train_random.lua).

    Example:
        >>> loss = ReconstructionLoss(region='full', overlap=4, normalizer='elements')
        >>> x = torch.zeros(1, 3, 64, 64)
        >>> round(loss(x + 1, x, torch.ones(1, 1, 64, 64, dtype=bool)).item(), 6)
        3.109375
    """

    def __init__(
        self,
        criterion: str = "l2",
        region: str = "hole",
        overlap: int = 0,
        overlap_weight: float = 10.0,
        normalizer: str = "region",
        target: str = "raw",
        patch_size: int = 16,
    ) -> None:
        super().__init__()
        choices = dict(
            criterion=(criterion, ("l2", "l1")),
            region=(region, REGIONS),
            normalizer=(normalizer, NORMALIZERS),
            target=(target, ("raw", "patch")),
        )
        for name, (value, known) in choices.items():
            if value not in known:
                raise InputError(
                    f"ReconstructionLoss: {name} is one of {', '.join(known)}, not "
                    f"{value!r}"
                )
        if overlap < 0 or overlap_weight < 0 or patch_size < 1:
            raise InputError(
                "ReconstructionLoss: overlap and overlap_weight are >= 0, patch_size "
                ">= 1"
            )
        self.criterion, self.region, self.normalizer = criterion, region, normalizer
        self.overlap, self.overlap_weight = overlap, overlap_weight
        self.target, self.patch_size = target, patch_size

    def weight(self, mask: Tensor) -> Tensor:
        """W for a batch of masks.

        Args:
            mask: (B, 1, H, W) bool, True = hole, cut to the prediction's window.

        Returns:
            (B, 1, H, W) float32.
        """
        if self.region == "hole":
            weight = mask.float()
        elif self.region == "full":
            weight = torch.ones_like(mask, dtype=torch.float32)
        else:
            weight = 10.0 - 9.0 * mask.float()
        o = self.overlap
        if o:
            if 2 * o >= min(mask.shape[-2:]):
                raise InputError(
                    f"ReconstructionLoss: an overlap of {o} px leaves nothing of a "
                    f"{mask.shape[-1]}x{mask.shape[-2]} prediction"
                )
            ring = torch.full_like(weight, self.overlap_weight)
            ring[..., o:-o, o:-o] = weight[..., o:-o, o:-o]
            weight = ring
        return weight

    def normalized_patches(self, target: Tensor) -> Tensor:
        """``target`` (B, 3, H, W) with mean 0 and deviation 1 in every patch."""
        b, c, h, w = target.shape
        p = self.patch_size
        if h % p or w % p:
            raise InputError(
                f"ReconstructionLoss: {w}x{h} does not divide into patches of {p} px"
            )
        x = target.view(b, c, h // p, p, w // p, p)
        mean = x.mean(dim=(1, 3, 5), keepdim=True)
        var = x.var(dim=(1, 3, 5), keepdim=True)
        return ((x - mean) / (var + 1e-6).sqrt()).view(b, c, h, w)

    def forward(self, prediction: Tensor, target: Tensor, mask: Tensor) -> Tensor:
        """The loss of one batch.

        Args:
            prediction: (B, 3, H, W), in the range of the preprocessor.
            target: (B, 3, H, W), the same window of the picture.
            mask: (B, 1, H, W) bool, True = hole.

        Returns:
            Scalar, at least float32. Its mean over processes is the loss of the joined
            batch. It is 0 where no pixel counts, as of a batch without holes with
            ``region='hole'``: a step does not wait for the device to look.
        """
        if self.target == "patch":
            target = self.normalized_patches(target)
        error = full_precision(prediction) - full_precision(target)
        error = error.square() if self.criterion == "l2" else error.abs()
        if self.region == "full" and not self.overlap:
            total, counted = error.sum(), None
        else:
            weight = self.weight(mask)
            total, counted = (error * weight).sum(), weight
        if self.normalizer == "elements":
            return total / error.numel()
        if self.normalizer == "batch":
            return total / len(error)
        if counted is None:
            return total / error.numel()
        count = mean_over_processes(error.shape[1] * (counted > 0).sum().float())
        return total / count.clamp(min=1.0)
