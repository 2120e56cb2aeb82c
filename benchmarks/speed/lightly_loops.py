"""Training steps as users of lightly write them: a module, a criterion, an optimizer.

Each loop is given the encoder's and the heads' widths that our pretext has, one float
batch for each view, already normalised and on the device, and takes one step.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Sequence

import timm
import torch
from lightly.loss import (
    BarlowTwinsLoss,
    DINOLoss,
    NegativeCosineSimilarity,
    NTXentLoss,
    SwaVLoss,
    VICRegLoss,
)
from lightly.models import utils
from lightly.models.modules import (
    MaskedVisionTransformerDecoderTIMM,
    MaskedVisionTransformerTIMM,
    heads,
)
from lightly.utils.scheduler import cosine_schedule
from torch import Tensor, nn

SGD = dict(lr=0.06, momentum=0.9, weight_decay=5e-4)


class Loop(nn.Module, ABC):
    """What every loop is: a loss of views, and a step."""

    def start(self, device: str) -> Loop:
        """The loop on ``device`` with its optimizer."""
        self.to(device).train()
        self.optimizer = torch.optim.SGD(self.parameters(), **SGD)
        return self

    def step(self, views: Sequence[Tensor]) -> float:
        """One step; the loss."""
        loss = self.loss(views)
        loss.backward()
        self.before_update()
        self.optimizer.step()
        self.optimizer.zero_grad()
        return loss.item()

    def before_update(self) -> None:
        """What is done to the gradients."""

    @abstractmethod
    def loss(self, views: Sequence[Tensor]) -> Tensor:
        """The loss of views, each (B, 3, h, w)."""


class SimCLR(Loop):
    """Two views through encoder and head, one after the other."""

    def __init__(self, backbone: nn.Module, hidden: int, out: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = heads.SimCLRProjectionHead(backbone.num_features, hidden, out)
        self.criterion = NTXentLoss()

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.backbone(x))

    def loss(self, views: Sequence[Tensor]) -> Tensor:
        return self.criterion(self(views[0]), self(views[1]))


class MoCo(Loop):
    """Queries against keys of the momentum encoder and a memory bank."""

    def __init__(self, backbone: nn.Module, hidden: int, out: int, queue: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = heads.MoCoProjectionHead(backbone.num_features, hidden, out)
        self.backbone_momentum = copy.deepcopy(self.backbone)
        self.head_momentum = copy.deepcopy(self.head)
        utils.deactivate_requires_grad(self.backbone_momentum)
        utils.deactivate_requires_grad(self.head_momentum)
        self.criterion = NTXentLoss(memory_bank_size=(queue, out))

    def follow(self) -> None:
        """Moves the momentum encoder."""
        momentum = cosine_schedule(0, 10, 0.996, 1)
        utils.update_momentum(self.backbone, self.backbone_momentum, momentum)
        utils.update_momentum(self.head, self.head_momentum, momentum)

    def forward_momentum(self, x: Tensor) -> Tensor:
        """What the momentum encoder makes of a view."""
        return self.head_momentum(self.backbone_momentum(x)).detach()

    def loss(self, views: Sequence[Tensor]) -> Tensor:
        self.follow()
        query = self.head(self.backbone(views[0]))
        return self.criterion(query, self.forward_momentum(views[1]))


class BYOL(MoCo):
    """Each view predicts what the momentum encoder makes of the other."""

    def __init__(self, backbone: nn.Module, hidden: int, out: int) -> None:
        Loop.__init__(self)
        self.backbone = backbone
        self.head = heads.BYOLProjectionHead(backbone.num_features, hidden, out)
        self.prediction = heads.BYOLPredictionHead(out, hidden, out)
        self.backbone_momentum = copy.deepcopy(self.backbone)
        self.head_momentum = copy.deepcopy(self.head)
        utils.deactivate_requires_grad(self.backbone_momentum)
        utils.deactivate_requires_grad(self.head_momentum)
        self.criterion = NegativeCosineSimilarity()

    def forward(self, x: Tensor) -> Tensor:
        return self.prediction(self.head(self.backbone(x)))

    def loss(self, views: Sequence[Tensor]) -> Tensor:
        self.follow()
        p0, z0 = self(views[0]), self.forward_momentum(views[0])
        p1, z1 = self(views[1]), self.forward_momentum(views[1])
        return 0.5 * (self.criterion(p0, z1) + self.criterion(p1, z0))


class SimSiam(Loop):
    """Each view predicts the other, whose gradient is stopped."""

    def __init__(self, backbone: nn.Module, hidden: int, inner: int, out: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = heads.SimSiamProjectionHead(backbone.num_features, hidden, out)
        self.prediction = heads.SimSiamPredictionHead(out, inner, out)
        self.criterion = NegativeCosineSimilarity()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        z = self.head(self.backbone(x))
        return z.detach(), self.prediction(z)

    def loss(self, views: Sequence[Tensor]) -> Tensor:
        (z0, p0), (z1, p1) = self(views[0]), self(views[1])
        return 0.5 * (self.criterion(z0, p1) + self.criterion(z1, p0))


class BarlowTwins(SimCLR):
    """The cross-correlation of two views becomes the identity."""

    def __init__(self, backbone: nn.Module, hidden: int, out: int) -> None:
        Loop.__init__(self)
        self.backbone = backbone
        self.head = heads.BarlowTwinsProjectionHead(backbone.num_features, hidden, out)
        self.criterion = BarlowTwinsLoss()


class VICReg(SimCLR):
    """Variance, invariance and covariance of two views."""

    def __init__(self, backbone: nn.Module, hidden: int, out: int) -> None:
        Loop.__init__(self)
        self.backbone = backbone
        self.head = heads.VICRegProjectionHead(backbone.num_features, hidden, out)
        self.criterion = VICRegLoss()


class SwAV(Loop):
    """Every crop predicts the prototypes of the two large ones."""

    def __init__(
        self, backbone: nn.Module, hidden: int, out: int, prototypes: int
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = heads.SwaVProjectionHead(backbone.num_features, hidden, out)
        self.prototypes = heads.SwaVPrototypes(out, prototypes)
        self.criterion = SwaVLoss()

    def forward(self, x: Tensor) -> Tensor:
        z = nn.functional.normalize(self.head(self.backbone(x)), dim=1, p=2)
        return self.prototypes(z)

    def loss(self, views: Sequence[Tensor]) -> Tensor:
        self.prototypes.normalize()
        scores = [self(view) for view in views]
        return self.criterion(scores[:2], scores[2:])


class DINO(Loop):
    """A student sees all crops, its teacher the two large ones."""

    def __init__(self, backbone: nn.Module, hidden: int, inner: int, out: int) -> None:
        super().__init__()
        sizes = (backbone.num_features, hidden, inner, out)
        teacher = copy.deepcopy(backbone)
        self.student_backbone, self.teacher_backbone = backbone, teacher
        self.student_head = heads.DINOProjectionHead(*sizes, freeze_last_layer=1)
        self.teacher_head = heads.DINOProjectionHead(*sizes)
        utils.deactivate_requires_grad(self.teacher_backbone)
        utils.deactivate_requires_grad(self.teacher_head)
        self.criterion = DINOLoss(out, warmup_teacher_temp_epochs=5)

    def loss(self, views: Sequence[Tensor]) -> Tensor:
        momentum = cosine_schedule(0, 10, 0.996, 1)
        utils.update_momentum(self.student_backbone, self.teacher_backbone, momentum)
        utils.update_momentum(self.student_head, self.teacher_head, momentum)
        with torch.no_grad():
            teacher = [self.teacher_head(self.teacher_backbone(v)) for v in views[:2]]
        student = [self.student_head(self.student_backbone(v)) for v in views]
        return self.criterion(teacher, student, epoch=0)

    def before_update(self) -> None:
        self.student_head.cancel_last_layer_gradients(current_epoch=0)


class DenseCL(Loop):
    """MoCo of whole pictures and of places in them."""

    def __init__(self, backbone: nn.Module, hidden: int, out: int, queue: int) -> None:
        super().__init__()
        sizes = (backbone.num_features, hidden, out)
        self.backbone = backbone
        self.head = heads.DenseCLProjectionHead(*sizes)
        self.dense_head = heads.DenseCLProjectionHead(*sizes)
        for name in ("backbone", "head", "dense_head"):
            behind = copy.deepcopy(getattr(self, name))
            utils.deactivate_requires_grad(behind)
            setattr(self, f"{name}_momentum", behind)
        self.criterion = NTXentLoss(memory_bank_size=(queue, out))
        self.dense_criterion = NTXentLoss(memory_bank_size=(queue, out))

    def project(self, x: Tensor, ending: str = "") -> tuple[Tensor, Tensor, Tensor]:
        """Features of places, projection of the picture, projections of places."""
        maps = getattr(self, f"backbone{ending}").forward_features(x)
        whole = getattr(self, f"head{ending}")(maps.mean(dim=(2, 3)))
        places = maps.flatten(2).transpose(1, 2)
        return places, whole, getattr(self, f"dense_head{ending}")(places)

    def loss(self, views: Sequence[Tensor]) -> Tensor:
        momentum = cosine_schedule(0, 10, 0.996, 1)
        for name in ("backbone", "head", "dense_head"):
            behind = getattr(self, f"{name}_momentum")
            utils.update_momentum(getattr(self, name), behind, momentum)
        places, query, dense = self.project(views[0])
        with torch.no_grad():
            key_places, key, dense_key = self.project(views[1], "_momentum")
        dense_key = utils.select_most_similar(places, key_places, dense_key)
        loss = self.criterion(query, key)
        dense_loss = self.dense_criterion(dense.flatten(0, 1), dense_key.flatten(0, 1))
        return 0.5 * (loss + dense_loss)


class MAE(Loop):
    """A masked ViT, a decoder of mask tokens, squared error of hidden patches."""

    def __init__(
        self, vit: nn.Module, width: int, depth: int, attention_heads: int
    ) -> None:
        super().__init__()
        self.patch = vit.patch_embed.patch_size[0]
        self.backbone = MaskedVisionTransformerTIMM(vit)
        self.length = self.backbone.sequence_length
        self.embed = nn.Linear(vit.embed_dim, width)
        self.decoder = MaskedVisionTransformerDecoderTIMM(
            vit.patch_embed.num_patches, width, depth, attention_heads
        )
        self.predict = nn.Linear(width, 3 * self.patch**2)
        self.criterion = nn.MSELoss()

    def loss(self, views: Sequence[Tensor]) -> Tensor:
        pictures = views[0]
        size = (len(pictures), self.length)
        kept, hidden = utils.random_token_mask(size, 0.75, device=pictures.device)
        x = self.embed(self.backbone.encode(pictures, idx_keep=kept))
        tokens = utils.repeat_token(self.decoder.mask_token, size)
        tokens = utils.set_at_index(tokens, kept, x.type_as(tokens))
        decoded = utils.get_at_index(self.decoder(tokens), hidden)
        target = utils.patchify(pictures, self.patch)
        target = utils.get_at_index(target, hidden - 1)
        return self.criterion(self.predict(decoded), target)


def encoder(model_name: str, **kwargs) -> nn.Module:
    """The same network as our encoder, as timm gives it; a ResNet ends in its mean."""
    return timm.create_model(model_name, num_classes=0, **kwargs)
