"""Builds the index of a collection of pictures."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from mmengine.logging import print_log

from ce_plugin.console import track
from ce_plugin.datasets import PictureDataset
from ce_plugin.datasets.decoding.decode import BadPicture, Reading, decode_picture
from ce_plugin.datasets.unreadable import UnreadablePictures
from ce_plugin.errors import InputError

from .descriptors import BLOCK_SIZE, BLOCKS, SIDE, describe_gradients, squash
from .index import Index
from .row_file import CHUNK, RowFile


def build_index(
    dataset: PictureDataset,
    marks: dict[str, tuple[int, int]],
    made_with: dict,
    place: Path,
    old: Index | None = None,
) -> None:
    """Writes the index of a collection, whole or not at all.

    Args:
        dataset: The collection.
        marks: Size and time of change by name.
        made_with: Versions of the format and the libraries.
        place: The folder that it becomes; its parent is there.
        old: An older index, from which what has not changed is taken over.

    Raises:
        InputError: Too many pictures cannot be read.
        OSError: It cannot be written.
    """
    start, kept = time.perf_counter(), {}
    if old is not None:
        rows = enumerate(old.names)
        kept = {name: row for row, name in rows if old.marks[name] == marks.get(name)}
    bad = UnreadablePictures(len(marks), dataset.max_bad_share)
    part = Path(tempfile.mkdtemp(prefix=".building-", dir=place.parent))

    def describe(name: str) -> tuple[np.ndarray, np.ndarray] | str:
        if name in kept:
            return old.thumbnails[kept[name]], old.gradients[kept[name]]
        return _describe(dataset.path_of(name), dataset.reading)

    names = []
    try:
        with (
            ThreadPoolExecutor(max(1, min(8, os.cpu_count() or 1))) as pool,
            RowFile(part / "thumbnails.npy", np.uint8, (SIDE, SIDE, 3)) as thumbnails,
            RowFile(
                part / "gradients.npy", np.float16, (BLOCKS, BLOCKS, BLOCK_SIZE)
            ) as gradients,
        ):
            found = _in_order(pool, describe, list(marks))
            for name, result in track(found, "indexing the collection", len(marks)):
                if isinstance(result, str):
                    bad.add(name, result)
                    continue
                names.append(name)
                thumbnails.add(result[0][None])
                gradients.add(result[1][None])
        if not names:
            raise InputError(
                "no picture of the collection can be read: "
                f"{bad.describe(list(bad.reasons))}"
            )
        seconds = time.perf_counter() - start
        said = dict(
            made_with=made_with,
            root=os.path.abspath(dataset.root),
            names=names,
            marks=marks,
            unreadable=bad.reasons,
            seconds=round(seconds, 2),
        )
        with open(part / "index.json", "w", encoding="utf-8") as file:
            json.dump(said, file)
            file.flush()
            # It says that the index is whole, so it must not be half a file itself.
            os.fsync(file.fileno())
        part.chmod(0o755)  # mkdtemp's is for its maker alone
        try:
            part.rename(place)
        except OSError:
            # Another process may have built the same meanwhile.
            if not (place / "index.json").is_file():
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    taken = len(kept.keys() & names)
    print_log(
        f"indexed {len(names)} pictures of {os.path.abspath(dataset.root)} in "
        f"{seconds:.1f} s ({taken} taken over from before): {place}",
        "current",
    )


def _describe(path: str, reading: Reading) -> tuple[np.ndarray, np.ndarray] | str:
    """Thumbnail and gradients of a file, or why not."""
    try:
        # Four times the thumbnail is enough of a camera's picture.
        picture = decode_picture(path, min_side=4 * SIDE, reading=reading)
    except BadPicture as error:
        return str(error)
    thumbnail = squash(picture.permute(1, 2, 0).numpy())
    return thumbnail, describe_gradients(thumbnail)


def _in_order(
    pool: ThreadPoolExecutor, function: Callable, names: Sequence[str]
) -> Iterator[tuple[str, object]]:
    """Names and results, a bounded number of them under way."""
    for start in range(0, len(names), CHUNK):
        part = names[start : start + CHUNK]
        yield from zip(part, pool.map(function, part))
