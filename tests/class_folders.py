"""A drawn folder in ImageNet's layout, for tests."""

from pathlib import Path

import numpy as np
from PIL import Image


def make_classes(root: Path, classes=("n01", "n02", "n03"), train=4, val=2, size=48):
    """Writes ``train/<class>/`` and ``val/<class>/``; the colour tells the class."""
    rng = np.random.default_rng(0)
    for part, count in dict(train=train, val=val).items():
        for k, name in enumerate(classes):
            folder = Path(root, part, name)
            folder.mkdir(parents=True, exist_ok=True)
            for i in range(count):
                pixels = rng.integers(90, 130, (size, size + 8, 3), dtype=np.uint8)
                pixels[8:-8, 8:-8] = [(200, 40, 60), (40, 200, 60), (60, 40, 200)][
                    k % 3
                ]
                Image.fromarray(pixels).save(folder / f"{name}_{i}.JPEG", quality=92)
    return Path(root)
