"""A classifier: an encoder under ``backbone.``, a head, and what of both is trained."""

from __future__ import annotations

from contextlib import nullcontext

import torch
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.base import EncoderModel, build
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

from .losses import check_range


@MODELS.register_module()
class ImageClassifier(EncoderModel):
    """An encoder and a head on its feature maps.

    Args:
        backbone: An encoder of this package, or one that another mmengine registry
            offers.
        head: :class:`CaffeNetHead`, :class:`PooledLinear`, :class:`LayerwiseLinear` or
            another with their interface; told ``in_channels`` of the backbone's maps.
        loss: :class:`MultiLabelLoss` for pictures with several classes,
            :class:`CrossEntropyLoss` or :class:`BinaryCrossEntropyLoss` for one.
        train_layers: 'all'; 'head': the encoder is frozen; or a part that the head
            names: 'fc8' and 'fc6-8' of :class:`CaffeNetHead`. What is frozen stays as
            it is to the bit, batch norm statistics too, and works in evaluation mode.
        mix: :class:`MixupCutMix`, in training; for one class a picture.
        data_preprocessor: Config of the preprocessor: normalisation, channel order.
        init_cfg: mmengine initialisation.

    Raises:
        InputError: No such layers.

    Example:
        >>> model = ImageClassifier(
        ...     backbone=dict(type='CaffeNet'),
        ...     head=dict(type='CaffeNetHead', num_classes=20, width=64),
        ...     loss=dict(type='MultiLabelLoss'),
        ...     train_layers='fc6-8')
        >>> sum(p.requires_grad for p in model.parameters())
        6
        >>> model(torch.zeros(1, 3, 227, 227), mode='predict')[0].scores.shape
        torch.Size([20])
    """

    def __init__(
        self,
        backbone: dict | nn.Module,
        head: dict | nn.Module,
        loss: dict | nn.Module,
        train_layers: str = "all",
        mix: dict | nn.Module | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg)
        channels = self.features.out_channels
        self.head = build(head, in_channels=channels)
        self.criterion = build(loss)
        self.mix = build(mix)
        # Where labels are on the host still: on a device a look at them is a wait.
        self.data_preprocessor.register_forward_pre_hook(self._look_at_labels)
        self.train_layers = train_layers
        self._frozen = self._freeze()
        self.train(self.training)

    def _freeze(self) -> list[nn.Module]:
        if self.train_layers == "all":
            return []
        parts = dict(
            self.head.PARTS, head=tuple(n for n, _ in self.head.named_children())
        )
        if self.train_layers not in parts:
            known = ", ".join(["all", *sorted(parts)])
            raise InputError(
                f"train_layers={self.train_layers!r}: with a "
                f"{type(self.head).__name__} it is one of {known}"
            )
        kept = parts[self.train_layers]
        frozen = [self.backbone]
        for name, child in self.head.named_children():
            # What has no weights, such as dropout, works as in training.
            if name not in kept and any(True for _ in child.parameters()):
                frozen.append(child)
        for module in frozen:
            module.requires_grad_(False)
        return frozen

    def _look_at_labels(self, preprocessor: nn.Module, args: tuple) -> None:
        samples = args[0].get("data_samples")
        labels = getattr(samples, "gt_label", None)
        classes = getattr(self.head, "num_classes", None)
        if classes and labels is not None and labels.ndim == 1:
            check_range(labels, classes)

    def train(self, mode: bool = True) -> ImageClassifier:
        """Sets the mode; frozen parts stay in evaluation mode."""
        super().train(mode)
        for module in self.__dict__.get("_frozen", ()):
            module.eval()
        return self

    def extract_feat(self, inputs: Tensor) -> tuple[Tensor, ...]:
        """Feature maps of normalised pictures (B, 3, H, W)."""
        frozen = self.train_layers != "all"
        with torch.no_grad() if frozen else nullcontext():
            return super().extract_feat(inputs)

    def scores(self, inputs: Tensor) -> dict[str, Tensor]:
        """Scores (B, K) by the name of the head's branch, '' where there is one."""
        scores = self.head(self.extract_feat(inputs))
        return {"": scores} if isinstance(scores, Tensor) else scores

    def loss(self, inputs: Tensor, data_samples: PretextSample) -> dict[str, Tensor]:
        """``loss``, or ``loss_<branch>`` for each of the head's branches."""
        labels = data_samples.gt_label
        if self.mix is not None:
            inputs, labels = self.mix(inputs, labels)
        return {
            _named("loss", name): self.criterion(scores, labels)
            for name, scores in self.scores(inputs).items()
        }

    def predict(
        self, inputs: Tensor, data_samples: PretextSample | None = None
    ) -> list[PretextSample]:
        """The samples with raw ``scores`` (K,), or ``scores_<branch>``."""
        batch = PretextSample() if data_samples is None else data_samples.new()
        for name, scores in self.scores(inputs).items():
            batch.set_data({_named("scores", name): scores.detach().float()})
        return batch.unstack()


def _named(what: str, branch: str) -> str:
    return f"{what}_{branch}" if branch else what
