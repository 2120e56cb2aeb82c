"""The Context Encoder: learn features by filling holes."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.optim import OptimWrapper, OptimWrapperDict
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.masks.center_region import center_span
from ce_plugin.models.base import build
from ce_plugin.models.layers import full_precision
from ce_plugin.models.losses.adversarial import joint_weights
from ce_plugin.models.sync_norm import synchronize_norms
from ce_plugin.recolor import recolor
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample
from ce_plugin.unwrap import unwrap

from .base import Pretext
from .joint_step import frozen, step_of


@MODELS.register_module()
class ContextEncoder(Pretext):
    """Encoder, bottleneck and decoder that predict what a hole has hidden.

    Without a discriminator the task is reconstruction alone, as in the paper's feature
    learning. With one it is the paper's inpainting: both losses, weighed by
    ``reconstruction_weight``, and two optimizers.

    Args:
        backbone: The encoder; its last map goes on.
        decoder: Makes the prediction. ``in_channels`` (and ``in_stride`` and
            ``skip_channels`` where it has them) follow from what comes before unless
            given. One that ``takes_skips`` is also given the encoder's other maps.
        bottleneck: Between the two; None where the encoder brings its own or needs
        none.
        discriminator: Judges predictions; None for reconstruction alone.
        reconstruction: Config of the reconstruction loss.
        adversarial: Config of the adversarial loss.
        reconstruction_weight: lambda of the released code; see
            :func:`~ce_plugin.models.losses.joint_weights`. Counts only with a
            discriminator.
        window: What is predicted: 'full', the whole picture, or 'center', its middle
            half in both directions, as of ``CenterRegion`` (64 of 128 px).
        sync_norm: Batch norms take their statistics over all processes instead of each
            its own; then several processes do what one does on the joined batch.
        data_preprocessor: Config of the :class:`InpaintingPreprocessor`.

    Raises:
        InputError: An unknown window, one that the decoder does not predict, or a
            weight out of range.

    Source: paper section 3; step order of the released code, with one difference that
    PyTorch imposes: the generator's adversarial gradient uses a fresh pass through the
    updated discriminator, where the original reused the activations of the old one.
    """

    default_preprocessor = "ce_plugin.InpaintingPreprocessor"

    def __init__(
        self,
        backbone: dict | nn.Module,
        decoder: dict | nn.Module,
        bottleneck: dict | nn.Module | None = None,
        discriminator: dict | nn.Module | None = None,
        reconstruction: dict | nn.Module | None = None,
        adversarial: dict | nn.Module | None = None,
        reconstruction_weight: float = 0.999,
        window: str = "full",
        sync_norm: bool = False,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg)
        if window not in ("full", "center"):
            raise InputError(
                f"ContextEncoder: window is 'full' or 'center', not {window!r}"
            )
        self.window = window
        self.reconstruction_weight = reconstruction_weight
        weights = joint_weights(reconstruction_weight)
        self.loss_weights = weights if discriminator is not None else (1.0, 0.0)

        *early, channels = self.features.out_channels
        stride = self.features.out_strides[-1]
        self.bottleneck = self._follow(bottleneck, channels, stride)
        channels = getattr(self.bottleneck, "out_channels", channels)
        self.decoder = self._follow(decoder, channels, stride, early)
        self.skips = getattr(self.decoder, "takes_skips", False)
        if self.skips and window != "full":
            raise InputError(
                f"ContextEncoder: {type(self.decoder).__name__} predicts whole "
                "pictures; set window='full'"
            )
        self.discriminator = build(discriminator)
        self.reconstruction = build(
            reconstruction or dict(type="ce_plugin.ReconstructionLoss")
        )
        self.adversarial = build(adversarial or dict(type="ce_plugin.AdversarialLoss"))
        if sync_norm:
            synchronize_norms(self)

    @staticmethod
    def _follow(
        part: dict | nn.Module | None,
        channels: int,
        stride: int,
        early: Sequence[int] = (),
    ) -> nn.Module | None:
        """Builds ``part`` to fit behind a map, before which ``early`` maps were made.

        Channels of all of them, and the last map's stride, are offered to it.
        """
        if part is None or isinstance(part, nn.Module):
            return part
        cls = MODELS.get(part["type"])
        known = inspect.signature(cls).parameters if cls else {}
        offers = dict(in_channels=channels, in_stride=stride, skip_channels=early)
        return build(part, **{k: v for k, v in offers.items() if k in known})

    @property
    def generator(self) -> list[nn.Module]:
        """The parts that the generator's optimizer trains."""
        parts = (self.backbone, self.bottleneck, self.decoder)
        return [part for part in parts if part is not None]

    def _window(self, x: Tensor) -> Tensor:
        """The part of (B, C, H, W) that is to be predicted; a view."""
        if self.window == "full":
            return x
        rows, columns = (center_span(side) for side in x.shape[-2:])
        return x[..., rows, columns]

    def reconstruct(self, inputs: Tensor) -> Tensor:
        """Prediction (B, 3, h, w) for the window of ``inputs`` (B, 3, H, W)."""
        *skips, x = self.extract_feat(inputs)
        if self.bottleneck is not None:
            x = self.bottleneck(x)
        early = (skips,) if self.skips else ()
        return self.decoder(x, tuple(self._window(inputs).shape[-2:]), *early)

    def _generator_losses(
        self, prediction: Tensor, inputs: Tensor, data_samples: PretextSample
    ) -> dict[str, Tensor]:
        target = self._window(data_samples.target)
        mask = self._window(data_samples.mask)
        weight, adversarial_weight = self.loss_weights
        losses = {}
        # With lambda = 0 the released code computes no reconstruction loss at all.
        if weight:
            value = self.reconstruction(prediction, target, mask)
            losses["loss_reconstruction"] = weight * value
        if self.discriminator is not None:
            with frozen(self.discriminator) as judge:
                logits = self._judge(judge, prediction, inputs)
            value = self.adversarial(logits, real=True)
            losses["loss_adversarial"] = adversarial_weight * value
        # The plain squared error, comparable with the released code's log.
        with torch.no_grad():
            losses["mse"] = F.mse_loss(full_precision(prediction), target)
        return losses

    def _discriminator_losses(
        self, prediction: Tensor, inputs: Tensor, data_samples: PretextSample
    ) -> dict[str, Tensor]:
        # Two passes: real and fake pictures do not share batch statistics.
        truth = self._window(data_samples.target)
        real = self._judge(self.discriminator, truth, inputs)
        fake = self._judge(self.discriminator, prediction, inputs)
        return dict(
            loss_real=self.adversarial(real, real=True),
            loss_fake=self.adversarial(fake, real=False),
        )

    @staticmethod
    def _judge(judge: nn.Module, pictures: Tensor, context: Tensor) -> Tensor:
        if getattr(unwrap(judge), "conditional", False):
            return judge(pictures, context)
        return judge(pictures)

    def loss(self, inputs: Tensor, data_samples: PretextSample) -> dict[str, Tensor]:
        """The generator's losses.

        Returns:
            ``loss_reconstruction``, with a discriminator ``loss_adversarial``, both
            weighted, and ``mse``, unweighted over the window, which is not optimised.

        Raises:
            InputError: Pictures without holes.
        """
        self._need_masks(data_samples)
        return self._generator_losses(self.reconstruct(inputs), inputs, data_samples)

    def _need_masks(self, data_samples: PretextSample | None) -> None:
        if data_samples is None or "mask" not in data_samples:
            raise InputError(f"{type(self).__name__} fills holes: it needs masks")

    def total_loss(
        self, pictures: Tensor | Sequence[Tensor], masks: Tensor | None = None
    ) -> Tensor:
        """See :meth:`Pretext.total_loss`.

        Raises:
            InputError: Also with a discriminator, whose loss is another optimizer's.
        """
        if self.discriminator is not None:
            raise InputError(
                "a ContextEncoder with a discriminator has two losses and two "
                "optimizers: call train_step with an OptimWrapperDict"
            )
        return super().total_loss(pictures, masks)

    def train_step(
        self, data: dict, optim_wrapper: OptimWrapper | OptimWrapperDict
    ) -> dict[str, Tensor]:
        """One step of one or two optimizers; works under AMP and accumulation.

        Args:
            data: A batch from the loader.
            optim_wrapper: Without a discriminator one wrapper; with one, the wrappers
                ``generator`` and ``discriminator``.

        Returns:
            The losses by name, for the log.

        Raises:
            InputError: A discriminator, but no wrapper of its own.
        """
        data = self.data_preprocessor(data, True)
        inputs, samples = data["inputs"], data["data_samples"]
        if self.discriminator is None:
            with step_of(optim_wrapper, self.generator):
                losses = self.loss(inputs, samples)
            total, log = self.parse_losses(losses)
            optim_wrapper.update_params(total)
            return log

        if not isinstance(optim_wrapper, OptimWrapperDict):
            raise InputError(
                "a ContextEncoder with a discriminator needs two optimizers; set "
                "optim_wrapper.constructor to 'ce_plugin.ContextEncoderOptimWrapper'"
            )
        with step_of(optim_wrapper["generator"], self.generator):
            prediction = self.reconstruct(inputs)
        with step_of(optim_wrapper["discriminator"], [self.discriminator]):
            losses = self._discriminator_losses(prediction.detach(), inputs, samples)
        total, log_d = self.parse_losses(losses)
        optim_wrapper["discriminator"].update_params(total)

        with step_of(optim_wrapper["generator"], self.generator):
            losses = self._generator_losses(prediction, inputs, samples)
        total, log = self.parse_losses(losses)
        optim_wrapper["generator"].update_params(total)
        log["loss_discriminator"] = log_d.pop("loss")
        return log | log_d

    @torch.no_grad()
    def predict(
        self, inputs: Tensor, data_samples: PretextSample
    ) -> list[PretextSample]:
        """Filled pictures.

        Returns:
            For each picture a sample with, in [0, 1] and RGB, ``input`` (hole filled
            with the constant), ``prediction`` (of the window), ``composite`` (the
            prediction in the hole, the picture elsewhere) and ``target``, all
            (3, H, W), and ``mask`` (1, H, W).

        Raises:
            InputError: Pictures without holes, or holes that reach out of the window.
        """
        self._need_masks(data_samples)
        prediction = self.reconstruct(inputs).to(data_samples.target.dtype)
        if getattr(self.reconstruction, "target", "raw") == "patch":
            prediction = recolor(prediction, data_samples.target, data_samples.mask)
        composite = data_samples.target.clone()
        window = self._window(composite)
        mask = self._window(data_samples.mask)
        if mask.sum() != data_samples.mask.sum():
            raise InputError(
                "holes reach out of the centre, which is all that is predicted; take "
                "the mask CenterRegion, or window='full'"
            )
        window.copy_(torch.where(mask, prediction, window))

        unit = self.data_preprocessor.to_unit
        batch = data_samples.new()
        pictures = dict(input=inputs, prediction=prediction, composite=composite)
        pictures["target"] = data_samples.target
        batch.set_data({name: unit(values) for name, values in pictures.items()})
        return batch.unstack()
