"""Pictures in class folders, as ImageNet has them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import torch

from ce_plugin.errors import InputError
from ce_plugin.registry import DATASETS

from .files import find_pictures, need_folder, read_lines
from .labelled import Labelled
from .pictures import PictureDataset


@DATASETS.register_module()
class ImageLabels(Labelled, PictureDataset):
    """Pictures in ``<data_root>/<image_set>/<class>/``, each with its class.

    ``gt_label`` of a sample is an int64 scalar, the place of its class in ``classes``
    of ``metainfo``. A picture that is missing or cannot be read is an error and not
    passed over.

    Args:
        data_root: The folder of the sets, such as ``ImageNet``.
        image_set: The folder of one set in it, such as train or val.
        classes: Names of the class folders in the order of the labels, or the path of
            a file (as it is, or in ``data_root``) that has one at the start of each
            line. None: the class folders of ``train``, sorted, whatever the set, so
            that all sets have the same labels.
        **options: See :class:`PictureDataset`.

    Attributes:
        labels: All labels, int64 (pictures,), in the order of ``names``.

    Raises:
        InputError: No such folder; no class folders; a wrong class list: the set has
            others, or lacks one; a class without pictures.

    Example:
        >>> import os, tempfile
        >>> from PIL import Image
        >>> root = tempfile.mkdtemp()
        >>> for name in ('cat', 'dog'):
        ...     os.makedirs(os.path.join(root, 'train', name))
        ...     Image.new('RGB', (8, 8)).save(f'{root}/train/{name}/1.JPEG')
        >>> data = ImageLabels(root)
        >>> data.metainfo['classes'], data.labels
        (('cat', 'dog'), tensor([0, 1]))
    """

    def __init__(
        self,
        data_root: str,
        image_set: str = "train",
        classes: Sequence[str] | str | os.PathLike | None = None,
        **options,
    ) -> None:
        root = need_folder(data_root)
        folder = os.path.join(root, image_set)
        if not os.path.isdir(folder):
            raise InputError(
                f"no folder {os.path.abspath(folder)}; data_root holds the sets, each "
                "a folder of class folders (sort ImageNet's val pictures into theirs)"
            )
        found = _class_folders(folder)
        known = self._known_classes(root, found, classes)
        _compare(folder, found, known)
        pictures = [name for name in find_pictures(folder) if "/" in name]
        numbers = {name: number for number, name in enumerate(known)}
        empty = set(known) - {name.partition("/")[0] for name in pictures}
        if empty:
            raise InputError(
                f"no pictures in {os.path.abspath(os.path.join(folder, min(empty)))} "
                f"({len(empty)} of {len(known)} class folders are empty)"
            )
        super().__init__(root, [f"{image_set}/{name}" for name in pictures], **options)
        cut = len(image_set) + 1
        self.classes = known
        self.labels = torch.tensor(
            [numbers[name[cut:].partition("/")[0]] for name in self.names]
        )

    @property
    def metainfo(self) -> dict[str, Any]:
        """The dataset's description, with ``classes``."""
        return dict(super().metainfo, classes=self.classes)

    @staticmethod
    def _known_classes(
        root: str,
        found: Sequence[str],
        classes: Sequence[str] | str | os.PathLike | None,
    ) -> tuple[str, ...]:
        if classes is None:
            train = os.path.join(root, "train")
            return tuple(_class_folders(train) if os.path.isdir(train) else found)
        if isinstance(classes, str | os.PathLike):
            there = os.path.isfile(classes)
            path = classes if there else os.path.join(root, classes)
            classes = [line.split()[0] for line in read_lines(path)]
        if len(set(classes)) != len(classes):
            raise InputError("a wrong class list: it names a class twice")
        return tuple(classes)


def _class_folders(folder: str) -> list[str]:
    names = sorted(
        entry.name
        for entry in os.scandir(folder)
        if entry.is_dir() and not entry.name.startswith(".")
    )
    if not names:
        raise InputError(
            f"no class folders in {os.path.abspath(folder)}; each picture lies in a "
            "folder with the name of its class"
        )
    return names


def _compare(folder: str, found: Sequence[str], known: Sequence[str]) -> None:
    other, absent = sorted({*found} - {*known}), sorted({*known} - {*found})
    if other or absent:
        differences = [
            f"{len(names)} {what}, such as {names[0]!r}"
            for names, what in ((other, "not on the list"), (absent, "not there"))
            if names
        ]
        raise InputError(
            f"a wrong class list for {os.path.abspath(folder)}: of its class folders "
            f"{' and '.join(differences)}; without `classes` the list is that of train"
        )
