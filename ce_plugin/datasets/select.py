"""Chooses the kind of dataset by what ``data_root`` is."""

from __future__ import annotations

import inspect
import os
from collections.abc import Sequence
from typing import Any

from ce_plugin.errors import InputError
from ce_plugin.registry import DATASETS

from .build import nearest
from .bundled import BundledPhotos
from .folder import ImageFolder, ImageList
from .pictures import PictureDataset
from .shards.dataset import Shards
from .shards.files import names_shards
from .voc import VOCImages, voc_folders


@DATASETS.register_module()
def Pictures(
    data_root: str | os.PathLike | Sequence[str | os.PathLike] | None = None, **options
) -> PictureDataset:
    """The dataset for whatever ``data_root`` is.

    Args:
        data_root: None: :class:`BundledPhotos`; a text file: :class:`ImageList`; a
            VOCdevkit or one of its years: :class:`VOCImages`; a tar or zip, a range of
            such (``train-{000..146}.tar``), a folder of nothing else, a URL, or a list
            of them: :class:`Shards`; any other folder: :class:`ImageFolder`.
        **options: Arguments of that class.

    Raises:
        InputError: Nothing is there, or the class does not take an option.

    Example:
        >>> type(Pictures()).__name__
        'BundledPhotos'
    """
    kind = _kind(data_root)
    known = set().union(*(inspect.signature(c).parameters for c in kind.__mro__[:2]))
    known -= {"options", "root", "names", "data_root"}
    for name in options:
        if name not in known:
            raise InputError(f"{kind.__name__} takes no {name!r}{nearest(name, known)}")
    return kind(**options) if data_root is None else kind(data_root, **options)


def _kind(data_root: Any) -> type[Any]:
    if data_root is None:
        return BundledPhotos
    if not isinstance(data_root, str | os.PathLike) or names_shards(
        os.fspath(data_root)
    ):
        return Shards
    if os.path.isfile(data_root):
        return ImageList
    if not os.path.isdir(data_root):
        raise InputError(
            f"no such folder or file: {os.path.abspath(data_root)}; set data_root to a "
            "folder of pictures, a list file, a VOCdevkit, or tar or zip files"
        )
    return VOCImages if voc_folders(data_root) else ImageFolder
