"""Base class of the datasets of pictures, wherever the pictures lie."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor
from torch.utils.data import Dataset

from ce_plugin.errors import InputError
from ce_plugin.registry import MASKS

from .build import build_named, build_transforms
from .decoding.decode import BadPicture, Reading, decode_picture
from .sample import index_and_draw, make_sample
from .scan import Index
from .split import REGION_SHARE, cut_region, how_to_split, split_pictures
from .unreadable import UnreadablePictures

SPLITS = ("train", "val", "all")
MOST_CACHED = 100_000
"""Pictures are kept decoded only where there are no more than this."""
MOST_IN_A_ROW = 100
"""A sample passes over at most this many unreadable pictures."""


class PictureDataset(Dataset):
    """Pictures, transformed, each with its hole.

    ``dataset[(index, draw)]`` is a dict of ``inputs``, a uint8 RGB (3, H, W) tensor or
    a list of such (views), and ``data_samples``, a :class:`PretextSample` with ``mask``
    (1, H, W) bool, True = hole, of the (first) view's size, if there is a mask.
    ``dataset[index]`` is draw 0. The sample depends on (seed, draw, index) only.

    An unreadable picture is passed over for the next one; its path is in ``skipped`` of
    the sample's metainfo.

    A kind of dataset is a subclass that finds its pictures and hands them here.

    Attributes:
        names: Paths of the split's pictures, relative to ``root``, in order; a
            sequence like a list.
        index: Names and sizes of all pictures, whatever the split.

    Args:
        root: Where the pictures lie; part of ``metainfo``.
        names: Paths relative to ``root``; sorted here, doubles removed. Or an index.
        transforms: See :func:`build_transforms`. They get a uint8 tensor.
        mask: A mask generator or the config of one; None: samples have no mask.
        split: 'train', 'val' (what is held out) or 'all'. The datasets of both sides
            need the same ``held_out...``, ``split_...`` and ``min_side``.
        held_out: Share of the pictures that is held out, in [0, 1), but at most 5000
            pictures. With fewer than 20 a region of each is held out instead
            (:mod:`.split`).
        held_out_region: Share of the longer side in that case, in (0, 1).
        split_by: 'pictures', 'regions', or 'auto' for the rule just named.
        split_seed: Chooses the held-out pictures. Apart from ``seed``, so that runs
            with different seeds are judged on the same pictures, and a dataset for
            training never meets what one with another seed holds out.
        limit: At most this many pictures of the split, evenly spread; None for all.
        crops_per_picture: Indices of each picture; ``len`` multiplies. With draw 0 for
            all, each has its own fixed crop and hole.
        seed: Seed of the run, not negative.
        cache_mb: Decoded pictures are kept in memory up to this size, in every worker;
            what does not fit is decoded again each time. 0 for none, as for more than
            100,000 pictures, of which hardly any would be met again.
        min_side: Large JPEGs may be decoded smaller; see :func:`decode_picture`.
        max_bad_share: Share of the pictures that may be unreadable. The limit counts
            what one process has met, and never stops below 5 pictures.
        channels: For pictures with many channels, the numbers of those that become
            red, green and blue, or of the one that becomes grey; see
            :class:`~.decode.Reading`.
        value_range: How values of more than 8 bits become bytes: 'type', 'percentile'
            or (low, high); likewise.
        jpeg: What decodes JPEGs: 'torchvision', or 'simplejpeg', which is faster and
            gives the same pixels; likewise.

    Raises:
        InputError: An argument out of its range, nothing to read, or (while reading)
            too much that cannot be read, or transforms that yield something else.
    """

    def __init__(
        self,
        root: str,
        names: Sequence[str] | Index,
        /,
        *,
        transforms: Sequence[Mapping | Callable] = (),
        mask: Mapping | Callable | None = None,
        split: str = "all",
        held_out: float = 0.05,
        held_out_region: float = REGION_SHARE,
        split_by: str = "auto",
        split_seed: int = 0,
        limit: int | None = None,
        crops_per_picture: int = 1,
        seed: int = 0,
        cache_mb: int = 64,
        min_side: int | None = None,
        max_bad_share: float = 0.1,
        channels: Sequence[int] | None = None,
        value_range: str | Sequence[float] = "type",
        jpeg: str = "torchvision",
    ) -> None:
        _check("split", split in SPLITS, split, f"is one of {', '.join(SPLITS)}")
        ways = ("auto", "pictures", "regions")
        _check("split_by", split_by in ways, split_by, f"is one of {', '.join(ways)}")
        _check("held_out", 0 <= held_out < 1, held_out, "is in [0, 1)")
        inside = 0 < held_out_region < 1
        _check("held_out_region", inside, held_out_region, "is in (0, 1)")
        _check("limit", limit is None or limit >= 1, limit, ">= 1 or None")
        _check("crops_per_picture", crops_per_picture >= 1, crops_per_picture, ">= 1")
        _check("seed", seed >= 0, seed, "is not negative")
        _check("cache_mb", cache_mb >= 0, cache_mb, "is not negative")
        _check("min_side", min_side is None or min_side >= 1, min_side, ">= 1 or None")
        _check("max_bad_share", 0 <= max_bad_share <= 1, max_bad_share, "is in [0, 1]")
        self.root = root
        self.transforms = build_transforms(transforms)
        built = mask is None or callable(mask)
        self.mask = mask if built else build_named(MASKS, mask, "mask")
        self.split, self.held_out, self.split_seed = split, held_out, split_seed
        self.held_out_region = held_out_region
        self.crops_per_picture, self.seed = crops_per_picture, seed
        self.min_side, self.max_bad_share = min_side, max_bad_share
        self.reading = Reading(channels, value_range, jpeg)

        index = names if isinstance(names, Index) else Index.of(names, self.path_of)
        self.index, self.names = index, index.names
        self._check_missing()
        self.split_by = how_to_split(split, split_by, held_out, len(index.names))
        if self.split_by == "pictures":
            side = split_pictures(index, split, held_out, split_seed, self.read_part)
            self.names = index.names.take(side)
        if limit is not None:
            self.names = self.names[:: -(-len(self.names) // limit)]
        self._cache: dict[int, Tensor] = {}
        few = len(self.names) <= MOST_CACHED
        self._cache_room = cache_mb * 2**20 if few else 0
        self._unreadable = UnreadablePictures(len(self.names), max_bad_share)

    def path_of(self, name: str) -> str:
        """The file of a name."""
        return os.path.join(self.root, name)

    def file_of(self, number: int) -> str:
        """The file of ``names[number]``, as messages name it."""
        return self.path_of(self.names[number])

    def read_part(self, position: int, start: int, count: int) -> bytes:
        """Bytes of the file of ``index.names[position]``.

        Raises:
            OSError: It cannot be read.
        """
        with open(self.path_of(self.index.names[position]), "rb") as file:
            file.seek(start)
            return file.read(count)

    def class_of(self, index: int) -> str:
        """The folder, relative to the root, in which the picture of ``index`` lies."""
        return os.path.dirname(self.names[index // self.crops_per_picture])

    @property
    def metainfo(self) -> dict[str, Any]:
        """Plain values; ``data`` tells what was read, for checkpoints and tables."""
        return dict(
            data=dict(
                kind=type(self).__name__,
                root=os.path.abspath(self.root),
                pictures=len(self.names),
                found=len(self.index.names),
                split=self.split,
                split_by=self.split_by,
                held_out=self._share(),
                split_seed=self.split_seed,
                fingerprint=self.index.fingerprint,
                **self.reading.described(),
            )
        )

    def note_unreadable(self, paths: Sequence[str]) -> None:
        """Counts pictures that copies of this dataset in other processes have met.

        Raises:
            InputError: Too many are unreadable.
        """
        for path in paths:
            self._unreadable.add(path, "unreadable")
        self.index.note_unreadable(paths)

    def __len__(self) -> int:
        return len(self.names) * self.crops_per_picture

    def __getitem__(self, item: int | tuple[int, int]) -> dict[str, Any]:
        index, draw = index_and_draw(item, len(self))
        picture, path, skipped = self._read(index // self.crops_per_picture)
        return make_sample(
            picture,
            path,
            self.transforms,
            self.mask,
            seed=self.seed,
            draw=draw,
            index=index,
            skipped=skipped,
        )

    def _read(self, position: int) -> tuple[Tensor, str, tuple[str, ...]]:
        skipped: list[str] = []
        for step in range(min(len(self.names), MOST_IN_A_ROW)):
            number = (position + step) % len(self.names)
            path = self.file_of(number)
            try:
                return self._decoded(number, path), path, tuple(skipped)
            except BadPicture as error:
                skipped.append(path)
                self._unreadable.add(path, str(error))
        raise InputError(
            f"none of {len(skipped)} pictures in a row can be read: "
            f"{self._unreadable.describe(skipped)}; set data_root to readable pictures"
        )

    def _decoded(self, number: int, path: str) -> Tensor:
        if number in self._cache:
            # Transforms may write into their input.
            return self._cache[number].clone()
        picture = self._load(number, path)
        if self.split_by == "regions":
            picture = cut_region(picture, self.split, self.held_out_region)
        size = picture.numel()
        if size <= self._cache_room:
            self._cache_room -= size
            # Channels last also of a cut picture: torch resizes that faster.
            rows = picture.permute(1, 2, 0).contiguous()
            self._cache[number] = rows.permute(2, 0, 1)
            return self._cache[number].clone()
        return picture

    def _load(self, number: int, path: str) -> Tensor:
        return decode_picture(path, self.min_side, self.reading)

    def _check_missing(self) -> None:
        names, missing = self.index.names, np.flatnonzero(self.index.sizes < 0)
        if len(missing) > self.max_bad_share * len(names):
            first = os.path.abspath(self.path_of(names[int(missing[0])]))
            raise InputError(
                f"{len(missing)} of {len(names)} listed pictures do not exist, the "
                f"first: {first}; check data_root and the list (one path on each line, "
                "nothing else)"
            )

    def _share(self) -> float:
        by_share = {"pictures": self.held_out, "regions": self.held_out_region}
        return float(by_share.get(self.split_by, 0))


def _check(name: str, fits: bool, value: Any, rule: str) -> None:
    if not fits:
        raise InputError(f"{name} {rule}, got {value!r}")
