"""One row for each pretext: a tiny model and a batch. The contract test reads it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F

import ce_plugin  # noqa: F401
from ce_plugin.datasets.seeding import seeded
from ce_plugin.datasets.transforms.jitter import Jitter, as_rows
from ce_plugin.models.pretexts import Pretext
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

SIZE = 32
# The narrowest that mmdet's and mmseg's ResNet can be as well.
RESNET = dict(type="TimmBackbone", model_name="resnet18", channels=(8, 16, 32, 64))


@dataclass(frozen=True)
class Case:
    """How the contract test meets a pretext.

    Attributes:
        config: Of the model, without its type; small.
        batch: From a number of pictures and a seed to what the loader gives.
        lightly: It needs lightly.
        steps: Training steps that lower the loss of one batch.
        lr: Of plain SGD in those steps.
        deviation: Why two processes do not give the gradient of one on the joined
            batch, where they do not.
        memory: Buffers that remember pictures; emptied where one batch is shown again
            and again, for it would be its own negative.
    """

    config: dict
    batch: Callable[[int, int], dict]
    lightly: bool = True
    steps: int = 2
    lr: float = 0.05
    deviation: str = ""
    memory: tuple[str, ...] = ()


def pictures(n: int, seed: int, size: int = SIZE) -> torch.Tensor:
    """Smooth random pictures, uint8 (n, 3, size, size)."""
    generator = torch.Generator().manual_seed(seed)
    small = torch.rand(n, 3, 5, 5, generator=generator)
    large = F.interpolate(small, (size, size), mode="bicubic").clamp(0, 1)
    return (large * 255).to(torch.uint8)


def names(n: int) -> dict:
    """The metainfo of a batch."""
    return dict(path=[f"{i}.jpg" for i in range(n)])


def draws(n: int, seed: int, views: int) -> list:
    """What the preprocessor does to each view: everything it can, as in training."""
    jitters = [Jitter(flip=0.5, solarize=0.3)] * views
    made = []
    for index in range(n):
        with seeded(seed, 0, index):
            made.append(as_rows(jitters))
    return made


def views(*sizes: int) -> Callable[[int, int], dict]:
    """Batches of a view for each of ``sizes``: the same pictures, noise of its own.

    They are finished in the preprocessor.
    """

    def make(n: int, seed: int) -> dict:
        generator = torch.Generator().manual_seed(seed + 100)
        made = []
        for size in sizes:
            clean = pictures(n, seed, size).int()
            noise = torch.randint(-40, 41, clean.shape, generator=generator)
            made.append((clean + noise).clamp(0, 255).to(torch.uint8))
        meta = names(n) | dict(jitter=draws(n, seed, len(sizes)))
        return dict(inputs=made, data_samples=PretextSample(metainfo=meta))

    return make


def plain(n: int, seed: int, size: int = SIZE) -> dict:
    """One picture each, nothing else."""
    samples = PretextSample(metainfo=names(n))
    return dict(inputs=pictures(n, seed, size), data_samples=samples)


def holes(n: int, seed: int) -> dict:
    """Pictures with a hole in the centre."""
    data = plain(n, seed)
    data["data_samples"].mask = torch.zeros(n, 1, SIZE, SIZE, dtype=torch.bool)
    data["data_samples"].mask[..., 9:23, 9:23] = True
    return data


def cells(n: int, seed: int) -> dict:
    """Pictures with a hidden quarter that is a whole number of cells.

    Not the upper left one: it is all that an untrained ResNet's strided shortcuts see.
    """
    data = plain(n, seed)
    data["data_samples"].mask = torch.zeros(n, 1, SIZE, SIZE, dtype=torch.bool)
    data["data_samples"].mask[..., 16:, 16:] = True
    return data


VIT = dict(
    type="TimmBackbone",
    model_name="vit_tiny_patch16_224",
    img_size=SIZE,
    patch_size=8,
    embed_dim=16,
    depth=2,
    num_heads=2,
    norm=True,
)
DECODER = dict(
    type="UpConvDecoder",
    channels=(32, 16, 8, 8, 3),
    norm="bn",
    output_padding=1,
    init="kaiming",
)
PAINTS = dict(backbone=RESNET, decoder=DECODER)
TWO = views(SIZE, SIZE)
# None so small that a strided convolution sees a map of one pixel: on a CPU torch's
# bfloat16 gradient of its weights is then made of memory that nobody has written.
CROPS = views(SIZE, SIZE, 24, 24)
TILES = partial(plain, size=60)

PRETEXTS = {
    "AutoEncoder": Case(PAINTS, plain, lightly=False),
    "BYOL": Case(dict(backbone=RESNET, hidden_channels=32, out_channels=16), TWO),
    "BarlowTwins": Case(
        dict(backbone=RESNET, hidden_channels=32),
        TWO,
        lr=0.01,
        deviation="lightly's loss normalises by the batch of each process",
    ),
    "Colorization": Case(dict(backbone=RESNET, channels=8), plain, lightly=False),
    "ContextEncoder": Case(PAINTS, holes, lightly=False),
    "ContextRestoration": Case(PAINTS, plain, lightly=False),
    "DINO": Case(
        dict(backbone=RESNET, bottleneck_channels=8, out_channels=32, batch_norm=True),
        CROPS,
        lr=1e-4,
    ),
    "DenoisingAutoEncoder": Case(PAINTS, plain, lightly=False),
    "DenseCL": Case(
        dict(backbone=RESNET, out_channels=16, queue=32),
        TWO,
        memory=(
            "criterion.memory_bank.bank",
            "dense_criterion.memory_bank.bank",
        ),
    ),
    "Jigsaw": Case(
        dict(backbone=RESNET, permutations=6, tile_channels=8, hidden_channels=16),
        TILES,
        lightly=False,
    ),
    "MAE": Case(
        dict(
            backbone=VIT,
            mask_ratio=0.5,
            decoder_channels=16,
            decoder_depth=1,
            decoder_heads=2,
        ),
        plain,
    ),
    "MoCo": Case(
        dict(backbone=RESNET, out_channels=16, queue=32),
        TWO,
        memory=("criterion.memory_bank.bank",),
    ),
    "RelativeLocation": Case(
        dict(backbone=RESNET, hidden_channels=16), views(*[SIZE] * 9), lightly=False
    ),
    "RotationPrediction": Case(dict(backbone=RESNET), plain, lightly=False),
    "SimCLR": Case(dict(backbone=RESNET, out_channels=16), TWO, lr=0.001),
    "SimMIM": Case(dict(backbone=VIT, mask_patch=8), plain),
    # Few channels: among many, untrained cosines are about 0, and so is the loss.
    "SimSiam": Case(
        dict(
            backbone=RESNET, hidden_channels=16, out_channels=8, predictor_channels=32
        ),
        TWO,
        lr=0.001,
    ),
    "SwAV": Case(
        dict(
            backbone=RESNET, out_channels=16, prototypes=12, queue=16, queue_start=0.25
        ),
        CROPS,
    ),
    "TargetPrediction": Case(
        dict(
            backbone=RESNET,
            targets=dict(
                hog=dict(type="HOGTarget", cell=8),
                pixels=dict(target=dict(type="PixelTarget", cell=16), weight=0.5),
            ),
            hidden_channels=8,
            match=dict(weight=0.25, temperature=0.2),
        ),
        cells,
        lightly=False,
        lr=0.01,
    ),
    "VICReg": Case(dict(backbone=RESNET, hidden_channels=32), TWO, lr=0.01),
}
TWO_MAPS = RESNET | dict(out_indices=(2, 4))
TEACHER_WORDS = dict(type="TeacherWords", stage=0, words=12, renewed=4)
# Rows with the type in the config, for what no single row of a pretext has: it has
# learned a vocabulary, follows the encoder, and begins without holes.
VARIANTS = {
    "hidden words": Case(
        dict(
            type="TargetPrediction",
            backbone=TWO_MAPS,
            targets=dict(
                words=dict(
                    type="VisualWords", cell=8, words=12, softness=0.1, most_cells=500
                ),
                bag=dict(target=dict(type="BagOfWords", words="words"), weight=0.5),
                teacher=dict(type="AveragedTeacher", stage=0, comparison="cosine"),
                own=TEACHER_WORDS,
            ),
            hidden_channels=8,
            holes_from=0.5,
            halves=True,
        ),
        cells,
        lightly=False,
    ),
    "words of another picture": Case(
        dict(
            type="TargetPrediction",
            backbone=TWO_MAPS,
            targets=dict(other=dict(type="OtherPicture", of=TEACHER_WORDS)),
            hidden_channels=8,
        ),
        cells,
        lightly=False,
    ),
}


def fitted(model: torch.nn.Module) -> torch.nn.Module:
    """The model, after its targets have seen pictures where they have to."""
    if not getattr(model, "ready", True):
        seen = model.data_preprocessor(cells(8, 100), False)["data_samples"].target
        model.fit([seen], seed=0)
    return model


def registered() -> dict[str, type[Pretext]]:
    """Every pretext that a config can name."""
    MODELS.import_from_location()
    return {
        name: cls
        for name, cls in MODELS.module_dict.items()
        if inspect.isclass(cls) and issubclass(cls, Pretext)
    }
