"""A collection of pictures and its index on disk."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import logging
import os
import re
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from mmengine.logging import print_log

from ce_plugin.datasets import PictureDataset, Pictures, Shards
from ce_plugin.datasets.array_cache import cache_home
from ce_plugin.datasets.decoding.decode import Reading
from ce_plugin.datasets.unreadable import UnreadablePictures
from ce_plugin.errors import InputError

from .build_index import build_index
from .index import Index

FORMAT = 1
_LIBRARIES = ("scikit-image", "torchvision", "pillow")  # they make what is kept
_FILES = ("index.json", "thumbnails.npy", "gradients.npy")
_DAMAGES = (ValueError, EOFError, KeyError)  # what half a file makes its readers raise
_LEFT_OVER = 24 * 3600  # seconds


def open_collection(collection: str | Path | Mapping) -> PictureDataset:
    """The pictures of a folder, a list file or a VOCdevkit.

    Args:
        collection: Path of the folder, or a dict of the arguments of
            :func:`~ce_plugin.datasets.Pictures`, such as one side of a split.

    Raises:
        InputError: Nothing is there, or only parts of pictures belong to it.
    """
    try:
        if isinstance(collection, Mapping):
            dataset = Pictures(**collection)
        else:
            dataset = Pictures(os.fspath(collection))
    except InputError as error:
        raise InputError(f"the collection of pictures: {error}") from error
    if isinstance(dataset, Shards):
        raise InputError(
            "the collection of pictures lies in tar or zip files; its index needs a "
            "folder: unpack them"
        )
    if dataset.split_by == "regions":
        raise InputError(
            "the collection of pictures: so few are split by region, and an index has "
            "whole ones; leave split out, or set split_by='pictures'"
        )
    return dataset


def default_folder(collection: str | Path | Mapping) -> Path:
    """The default folder of a collection's index."""
    if isinstance(collection, Mapping):
        text = json.dumps(dict(collection), sort_keys=True, default=str)
    else:
        text = os.path.realpath(collection)
    return cache_home() / "collections" / _digest(text)


def open_index(dataset: PictureDataset, folder: Path) -> Index:
    """The index of a collection: the one in ``folder``, or a new one.

    It is renewed where a file's name, size or time of change, a library that it was
    made with, or the collection's reading of values and channels is another; what is
    unchanged is taken over. A new index stands beside the old one until it is whole, so
    that one that is broken off costs nothing. One that is damaged is made anew.

    Args:
        dataset: The collection.
        folder: Made where it is not there. May serve one collection at a time.

    Raises:
        InputError: Too many pictures cannot be read, or the folder not written.
    """
    made_with = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    made_with["format"] = FORMAT
    reading, usual = dataset.reading, Reading()
    # Only what is not usual is said, so that an index of before still serves.
    for key in ("channels", "value_range"):
        value = getattr(reading, key)
        if value != getattr(usual, key):
            made_with[key] = value if isinstance(value, str) else list(value)
    marks = {name: _mark(dataset.path_of(name)) for name in dataset.names}
    place = Path(folder, _digest(json.dumps([made_with, marks])))
    try:
        index = _kept(place, dataset.root)
        if index is None:
            place.parent.mkdir(parents=True, exist_ok=True)
            known = _newest(place.parent, dataset.root, made_with)
            build_index(dataset, marks, made_with, place, known)
            _tidy(place)
            index = _load(place, dataset.root)
    except OSError as error:
        raise InputError(
            f"cannot build the index of the collection in {folder}: {error}; give "
            "another folder as index"
        ) from error
    if index.unreadable:
        bad = UnreadablePictures(len(marks), 1)
        bad.reasons.update(index.unreadable)
        print_log(
            f"{len(bad.reasons)} of {len(marks)} pictures of the collection cannot be "
            f"read and are passed over: {bad.describe(sorted(bad.reasons))}",
            "current",
            logging.WARNING,
        )
    return index


def _kept(place: Path, root: str) -> Index | None:
    """The index that is there; what is left of a damaged one is removed."""
    if not (place / "index.json").is_file():
        return None
    try:
        return _load(place, root)
    except _DAMAGES:
        shutil.rmtree(place)
        return None


def _load(place: Path, root: str) -> Index:
    said = json.loads((place / "index.json").read_text())
    return Index(
        folder=place,
        root=root,
        names=said["names"],
        thumbnails=np.load(place / "thumbnails.npy", mmap_mode="r"),
        gradients=np.load(place / "gradients.npy", mmap_mode="r"),
        unreadable=said["unreadable"],
        marks={name: tuple(mark) for name, mark in said["marks"].items()},
    )


def _versions(folder: Path) -> list[Path]:
    """Finished indexes in a folder, the newest first; nothing else that lies there."""
    found = [
        place
        for place in folder.iterdir()
        if re.fullmatch("[0-9a-f]{16}", place.name)
        and all((place / name).is_file() for name in _FILES)
    ]
    return sorted(found, key=lambda place: -place.stat().st_mtime_ns)


def _newest(folder: Path, root: str, made_with: dict) -> Index | None:
    """The newest index there that this one may take over from."""
    for place in _versions(folder):
        try:
            said = json.loads((place / "index.json").read_text())
            if said.get("made_with") == made_with:
                return _load(place, root)
        except _DAMAGES:
            continue
    return None


def _tidy(place: Path) -> None:
    """Removes what ``place`` has replaced, and what broken-off builds have left."""
    for old in _versions(place.parent):
        if old != place:
            shutil.rmtree(old, ignore_errors=True)
    for left in place.parent.glob(".building-*"):
        if time.time() - left.stat().st_mtime > _LEFT_OVER:
            shutil.rmtree(left, ignore_errors=True)


def _mark(path: str) -> tuple[int, int]:
    """Size and time of change; of no file (-1, 0)."""
    try:
        status = os.stat(path)
    except OSError:
        return -1, 0
    return status.st_size, status.st_mtime_ns


def _digest(text: str) -> str:
    data = text.encode("utf-8", "surrogateescape")
    return hashlib.blake2b(data, digest_size=8).hexdigest()
