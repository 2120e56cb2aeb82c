"""The position of each picture in tar and zip files.

An own index, and not ``wids`` of webdataset or mosaicml-streaming: wids reads tars at
random too, but it fetches whole shards to the local disk, wants a JSON file that counts
each shard's samples, knows no zip, and does not look whether a shard is still the one
that it has an index of. mosaicml-streaming has a format of its own. Reading headers is
what ``tarfile`` and ``zipfile`` do, and parts of remote files is what ``fsspec`` does.

The index belongs to the shards' sizes and times (or ETags). Each read checks what it
gets as well: of a tar the member's header, of a zip its checksum.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import nullcontext
from typing import BinaryIO

import numpy as np
from mmengine.dist import get_world_size

from ce_plugin.datasets import scan as folder_index
from ce_plugin.datasets.array_cache import cache_home, load_arrays, only_one
from ce_plugin.datasets.files import EXTENSIONS, is_picture
from ce_plugin.datasets.name_table import Names, fingerprint
from ce_plugin.datasets.scan import Index, digest, index_of, keep_index
from ce_plugin.errors import InputError

from .files import ShardFiles, is_remote

FORMAT = 1
TAR = 255
"""In ``methods``; a zip's members have their compression's number, 0 or 8."""
BLOCK = 512
_MEMBER = np.dtype(
    [
        *((field, "<i8") for field in ("offset", "size", "packed")),
        ("check", "<u4"),
        ("method", "u1"),
    ]
)


def open_shards(files: ShardFiles) -> Index:
    """The index of all pictures in the shards: the one kept, or a new one.

    Names are those of the members, and their order that of the shards and in them. So
    shards that :mod:`ce_plugin.tools.prepare_data` makes of a folder have the folder's
    names, split and stream. Where two members have one name, all get their shard's
    before it.

    Raises:
        InputError: A shard is cut off, damaged or cannot be read; there is no picture.
    """
    stamps = [files.stamp(number) for number in range(len(files.paths))]
    key = json.dumps([FORMAT, EXTENSIONS, files.paths])
    place = cache_home() / "shards" / digest(key)
    folder = place / f"index-{digest(json.dumps(stamps))}"
    with only_one(place) if get_world_size() > 1 else nullcontext():
        arrays = load_arrays(folder)
        if arrays is not None and "starts" in arrays:
            return index_of(arrays, folder)
        began = time.perf_counter()
        arrays = _look_through(files, stamps)
        count = len(arrays["ends"])
        remote = any(map(is_remote, files.paths))
        if count < folder_index.FEWEST_KEPT and not remote:
            return index_of(arrays, None)
        return keep_index(folder, arrays, f"{len(files.paths)} shards", began)


def _look_through(files: ShardFiles, stamps: list[tuple[int, str]]) -> dict:
    parts, rows, starts = [], [], [0]
    for number, (path, (size, _)) in enumerate(zip(files.paths, stamps)):
        names = []
        # Each of fsspec's systems has its own.
        failures = Exception if is_remote(path) else OSError
        walk = _zip_members if path.lower().endswith(".zip") else _tar_members
        members = []
        try:
            with files.open(number) as file:
                for name, member in walk(file, path, size):
                    names.append(name)
                    members.append(member)
        except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
            after = f" after {names[-1]}" if names else ""
            raise InputError(
                f"{path} is cut off or damaged{after}: {error}; fetch it again"
            ) from error
        except InputError:
            raise
        except failures as error:
            raise InputError(f"{path} cannot be read: {error}") from error
        parts.append(Names.of(names))
        rows.append(np.array(members, _MEMBER))
        starts.append(starts[-1] + len(members))
    if not starts[-1]:
        raise InputError(
            f"no pictures in {files.paths[0]} ({len(files.paths)} shards in all): "
            f"looked for {', '.join(EXTENSIONS)}"
        )
    joined = _joined(parts, [path.rpartition("/")[2] for path in files.paths])
    table = np.concatenate(rows)
    arrays = {
        field + "s": np.ascontiguousarray(table[field]) for field in table.dtype.names
    }
    arrays |= dict(
        names=joined.text,
        ends=joined.ends,
        starts=np.array(starts, np.int64),
        fingerprint=np.array(fingerprint(joined, arrays["sizes"])),
    )
    return arrays


def _joined(parts: list[Names], shards: list[str]) -> Names:
    joined = Names.of(name for part in parts for name in part)
    hashes = joined.map(lambda name: int.from_bytes(_hash(name), "big"), np.uint64)
    if len(np.unique(hashes)) == len(joined):
        return joined
    if len(set(shards)) == len(shards):
        joined = Names.of(
            f"{s}/{name}" for s, part in zip(shards, parts) for name in part
        )
        hashes = joined.map(lambda name: int.from_bytes(_hash(name), "big"), np.uint64)
        if len(np.unique(hashes)) == len(joined):
            return joined
    raise InputError(
        "two pictures in one shard, or in shards of one name, have the same name; make "
        "the shards anew (prepare_data shards)"
    )


def _hash(name: bytes) -> bytes:
    return hashlib.blake2b(name, digest_size=8).digest()


def _counts(name: str) -> bool:
    """Whether a member is a picture and not hidden."""
    hidden = any(part.startswith((".", "__MACOSX")) for part in name.split("/") if part)
    return is_picture(name) and not hidden


def _tar_members(file: BinaryIO, path: str, size: int) -> Iterator[tuple[str, tuple]]:
    with tarfile.open(fileobj=file, mode="r:") as tar:
        for member in tar:
            # Or all of them stay in memory.
            tar.members.clear()  # type: ignore[attr-defined]
            name = member.name.removeprefix("./")
            if not (member.isreg() and _counts(name)) or member.sparse:
                continue
            file.seek(member.offset_data - BLOCK)
            check = zlib.crc32(file.read(BLOCK))
            if member.offset_data + member.size > size:
                raise tarfile.ReadError("the file ends in the middle of a picture")
            place = member.offset_data - BLOCK
            yield name, (place, member.size, member.size, check, TAR)
        # tarfile takes a damaged header for the end; the end is a block of zeros.
        file.seek(tar.offset)
        if file.read(BLOCK) != bytes(BLOCK):
            raise tarfile.ReadError(
                f"no header and no end at byte {tar.offset} of {size}"
            )


def _zip_members(file: BinaryIO, path: str, size: int) -> Iterator[tuple[str, tuple]]:
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            if member.is_dir() or not _counts(member.filename):
                continue
            if member.compress_type not in (0, 8) or member.flag_bits & 1:
                raise zipfile.BadZipFile(
                    f"{member.filename} is encrypted or packed in a way that is not "
                    "read here (stored and deflated are)"
                )
            place, packed = member.header_offset, member.compress_size
            check, method = member.CRC, member.compress_type
            yield member.filename, (place, member.file_size, packed, check, method)
