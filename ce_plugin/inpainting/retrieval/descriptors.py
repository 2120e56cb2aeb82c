"""Describes pictures with a hole: gradients, or an encoder's features."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from skimage.feature import hog
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms.v2.functional import resize

from ce_plugin.checkpoints import load_encoder
from ce_plugin.devices import device_of
from ce_plugin.errors import InputError
from ce_plugin.zoo import resolve

SIDE = 128
"""Side in pixels of the squashed pictures that are compared."""
CELL = 8
BLOCKS = SIDE // CELL - 1
"""Rows and columns of overlapping blocks, 2x2 cells each."""
BLOCK_SIZE = 2 * 2 * 9


def squash(picture: np.ndarray, height: int = SIDE, width: int = SIDE) -> np.ndarray:
    """A picture at another size whatever its aspect, antialiased.

    Args:
        picture: (H, W, 3) uint8.
        height: Height of the result.
        width: Width of the result.

    Returns:
        (height, width, 3) uint8.
    """
    tensor = torch.from_numpy(picture).permute(2, 0, 1)
    out = resize(tensor, [height, width], antialias=True).permute(1, 2, 0)
    return np.ascontiguousarray(out.numpy())


def known_share(hole: np.ndarray, side: int = SIDE) -> np.ndarray:
    """How much of each pixel of a squashed picture comes from known ones.

    Args:
        hole: (H, W) bool, True = hole.
        side: Side of the squashed picture.

    Returns:
        (side, side) float32 in [0, 1]; 1 exactly where no hole pixel goes in.
    """
    unknown = torch.from_numpy(hole).float()[None]
    share = 1 - resize(unknown, [side, side], antialias=True)[0]
    return share.clamp_(0, 1).numpy()


def describe_gradients(thumbnail: np.ndarray) -> np.ndarray:
    """Histograms of oriented gradients, block by block.

    scikit-image's: 9 unsigned orientations, 8x8 pixels a cell, 2x2 cells a block, each
    block normalised by itself (L2-Hys); of the colours the one with the strongest
    gradient counts.

    Args:
        thumbnail: (128, 128, 3) uint8.

    Returns:
        (15, 15, 36) float16 in [0, 1].

    Source: Dalal and Triggs 2005; the paper names HOG and no parameters.
    """
    blocks = hog(
        thumbnail,
        orientations=9,
        pixels_per_cell=(CELL, CELL),
        cells_per_block=(2, 2),
        block_norm="L2-Hys",
        feature_vector=False,
        channel_axis=-1,
    )
    return blocks.reshape(BLOCKS, BLOCKS, BLOCK_SIZE).astype(np.float16)


def free_blocks(hole: np.ndarray) -> np.ndarray:
    """Which blocks of gradients do not depend on a hole's pixels.

    Args:
        hole: (128, 128) bool, True = hole.

    Returns:
        (15, 15) bool.
    """
    # A gradient looks one pixel to each of the four sides.
    seen = hole.copy()
    seen[1:] |= hole[:-1]
    seen[:-1] |= hole[1:]
    seen[:, 1:] |= hole[:, :-1]
    seen[:, :-1] |= hole[:, 1:]
    cells = seen.reshape(SIDE // CELL, CELL, SIDE // CELL, CELL).any(axis=(1, 3))
    return ~(cells[:-1, :-1] | cells[1:, :-1] | cells[:-1, 1:] | cells[1:, 1:])


class EncoderDescriptor:
    """The last feature map of a frozen encoder, averaged over its positions.

    Of the released network that is its 4000-d bottleneck, after batch norm and
    LeakyReLU. Holes are shown in the mean colour, 0 after normalisation.

    Args:
        checkpoint: An encoder file, a training checkpoint, the folder of a run with its
            ``encoder.pth``, or ``ce_plugin://NAME``.
        device: Where the encoder runs; by default the first CUDA device, or the CPU.
        batch_size: Pictures in one pass.

    Attributes:
        side: Side of the pictures that the encoder sees: its own, or 128.

    Raises:
        InputError: No such file, one that is no encoder or does not say how its
            pictures are normalised, an encoder that draws noise.
    """

    def __init__(
        self, checkpoint: str | Path, device: str | None = None, batch_size: int = 64
    ) -> None:
        self.device = device_of(device)
        path = resolve(checkpoint)
        path = path / "encoder.pth" if path.is_dir() else path
        encoder, meta = load_encoder(path)
        norm = meta.get("normalization")
        if not norm:
            raise InputError(
                f"{path} does not say how its pictures are normalised; export it with "
                "`mim run ce_plugin export`, or import it with `mim run ce_plugin "
                "convert`, which write that down"
            )
        if any(getattr(part, "noise_channels", 0) for part in encoder.modules()):
            raise InputError(
                f"the encoder in {path} draws noise beside its code, so that no two "
                "passes are alike; give one without noise_channels"
            )
        own = getattr(encoder, "input_size", None) or meta["backbone"].get("img_size")
        self.side = int(own or SIDE)
        self.batch_size = batch_size
        self.encoder = encoder.to(self.device)
        self.bgr = bool(norm.get("bgr"))
        shape = (1, 3, 1, 1)
        self.mean = torch.tensor(norm["mean"], device=self.device).view(shape)
        self.std = torch.tensor(norm["std"], device=self.device).view(shape)
        self.digest = hashlib.sha256(path.read_bytes()).digest()

    def key_of(self, hole: bytes) -> str:
        """A name for this encoder's descriptors of pictures with a given hole."""
        return hashlib.sha256(self.digest + hole).hexdigest()[:32]

    @torch.inference_mode()
    def __call__(self, thumbnails: np.ndarray, hole: np.ndarray) -> Tensor:
        """Descriptors of pictures that all have the same hole.

        Args:
            thumbnails: (B, 128, 128, 3) uint8.
            hole: (128, 128) bool, True = hole.

        Returns:
            (B, D) float32 of length 1, on the CPU.

        Raises:
            InputError: The features are not finite.
        """
        unknown = known_share(hole, self.side) < 1
        unknown = torch.from_numpy(unknown).to(self.device)
        rows = []
        for start in range(0, len(thumbnails), self.batch_size):
            batch = np.array(thumbnails[start : start + self.batch_size])
            batch = torch.from_numpy(batch).to(self.device).permute(0, 3, 1, 2)
            batch = resize(batch, [self.side, self.side], antialias=True).float()
            batch = (batch.flip(1) if self.bgr else batch) - self.mean
            batch = (batch / self.std).masked_fill_(unknown, 0)
            maps = self.encoder(batch.contiguous())
            last = maps if isinstance(maps, Tensor) else maps[-1]
            rows.append(last.float().flatten(2).mean(2) if last.ndim > 2 else last)
        features = torch.cat(rows)
        if not features.isfinite().all():
            raise InputError(
                "the encoder's features are not finite: its weights are spoiled, or "
                "its normalization is not that of its training"
            )
        return F.normalize(features, dim=1).cpu()
