"""Mixup and CutMix of a batch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS

from .losses import check_labels


@MODELS.register_module()
class MixupCutMix(nn.Module):
    """Mixes each picture with its mirror image in the batch, by timm's ``Mixup``.

    timm draws from numpy's global generator; here that is seeded from torch's for the
    time of the call, so that a resumed run mixes as one that was not stopped.

    Args:
        num_classes: K.
        mixup: Alpha of mixup's beta distribution; 0 for none.
        cutmix: Alpha of CutMix; 0 for none.
        prob: Probability that a batch is mixed.
        switch_prob: Probability of CutMix where both are on.

    Returns (forward):
        The mixed pictures and the shares of the classes (B, K).

    Raises:
        InputError: timm is missing; both are off; (when called) an odd batch or a label
            out of range.

    Source: Wightman et al. 2021, table 2; timm's ``Mixup``.

    Example:
        >>> mix = MixupCutMix(num_classes=3)
        >>> pictures, labels = torch.rand(4, 3, 8, 8), torch.tensor([0, 1, 2, 0])
        >>> mix(pictures, labels)[1].sum(1).allclose(torch.ones(4))
        True
    """

    def __init__(
        self,
        num_classes: int,
        mixup: float = 0.1,
        cutmix: float = 1.0,
        prob: float = 1.0,
        switch_prob: float = 0.5,
    ) -> None:
        super().__init__()
        if min(mixup, cutmix) < 0 or mixup == cutmix == 0:
            raise InputError("MixupCutMix: set mixup or cutmix above 0, none below")
        try:
            from timm.data import Mixup
        except ImportError as error:
            raise InputError("MixupCutMix needs timm: pip install timm") from error
        self.num_classes = num_classes
        self.mix = Mixup(
            mixup_alpha=mixup,
            cutmix_alpha=cutmix,
            prob=prob,
            switch_prob=switch_prob,
            label_smoothing=0.0,
            num_classes=num_classes,
        )

    def forward(self, pictures: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        import numpy as np

        if len(pictures) % 2:
            raise InputError(
                f"MixupCutMix pairs pictures: a batch of {len(pictures)} has one too "
                "many; make train_dataloader.batch_size even"
            )
        check_labels(labels.new_empty(len(labels), self.num_classes), labels)
        state = np.random.get_state()
        np.random.seed(_host_seed())
        try:
            # timm writes into the batch it is given.
            return self.mix(pictures.clone(), labels)
        finally:
            np.random.set_state(state)


def _host_seed() -> int:
    """A seed, drawn from torch's generator on the CPU."""
    return int(torch.randint(2**31, ()))
