"""Small collections of pictures."""

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter


def scene(seed, height=96, width=128):
    """A picture with soft shapes, unlike that of any other seed."""
    rng = np.random.default_rng(seed)
    noise = gaussian_filter(rng.normal(size=(height, width, 3)), (5, 5, 0))
    span = noise.max() - noise.min()
    return np.uint8(255 * (noise - noise.min()) / span)


def write_scenes(folder, count=6, ending="png", **size):
    folder.mkdir(exist_ok=True)
    paths = []
    for seed in range(count):
        paths.append(folder / f"{seed:02d}.{ending}")
        Image.fromarray(scene(seed, **size)).save(paths[-1])
    return paths


def holes(height=96, width=128):
    """Holes of several shapes by name."""
    shapes = {name: np.zeros((height, width), bool) for name in ("center", "border")}
    shapes["center"][height // 4 : -height // 4, width // 4 : -width // 4] = True
    shapes["border"][: height // 2, : width // 3] = True
    noise = np.random.default_rng(5).normal(size=(height, width))
    smooth = gaussian_filter(noise, 6)
    shapes["blobs"] = smooth > np.quantile(smooth, 0.8)
    return shapes
