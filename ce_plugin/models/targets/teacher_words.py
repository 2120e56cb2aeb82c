"""Words of the network's own: a vocabulary that is renewed while it trains."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from mmengine.dist import all_reduce, get_rank, get_world_size
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS

from .base import Target
from .compare import cross_entropy, soft_shares
from .networks import AveragedTeacher


@MODELS.register_module()
class TeacherWords(Target):
    """The visual word that an averaged copy of the encoder gives each cell.

    The vocabulary is a queue of the copy's features: in every training step a few cells
    of the batch, about as many of each picture, replace the oldest words. Each cell of
    the target is shared out between the nearest words. Several processes share one
    vocabulary; their batches have to be of one size.

    Args:
        words: Size of the vocabulary.
        renewed: Words replaced in each step.
        stage: Which of the encoder's maps; -1 is the last.
        softness: Shares are the softmax of the negative squared distances over
            ``softness`` times their mean.
        momentum: Momentum of the copy at the start; it rises to 1 along half a cosine.

    Raises:
        InputError: A number out of range.

    Source: Gidaris et al. 2021, "OBoW: online bag-of-visual-words generation", sections
    3.2 and 3.3.
    """

    def __init__(
        self,
        words: int = 1024,
        renewed: int = 32,
        stage: int = -1,
        softness: float = 0.1,
        momentum: float = 0.99,
    ) -> None:
        super().__init__()
        if not 1 <= renewed <= words or softness <= 0:
            raise InputError(
                "TeacherWords: renewed is at least 1 and at most words, softness above "
                f"0; not {renewed}, {words} and {softness}"
            )
        self.teacher = AveragedTeacher(stage, "l2", momentum)
        self.channels = self.words = words
        self.renewed, self.softness = renewed, softness

    def attach(self, backbone: nn.Module, preprocessor: nn.Module) -> None:
        self.teacher.attach(backbone, preprocessor)
        self.cell = self.teacher.cell
        generator = torch.Generator().manual_seed(0)
        first = torch.randn(self.words, self.teacher.channels, generator=generator)
        self.register_buffer("vocabulary", F.normalize(first, dim=1))

    def restart(self, backbone: nn.Module) -> None:
        self.teacher.restart(backbone)

    def momentum_at(self, progress: float) -> float:
        return self.teacher.momentum_at(progress)

    def follow(self, backbone: nn.Module, momentum: float | Tensor) -> None:
        self.teacher.follow(backbone, momentum)

    @torch.no_grad()
    def forward(self, pictures: Tensor) -> Tensor:
        """Shares (B, K, h, w) of the words; in training the vocabulary is renewed."""
        features = F.normalize(self.teacher(pictures), dim=1)
        # On the unit sphere the squared distance is 2 - 2 cos.
        far = 2 - 2 * torch.einsum("bchw,kc->bkhw", features, self.vocabulary)
        shares = soft_shares(far, self.softness, 1, self.training)
        if self.training:
            self._renew(features)
        return shares

    def _renew(self, features: Tensor) -> None:
        cells = features.permute(0, 2, 3, 1).flatten(0, 2)
        # Evenly spread over the pictures of all processes and places, at a stride that
        # meets both; each process gives those that it has.
        places = torch.arange(self.renewed, device=cells.device)
        last = len(cells) * get_world_size() - 1
        places = places * last // max(1, self.renewed - 1) - len(cells) * get_rank()
        own = (places >= 0) & (places < len(cells))
        chosen = torch.where(own[:, None], cells[places.clamp(0, len(cells) - 1)], 0.0)
        all_reduce(chosen)
        self.vocabulary.copy_(torch.cat([self.vocabulary[self.renewed :], chosen]))

    def compare(self, prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """Cross entropy of the scores (B, K, h, w) against the shares."""
        return cross_entropy(prediction, target, weight)

    def show(self, described: Tensor, size: tuple[int, int]) -> Tensor:
        """The mean of the words' features, in the teacher's colours."""
        chance = described
        if described.requires_grad or (described < 0).any():
            chance = described.softmax(dim=1)
        features = torch.einsum("bkhw,kc->bchw", chance, self.vocabulary)
        return self.teacher.show(features * features.shape[1] ** 0.5, size)
