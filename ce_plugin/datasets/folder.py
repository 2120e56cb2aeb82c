"""Pictures in a folder, or named by a list."""

from __future__ import annotations

import os

from ce_plugin.errors import InputError
from ce_plugin.registry import DATASETS

from .files import is_picture, need_folder, read_lines
from .pictures import PictureDataset
from .scan import open_folder


@DATASETS.register_module()
class ImageFolder(PictureDataset):
    """All pictures in a folder and its sub-folders; no labels are needed.

    Of 10,000 pictures and more an index is kept (:mod:`.scan`), so that the next start
    looks at the folders only.

    Args:
        data_root: The folder. Files with one of the endings of
            :data:`~.files.EXTENSIONS` count; hidden ones do not.
        **options: See :class:`PictureDataset`.

    Raises:
        InputError: No such folder, or no picture in it.

    Example:
        >>> import os, tempfile
        >>> from PIL import Image
        >>> root = tempfile.mkdtemp()
        >>> Image.new('RGB', (40, 30)).save(os.path.join(root, 'a.png'))
        >>> ImageFolder(root)[0]['inputs'].shape
        torch.Size([3, 30, 40])
    """

    def __init__(self, data_root: str, **options) -> None:
        root = need_folder(data_root)
        super().__init__(root, open_folder(root), **options)


@DATASETS.register_module()
class ImageList(PictureDataset):
    """The pictures that a text file names, one path on each line.

    Args:
        data_root: The list file, whose paths are relative to its folder; or, with
            ``ann_file``, the folder that they are relative to. Absolute paths stay.
        ann_file: The list file, relative to ``data_root``.
        **options: See :class:`PictureDataset`.

    Raises:
        InputError: No such file, nothing in it, or too many paths that do not exist.

    Example:
        >>> import os, tempfile
        >>> from PIL import Image
        >>> root = tempfile.mkdtemp()
        >>> Image.new('RGB', (40, 30)).save(os.path.join(root, 'a.png'))
        >>> with open(os.path.join(root, 'train.txt'), 'w') as file:
        ...     _ = file.write('a.png')
        >>> len(ImageList(os.path.join(root, 'train.txt')))
        1
    """

    def __init__(self, data_root: str, ann_file: str | None = None, **options) -> None:
        data_root = os.fspath(data_root)
        if ann_file is None:
            root, path = os.path.dirname(data_root), data_root
        else:
            root = need_folder(data_root)
            path = os.path.join(root, ann_file)
        if is_picture(path) and os.path.isfile(path):
            raise InputError(
                f"{os.path.abspath(path)} is a picture; give the folder that it is in, "
                "or a text file with one path on each line"
            )
        # One name a picture: the split must not take './a.jpg' for another.
        names = [os.path.normpath(line) for line in read_lines(path)]
        super().__init__(root, names, **options)
