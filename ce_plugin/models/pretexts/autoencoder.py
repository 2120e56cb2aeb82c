"""The autoencoder, the paper's own baseline: the same network, and no hole."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.draws import keys_of
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

from .context_encoder import ContextEncoder


@MODELS.register_module()
class AutoEncoder(ContextEncoder):
    """Encoder, bottleneck and decoder that reconstruct the picture they are shown.

    The network, its parts and its loss are the :class:`ContextEncoder`'s; only nothing
    is hidden. Holes in the samples have no effect, for there is no preprocessor that
    cuts them.

    A task that changes the picture and wants it back is a subclass with its own
    :meth:`corrupt`.

    Args:
        backbone: The encoder; its last map goes on.
        decoder: See :class:`ContextEncoder`.
        bottleneck: See :class:`ContextEncoder`.
        reconstruction: Config of the reconstruction loss; by default L2 on the whole
            picture.
        sync_norm: See :class:`ContextEncoder`.
        data_preprocessor: Config of the :class:`PicturePreprocessor`.

    Raises:
        InputError: A loss that counts the hole alone.

    Source: paper section 4.1 and Table 2, row "Autoencoder".
    """

    default_preprocessor = "ce_plugin.PicturePreprocessor"
    # Subclasses that change some pixels only can be judged on these.
    has_changed_region = False

    def __init__(
        self,
        backbone: dict | nn.Module,
        decoder: dict | nn.Module,
        bottleneck: dict | nn.Module | None = None,
        reconstruction: dict | nn.Module | None = None,
        sync_norm: bool = False,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(
            backbone,
            decoder,
            bottleneck,
            reconstruction=reconstruction
            or dict(type="ce_plugin.ReconstructionLoss", region="full"),
            sync_norm=sync_norm,
            data_preprocessor=data_preprocessor,
            init_cfg=init_cfg,
        )
        region = getattr(self.reconstruction, "region", "full")
        if region != "full" and not self.has_changed_region:
            raise InputError(
                f"{type(self).__name__} has no hole to count: set "
                f"reconstruction.region='full', not {region!r}"
            )

    def corrupt(
        self, pictures: Tensor, keys: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """The pictures that the encoder is shown.

        Args:
            pictures: Normalised, (B, 3, H, W).
            keys: What is drawn depends on these, (B,); None for fresh ones.

        Returns:
            Pictures of the same shape, and a mask (B, 1, H, W) bool of the pixels that
            a loss on the changed region counts.
        """
        return pictures, torch.zeros_like(pictures[:, :1], dtype=torch.bool)

    def loss(
        self, inputs: Tensor, data_samples: PretextSample | None = None
    ) -> dict[str, Tensor]:
        """``loss_reconstruction``, and ``mse`` of the whole picture, for the log."""
        keys = keys_of(data_samples, len(inputs), inputs.device)
        seen, mask = self.corrupt(inputs, keys)
        return super().loss(seen, PretextSample(target=inputs, mask=mask))

    @torch.no_grad()
    def predict(
        self, inputs: Tensor, data_samples: PretextSample | None = None
    ) -> list[PretextSample]:
        """Pictures as they come back; what is drawn is the same at every call.

        Returns:
            For each picture a sample with, in [0, 1] and RGB, ``input`` (as the encoder
            saw it), ``prediction``, ``composite`` (the prediction: all of the picture
            is predicted) and ``target``, all (3, H, W), and an empty ``mask``
            (1, H, W).
        """
        keys = torch.arange(len(inputs), device=inputs.device)
        seen, mask = self.corrupt(inputs, keys)
        batch = PretextSample() if data_samples is None else data_samples.new()
        batch.set_data(dict(target=inputs, mask=torch.zeros_like(mask)))
        samples = super().predict(seen, batch)
        for sample in samples:
            sample.composite = sample.prediction
        return samples
