"""Pictures in tar and zip files."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from ce_plugin.datasets.decoding.decode import BadPicture, decode_bytes
from ce_plugin.datasets.pictures import PictureDataset
from ce_plugin.errors import InputError
from ce_plugin.registry import DATASETS

from .files import ShardFiles, roots_of
from .index import BLOCK, TAR, open_shards

_ZIP_HEADER = struct.Struct("<4s22xHH")


def _is_named(name: str, written: bytes) -> bool:
    """Whether a member of this name has these bytes for it in its own header.

    Zips have names in UTF-8, or in anything else, which zipfile takes for cp437.
    """
    utf8 = name.encode("utf-8", "surrogateescape")
    return utf8.endswith(written) or name.endswith(written.decode("cp437"))


@DATASETS.register_module()
class Shards(PictureDataset):
    """All pictures in tar files (WebDataset's layout) or zips, read at random.

    What a :class:`PictureDataset` promises holds as for single files: the stream does
    not depend on workers and processes, a resumed run continues it, unreadable members
    are passed over and named. Members that are no pictures (labels, JSON) do not count.

    Args:
        data_root: ``train-{000000..000146}.tar``, the folder of the shards, a zip, or a
            list of such; local or with a scheme that fsspec knows (``s3://``,
            ``gs://``, ``https://``).
        storage_options: For fsspec's file system.
        **options: See :class:`PictureDataset`.

    Raises:
        InputError: No such shard, one that is cut off or damaged, no picture in them,
            or (while reading) one that has been changed or cannot be reached.

    Example:
        >>> import os, tempfile, zipfile
        >>> from PIL import Image
        >>> root = tempfile.mkdtemp()
        >>> Image.new('RGB', (40, 30)).save(os.path.join(root, 'a.png'))
        >>> with zipfile.ZipFile(os.path.join(root, 'x.zip'), 'w') as file:
        ...     file.write(os.path.join(root, 'a.png'), 'b/a.png')
        >>> Shards(os.path.join(root, 'x.zip')).names
        ['b/a.png']
    """

    def __init__(
        self,
        data_root: str | os.PathLike | Sequence[str | os.PathLike],
        storage_options: Mapping[str, Any] | None = None,
        **options,
    ) -> None:
        self.files = ShardFiles(data_root, storage_options)
        super().__init__(
            ", ".join(roots_of(data_root)),
            open_shards(self.files),
            **options,
        )

    def file_of(self, number: int) -> str:
        """The shard, and the member's name after it."""
        name = self.names[number]
        path = self.files.paths[self._shard(self.names.position(number))]
        shard = path.rpartition("/")[2]
        return f"{path}/{name.removeprefix(f'{shard}/')}"

    def path_of(self, name: str) -> str:
        """Raises an error: a member of a shard is no file."""
        raise InputError(
            f"{name} of {self.root} lies in a shard; this needs a folder of pictures: "
            "unpack it"
        )

    def read_part(self, position: int, start: int, count: int) -> bytes:
        return self.content(position)[start : start + count]

    def content(self, position: int) -> bytes:
        """The file of ``index.names[position]``.

        Raises:
            BadPicture: The member is damaged.
            InputError: The shard is not the one that the index was made of.
        """
        table = self.index.arrays
        shard, method = self._shard(position), int(table["methods"][position])
        place, size, packed, check = (
            int(table[key][position])
            for key in ("offsets", "sizes", "packeds", "checks")
        )
        if method == TAR:
            data = self.files.read(shard, place, BLOCK + size)
            if len(data) < BLOCK + size or zlib.crc32(data[:BLOCK]) != check:
                raise self._changed(shard)
            return data[BLOCK:]
        head = self.files.read(shard, place, _ZIP_HEADER.size)
        if len(head) < _ZIP_HEADER.size or not head.startswith(b"PK\3\4"):
            raise self._changed(shard)
        _, name, extra = _ZIP_HEADER.unpack(head)
        start = place + _ZIP_HEADER.size
        data = self.files.read(shard, start, name + extra + packed)
        if len(data) < name + extra + packed:
            raise self._changed(shard)
        # The checksum says whether this is the picture. Its name, which zips write in
        # more than one way, says whose fault it is if not.
        own = _is_named(self.index.names[position], data[:name])
        data = data[name + extra :]
        try:
            data = zlib.decompress(data, -15) if method else data
        except zlib.error as error:
            if not own:
                raise self._changed(shard) from error
            raise BadPicture(f"damaged in its zip: {error}") from error
        if zlib.crc32(data) != check:
            if not own:
                raise self._changed(shard)
            raise BadPicture("its checksum in the zip is another one")
        return data

    @property
    def metainfo(self) -> dict[str, Any]:
        """The dataset's description; ``root`` is as it was given, perhaps a URL."""
        info = super().metainfo
        info["data"]["root"] = self.root
        return info

    def _shard(self, position: int) -> int:
        starts = self.index.arrays["starts"]
        return int(np.searchsorted(starts, position, "right")) - 1

    def _changed(self, shard: int) -> InputError:
        return InputError(
            f"{self.files.paths[shard]} has been changed since this run looked at it; "
            "start anew, or put the old file back and go on with --resume"
        )

    def _load(self, number: int, path: str) -> Tensor:
        data = self.content(self.names.position(number))
        return decode_bytes(data, self.min_side, reading=self.reading)
