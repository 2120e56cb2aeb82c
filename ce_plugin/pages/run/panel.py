"""The picture panel: what went in, what came out, what was there."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from ce_plugin.structures import PretextSample

COLUMNS = ("input", "prediction", "composite", "truth")
GAP = 6  # pixels between tiles and around them
HEADING = 22  # pixels above the first row
TILE = 144  # pixels; small pictures are enlarged to about this side
HOLE = (255, 0, 144)
BACKGROUND = (34, 36, 40)
TEXT = (228, 230, 235)


def panel(samples: Sequence[PretextSample]) -> np.ndarray:
    """One row for each sample: input, raw prediction, composite, truth.

    The hole of the input is painted in one flat colour, so that it can be told from
    the picture whatever the network is shown there. Small pictures are enlarged by a
    whole factor without smoothing. Values are clipped to [0, 1].

    Args:
        samples: Predictions of one batch: ``input``, ``composite`` and ``target``
            (3, H, W), ``prediction`` (3, h, w) with h <= H and w <= W (shown in the
            middle), float in [0, 1], RGB; ``mask`` (1, H, W) bool. Any device.

    Returns:
        (height, width, 3) uint8 RGB.

    Raises:
        ValueError: No sample.

    Example:
        >>> picture = torch.rand(3, 72, 72)
        >>> sample = PretextSample(mask=torch.ones(1, 72, 72, dtype=torch.bool))
        >>> for name in ("input", "prediction", "composite", "target"):
        ...     sample.set_data({name: picture})
        >>> panel([sample]).shape
        (172, 606, 3)
    """
    if not samples:
        raise ValueError("a panel needs at least one sample")
    height, width = samples[0].target.shape[1:]
    factor = max(1, round(TILE / max(height, width)))
    tile_height, tile_width = height * factor, width * factor
    canvas = np.empty(
        (
            HEADING + len(samples) * (tile_height + GAP),
            GAP + len(COLUMNS) * (tile_width + GAP),
            3,
        ),
        dtype=np.uint8,
    )
    canvas[:] = BACKGROUND
    for row, sample in enumerate(samples):
        top = HEADING + row * (tile_height + GAP)
        for column, tile in enumerate(_tiles(sample)):
            left = GAP + column * (tile_width + GAP)
            tile = tile.repeat(factor, axis=0).repeat(factor, axis=1)
            canvas[top : top + tile_height, left : left + tile_width] = tile
    return _with_headings(canvas, tile_width + GAP)


def to_png(image: np.ndarray) -> bytes:
    """A (height, width, 3) uint8 RGB array as the bytes of a PNG file.

    Example:
        >>> to_png(np.zeros((2, 3, 3), np.uint8))[1:4]
        b'PNG'
    """
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG")
    return buffer.getvalue()


def _tiles(sample: PretextSample) -> list[np.ndarray]:
    shown = _pixels(sample.input)
    shown[sample.mask[0].cpu().numpy()] = HOLE
    truth = _pixels(sample.target)
    small = _pixels(sample.prediction)
    prediction = np.broadcast_to(np.uint8(BACKGROUND), truth.shape).copy()
    top = (truth.shape[0] - small.shape[0]) // 2
    left = (truth.shape[1] - small.shape[1]) // 2
    prediction[top : top + small.shape[0], left : left + small.shape[1]] = small
    return [shown, prediction, _pixels(sample.composite), truth]


def _pixels(picture: torch.Tensor) -> np.ndarray:
    """(3, H, W) float in [0, 1] as (H, W, 3) uint8."""
    scaled = picture.detach().float().clamp(0, 1).mul(255).round()
    return scaled.to(torch.uint8).permute(1, 2, 0).cpu().numpy().copy()


def _with_headings(canvas: np.ndarray, pitch: int) -> np.ndarray:
    image = Image.fromarray(canvas)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=13)
    for column, heading in enumerate(COLUMNS):
        draw.text((GAP + column * pitch, 3), heading, fill=TEXT, font=font)
    return np.asarray(image)
