"""One picture of a file, as it is stored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from ce_plugin.errors import InputError

CHANNELS = {"1": 0, "L": 0, "P": 0, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4}
"""Modes by Pillow's names, whatever the depth, and their channels; 0 for (H, W)."""

MOST_OF_A_PALETTE = 256


@dataclass(frozen=True)
class Frame:
    """Pixels as a file stores them, turned upright.

    Attributes:
        pixels: (H, W) for '1' (bool), 'L' and 'P' (uint8), (H, W, C) for the others; of
            uint8, uint16, int32 or float32.
        mode: One of :data:`CHANNELS`.
        palette: The palette of mode 'P', (N, 4) uint8 RGBA, at most 256 entries.
        white: The value that is shown as white; 0 is black. For whole numbers that of
            their type (255, 65535), unless a bit depth was given, for floats 1.
    """

    pixels: np.ndarray
    mode: str
    palette: np.ndarray | None = None
    white: float = 255

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.pixels.shape[:2]

    @property
    def is_deep(self) -> bool:
        """Whether a value has more than eight bits."""
        return self.pixels.dtype.itemsize > 1

    def as_rgb(self) -> np.ndarray:
        """The frame for a network: (H, W, 3) uint8 RGB, transparency on white."""
        if self.mode == "CMYK":
            return np.asarray(to_image(self).convert("RGB"))
        if self.mode == "P":
            return on_white(self.palette[self.pixels])
        seen = self._bytes(self.colours, self.white)
        if self.mode in ("1", "L", "LA"):
            seen = np.repeat(seen.reshape(*self.shape, 1), 3, axis=2)
        if self.has_alpha:
            return on_white(np.dstack([seen, self.alpha]))
        return np.ascontiguousarray(seen)

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is alpha."""
        return self.mode in ("LA", "RGBA")

    @property
    def colours(self) -> np.ndarray:
        """The pixels without their alpha."""
        return self.pixels[..., :-1] if self.has_alpha else self.pixels

    @property
    def opaque(self) -> float:
        """The value of alpha that is opaque.

        It is white's, but for colours of fewer bits whose alpha has all of its type's.
        """
        deep = self.is_deep and self.pixels.dtype.kind in "ui"
        if deep and self.pixels[..., -1].max() > self.white:
            return np.iinfo(self.pixels.dtype).max
        return self.white

    @property
    def alpha(self) -> np.ndarray | None:
        """(H, W) uint8, 0 = transparent; None where the mode has none."""
        if self.mode == "P":
            values = self.palette[:, 3]
            return None if (values == 255).all() else values[self.pixels]
        if self.has_alpha:
            return self._bytes(self.pixels[..., -1], self.opaque)
        return None

    @staticmethod
    def _bytes(values: np.ndarray, white: float) -> np.ndarray:
        if values.dtype == np.uint8:
            return values
        with np.errstate(over="ignore"):  # becomes infinite, which is white
            scaled = values.astype(np.float32) * np.float32(255 / white)
        # What is no number has no colour; only a hole may hold it.
        seen = np.nan_to_num(scaled, nan=0, posinf=255, neginf=0)
        return np.clip(seen.round(), 0, 255).astype(np.uint8)


def on_white(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 4) uint8 RGBA laid on white, as a page shows it: (H, W, 3)."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    page = Image.new("RGBA", image.size, "white")
    page.alpha_composite(image)
    return np.asarray(page.convert("RGB"))


def to_image(frame: Frame) -> Image.Image:
    """The frame as a PIL picture.

    Raises:
        InputError: Pillow has no such mode: several channels of more than eight bits.
    """
    pixels = np.ascontiguousarray(frame.pixels)
    if frame.mode in ("1", "L"):
        return Image.fromarray(pixels)
    if frame.is_deep:
        raise InputError(f"Pillow holds no {frame.mode} picture of {pixels.dtype}")
    size = frame.shape[::-1]
    image = Image.frombytes(frame.mode, size, pixels.tobytes())
    if frame.mode == "P":
        opaque = (frame.palette[:, 3] == 255).all()
        colours = frame.palette[:, :3] if opaque else frame.palette
        image.putpalette(colours.tobytes(), "RGB" if opaque else "RGBA")
    return image


def of_image(image: Image.Image) -> Frame:
    """The frame of a loaded PIL picture.

    Raises:
        InputError: One in a mode that cannot be filled.
    """
    key = image.info.get("transparency")
    if image.mode == "P":
        image = image.copy()
        image.apply_transparency()
        colours = np.frombuffer(bytes(image.getpalette("RGBA")), np.uint8)
        pixels = np.asarray(image)
        palette = colours.reshape(-1, 4)[:MOST_OF_A_PALETTE]
        missing = int(pixels.max()) + 1 - len(palette)
        if missing > 0:  # a number beyond the palette is shown as black
            palette = np.vstack([palette, np.full((missing, 4), (0, 0, 0, 255))])
        return Frame(pixels, "P", palette.astype(np.uint8))
    same = {"PA": "RGBA", "La": "LA", "RGBa": "RGBA", "RGBX": "RGB", "YCbCr": "RGB"}
    if image.mode in same:
        image = image.convert(same[image.mode])
    pixels = np.asarray(image)
    if pixels.ndim == 2 and image.mode not in CHANNELS:
        return with_key(of_array(pixels), key)
    if image.mode not in CHANNELS:
        raise InputError(
            f"its mode {image.mode} is none that is filled (grey, palette, RGB, CMYK); "
            "convert it first"
        )
    white = 1 if image.mode == "1" else 255
    return with_key(Frame(pixels, image.mode, white=white), key)


def of_array(pixels: np.ndarray) -> Frame:
    """The frame of an array: (H, W), or (H, W, C) grey+alpha, RGB or RGBA.

    Raises:
        InputError: Another form or type.
    """
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    mode = {2: "LA", 3: "RGB", 4: "RGBA"}.get(pixels.shape[2] if pixels.ndim > 2 else 0)
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and not mode) or not pixels.size:
        raise InputError(
            f"a picture is an array (H, W), (H, W, 3) or (H, W, 4), not {pixels.shape}"
        )
    mode = mode or ("1" if pixels.dtype == bool else "L")
    kind = pixels.dtype.newbyteorder("=")
    if np.issubdtype(kind, np.floating):
        return Frame(pixels.astype(np.float32), mode, white=1)
    if kind not in (bool, np.uint8, np.uint16, np.int16, np.int32, np.uint32):
        raise InputError(
            "a picture is an array of uint8, uint16 or floats in [0, 1], not "
            f"{pixels.dtype}"
        )
    if kind in (np.int16, np.uint32):
        wide = pixels.astype(np.int64)
        kind = np.dtype(np.uint16 if 0 <= wide.min() <= wide.max() < 1 << 16 else kind)
        if kind != np.uint16:
            raise InputError(f"its values are {pixels.dtype}, no brightness")
    white = 1 if kind.kind == "b" else np.iinfo(kind).max
    return Frame(np.ascontiguousarray(pixels.astype(kind)), mode, white=white)


def with_key(frame: Frame, key: int | tuple[int, ...] | None) -> Frame:
    """A frame whose one transparent colour has become an alpha channel."""
    if not isinstance(key, int | tuple | list) or frame.mode not in ("1", "L", "RGB"):
        return frame
    pixels, white = frame.pixels, frame.white
    if frame.mode == "1":
        pixels, white, key = pixels * np.uint8(255), 255, 255 if key else 0
    stacked = pixels if pixels.ndim == 3 else pixels[..., None]
    seen = (stacked != np.array(key)).any(axis=2)
    alpha = (seen * white).astype(pixels.dtype)
    mode = "RGBA" if frame.mode == "RGB" else "LA"
    return Frame(np.dstack([stacked, alpha]), mode, white=white)
