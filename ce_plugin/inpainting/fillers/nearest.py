"""Fills a hole from the most similar picture of a collection."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from mmengine.logging import print_log

from ce_plugin.datasets.decoding.decode import BadPicture, Reading, decode_picture
from ce_plugin.errors import InputError
from ce_plugin.inpainting.blend import blend
from ce_plugin.inpainting.retrieval.collection import (
    Index,
    default_folder,
    open_collection,
    open_index,
)
from ce_plugin.inpainting.retrieval.descriptors import EncoderDescriptor, squash
from ce_plugin.inpainting.retrieval.search import Neighbor, PictureSearch
from ce_plugin.registry import FILLERS

from .base import Filler, check_pair

_TRIES = 5  # neighbours that may have become unreadable since they were indexed


@FILLERS.register_module()
class NearestNeighbor(Filler):
    """Pastes from the picture of a collection whose surroundings of the hole are alike.

    Pictures are compared squashed to 128x128. What is in the hole never counts, on
    neither side: blocks of gradients that touch it are left out, and an encoder sees
    the query and the collection with the same hole. The neighbour is squashed to the
    query's size; its pixels go into the hole where they are.

    By HOG a collection is read once for a batch of queries. By an encoder it has to be
    described anew for every hole (after squashing), which is kept on disk for the 16
    holes used last: cheap for many pictures with one hole, not for a hole of its own
    for each.

    Args:
        collection: A folder of pictures, a list file, a VOCdevkit (its trainval list),
            or a dict of arguments of :func:`~ce_plugin.datasets.Pictures`, such as
            ``dict(data_root=..., split='train', held_out=0.1)``.
        descriptor: 'hog' or 'encoder'.
        checkpoint: Checkpoint of the encoder; see
            :class:`~ce_plugin.inpainting.retrieval.descriptors.EncoderDescriptor`.
        index: Folder for what is kept of the collection, made on the first use; by
            default one in ``$XDG_CACHE_HOME/ce_plugin/collections`` (``~/.cache``).
        blend: Hide the seam; see :func:`~ce_plugin.inpainting.blend.blend`.
        device: Device of the encoder; by default the first CUDA device, or the CPU.
        batch_size: Pictures in one pass of the encoder.

    Raises:
        InputError: No collection, no picture in it, another descriptor, or no encoder.

    Source: paper section 5.1 and Table 1, "NN-inpainting", after Hays and Efros 2007.
    The paper does not say more than that; the rest is our choice.
    """

    name = "nearest"

    def __init__(
        self,
        collection: str | Path | Mapping | None = None,
        descriptor: str = "hog",
        checkpoint: str | Path | None = None,
        index: str | Path | None = None,
        blend: bool = True,
        device: str | None = None,
        batch_size: int = 64,
    ) -> None:
        if collection is None:
            raise InputError(
                "the nearest neighbour needs a collection to look in (--collection): a "
                "folder of pictures, the more and the more alike the better"
            )
        if descriptor not in ("hog", "encoder"):
            raise InputError(f"descriptor is 'hog' or 'encoder', not {descriptor!r}")
        if (descriptor == "encoder") != (checkpoint is not None):
            raise InputError(
                "descriptor='encoder' needs a checkpoint, and 'hog' takes none"
            )
        if batch_size < 1:
            raise InputError(f"batch_size is 1 or more, not {batch_size}")
        self.dataset = open_collection(collection)
        self.index_folder = Path(index or default_folder(collection))
        self.blend = blend
        self.encoder = None
        if checkpoint is not None:
            self.encoder = EncoderDescriptor(checkpoint, device, batch_size)

    @cached_property
    def index(self) -> Index:
        """The collection's index; built where it is missing or outdated."""
        return open_index(self.dataset, self.index_folder)

    def search(
        self, pictures: Sequence[np.ndarray], holes: Sequence[np.ndarray], k: int = 1
    ) -> list[list[Neighbor]]:
        """The ``k`` nearest pictures of the collection for each query.

        Args:
            pictures: (H, W, 3) uint8 RGB each; what is in the holes does not matter.
            holes: (H, W) bool each, True = hole.
            k: How many; fewer where the collection has fewer.

        Returns:
            For each query, the nearest first. Equal distances are in the order of
            names.

        Raises:
            InputError: A picture or mask that cannot be, or an index that cannot be
                made.
        """
        for picture, hole in zip(pictures, holes, strict=True):
            check_pair(picture, hole)
        return PictureSearch(self.index, self.encoder)(pictures, holes, k)

    def paint(self, pictures, holes, rngs):
        out = []
        for picture, hole, found in zip(
            pictures, holes, self.search(pictures, holes, _TRIES)
        ):
            neighbor, patch = _read_first(found, self.dataset.reading)
            patch = squash(patch, *hole.shape)
            if self.blend:
                filled = blend(picture, patch, hole)
            else:
                filled = np.where(hole[..., None], patch, picture)
            notes = [f"from {neighbor.path} ({_measured(neighbor)})"]
            if neighbor.measure == "colour":
                notes.append(
                    "the hole leaves no part of the picture free at 128x128 pixels; "
                    "pictures were compared by the colours of what is known"
                )
            out.append((filled, tuple(notes)))
        return out


def _read_first(
    found: Sequence[Neighbor], reading: Reading
) -> tuple[Neighbor, np.ndarray]:
    """The nearest picture that can be read, and its pixels (H, W, 3)."""
    for neighbor in found:
        try:
            picture = decode_picture(neighbor.path, reading=reading)
        except BadPicture as error:
            print_log(
                f"{neighbor.path} was indexed and cannot be read any more ({error}); "
                "the next one is taken",
                "current",
                logging.WARNING,
            )
            continue
        return neighbor, picture.permute(1, 2, 0).numpy()
    raise InputError(
        f"none of the nearest pictures can be read any more, the first: "
        f"{found[0].path}; is the collection still in its place?"
    )


def _measured(neighbor: Neighbor) -> str:
    names = {"hog": "HOG", "encoder": "encoder", "colour": "colour"}
    return f"{names[neighbor.measure]} distance {neighbor.distance:.3f}"
