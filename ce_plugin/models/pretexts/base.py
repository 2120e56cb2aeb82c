"""Base classes of the pretext tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType, ModuleType

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ce_plugin.errors import InputError
from ce_plugin.models.base import EncoderModel
from ce_plugin.models.layers import full_precision
from ce_plugin.models.preprocessor import InpaintingPreprocessor
from ce_plugin.optional import require
from ce_plugin.structures import PretextSample


class Pretext(EncoderModel):
    """Base class of the pretext tasks: models whose encoder is what is wanted.

    Their checkpoints say what encoder they hold, so that a detector can start from one.
    A training loop of one's own, without mmengine's Runner, calls :meth:`total_loss`.

    Attributes:
        progress: Share of the training that is done, in [0, 1); the loop sets it before
            each step. Schedules of momentum and temperature read it, so that they need
            no count of their own that a resumed run would have lost.
        stepped: Whether the optimizer has made a step since the last batch; the loop
            sets it. Where gradients are accumulated, momentum networks stand still in
            between.
    """

    progress: float = 0.0
    stepped: bool = True
    # In memory of the device, where a recorded step reads them anew.
    held: Mapping[str, Tensor] = MappingProxyType({})
    default_preprocessor = "ce_plugin.PicturePreprocessor"

    def __init__(
        self,
        backbone: dict | nn.Module,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        preprocessor = data_preprocessor or dict(type=self.default_preprocessor)
        super().__init__(backbone, preprocessor, init_cfg)

    def schedule(self) -> dict[str, float]:
        """Numbers of the step that change with ``progress``, by name."""
        return {}

    def scheduled(self, name: str) -> float | Tensor:
        """One number of the :meth:`schedule`; a tensor () where it is held."""
        return self.held[name] if name in self.held else self.schedule()[name]

    def phase(self) -> tuple:
        """Whatever else decides which operations a step has.

        Where it changes, a new step is recorded.
        """
        return ()

    def prepare(
        self, pictures: Tensor | Sequence[Tensor], masks: Tensor | None = None
    ) -> tuple[Tensor | list[Tensor], PretextSample]:
        """Plain tensors as :meth:`loss` takes them: normalised, holes cut.

        Args:
            pictures: RGB (B, 3, H, W), uint8 or float in [0, 1], or a list of such
                views. They are moved to the pretext's device.
            masks: (B, 1, H, W) or (B, H, W) bool, True = hole, where the task hides
                what a mask says.

        Returns:
            ``inputs`` and ``data_samples``, so that ``pretext(*pretext.prepare(x),
            mode='loss')`` is the dict of losses, also of a pretext in torch's
            DistributedDataParallel.

        Raises:
            InputError: Pictures or masks of another kind or size, floats outside of
                [0, 1] (looked at on the CPU only), or masks for a task without holes.
        """
        views = [pictures] if isinstance(pictures, Tensor) else list(pictures)
        views = [_in_bytes(view) for view in views]
        samples = PretextSample()
        if masks is not None:
            if not isinstance(self.data_preprocessor, InpaintingPreprocessor):
                raise InputError(
                    f"{type(self).__name__} hides nothing that a mask says: leave the "
                    "masks out"
                )
            samples.mask = _one_channel(masks, views[0])
        inputs = views[0] if isinstance(pictures, Tensor) else views
        data = dict(inputs=inputs, data_samples=samples)
        return tuple(self.data_preprocessor(data, training=True).values())

    def total_loss(
        self, pictures: Tensor | Sequence[Tensor], masks: Tensor | None = None
    ) -> Tensor:
        """The loss of a batch of plain tensors, for a training loop of one's own.

        Before each step ``progress`` may be set to the share of the training that is
        done, for tasks with schedules. Where the encoder is to start from mmengine's
        ``init_cfg``, call ``init_weights()`` once before training.

        Args:
            pictures: See :meth:`prepare`.
            masks: See :meth:`prepare`.

        Returns:
            A scalar to call ``backward()`` on: the sum of the task's losses.

        Raises:
            InputError: See :meth:`prepare`.
        """
        losses = self.loss(*self.prepare(pictures, masks))
        return self.parse_losses(losses)[0]


class ViewsPretext(Pretext):
    """Base class of the tasks that compare views of a picture.

    ``inputs`` is a list of views, each (B, 3, h, w), or a single batch where
    predictions are asked for.

    Attributes:
        views: How many views the task needs at least.
    """

    views = 2

    def lightly(self, module: str) -> ModuleType:
        """A module of lightly by its name in it, such as 'loss'.

        Raises:
            InputError: lightly is missing.
        """
        return require(f"lightly.{module}", type(self).__name__, "lightly")

    def embed(self, pictures: Tensor) -> Tensor:
        """The last map's mean over all positions, (B, C)."""
        return self.extract_feat(pictures)[-1].mean(dim=(2, 3))

    def check_views(self, inputs: Tensor | Sequence[Tensor]) -> list[Tensor]:
        """``inputs`` as a list of views.

        Raises:
            InputError: Fewer than the task needs.
        """
        views = [inputs] if isinstance(inputs, Tensor) else list(inputs)
        if len(views) < self.views:
            raise InputError(
                f"{type(self).__name__} needs {self.views} views of each picture, the "
                f"dataset gives {len(views)}; end its transforms with one that makes "
                "views, such as dict(type='BatchViews', method='SimCLR')"
            )
        return views

    @torch.no_grad()
    def predict(
        self, inputs: Tensor | Sequence[Tensor], data_samples: PretextSample | None
    ) -> list[PretextSample]:
        """The embedding of each picture.

        Returns:
            For each picture a sample with ``embedding`` (C,), of the first view.
        """
        first = inputs if isinstance(inputs, Tensor) else inputs[0]
        batch = PretextSample() if data_samples is None else data_samples.new()
        batch.set_data(dict(embedding=self.embed(first)))
        return batch.unstack()


@contextmanager
def in_float32(*tensors: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """``tensors`` in float32 at least, and no mixed precision inside.

    Similarities and their softmax lose what they are about in 16 bits.

    Example:
        >>> with in_float32(torch.zeros(2, dtype=torch.bfloat16)) as (x,):
        ...     print(x.dtype)
        torch.float32
    """
    with torch.autocast(tensors[0].device.type, enabled=False):
        yield tuple(full_precision(x) for x in tensors)


def classification_losses(
    name: str, scores: Tensor, labels: Tensor
) -> dict[str, Tensor]:
    """Cross entropy under a name, and the accuracy in [0, 1] for the log.

    Args:
        name: The name of the loss.
        scores: (N, classes), of any precision.
        labels: (N,) class numbers.
    """
    with in_float32(scores) as (scores,):
        loss = F.cross_entropy(scores, labels)
    accuracy = (scores.argmax(1) == labels).float().mean()
    return {name: loss, "accuracy": accuracy}


def _in_bytes(pictures: Tensor) -> Tensor:
    """RGB (B, 3, H, W), uint8 or float in [0, 1], in 0..255."""
    if pictures.ndim != 4 or pictures.shape[1] != 3:
        raise InputError(
            f"pictures are RGB (B, 3, H, W), not of shape {tuple(pictures.shape)}"
        )
    if pictures.dtype == torch.uint8:
        return pictures
    if not pictures.is_floating_point():
        raise InputError(
            f"pictures are uint8 or floats in [0, 1], not {pictures.dtype}"
        )
    # On a device the step would have to wait for the answer.
    if pictures.device.type == "cpu":
        low, high = (value.item() for value in pictures.aminmax())
        if not (low >= 0 and high <= 1):
            raise InputError(
                f"floats of pictures are in [0, 1], not [{low:.3g}, {high:.3g}]: give "
                "them as they are before normalising, the pretext normalises them"
            )
    return pictures * 255


def _one_channel(masks: Tensor, pictures: Tensor) -> Tensor:
    """Masks as (B, 1, H, W) bool of the size of ``pictures``."""
    masks = masks.unsqueeze(1) if masks.ndim == 3 else masks
    expected = (len(pictures), 1, *pictures.shape[2:])
    if masks.dtype != torch.bool or tuple(masks.shape) != expected:
        raise InputError(
            f"masks are bool {expected}, True = hole, not {masks.dtype} of shape "
            f"{tuple(masks.shape)}"
        )
    return masks
