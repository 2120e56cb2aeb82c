"""Base of the datasets of pictures with labels."""

from __future__ import annotations

import os
from typing import Any

from torch import Tensor

from ce_plugin.errors import InputError

from .decoding.decode import BadPicture


class Labelled:
    """Adds ``gt_label`` to each sample of a :class:`PictureDataset`.

    Goes before the kind of dataset among the bases of a class that sets ``labels``,
    a tensor with one row for each of ``names``.

    Nothing is passed over here: another picture in the place of an unreadable one would
    count twice in a figure.

    Raises:
        InputError: (while reading) a picture is missing or cannot be read.
    """

    labels: Tensor

    def __init__(self, *args, **options) -> None:
        super().__init__(*args, **dict(max_bad_share=0.0) | options)

    def __getitem__(self, item: int | tuple[int, int]) -> dict[str, Any]:
        sample = super().__getitem__(item)
        index = sample["data_samples"].index
        label = self.labels[index // self.crops_per_picture]
        sample["data_samples"].gt_label = label.clone()
        return sample

    def _read(self, position: int) -> tuple[Tensor, str, tuple[str, ...]]:
        path = self.file_of(position)
        try:
            return self._decoded(position, path), path, ()
        except BadPicture as error:
            raise InputError(
                f"{os.path.abspath(path)} cannot be read ({error}); pictures with "
                "labels are not passed over: repair it, or take it off the list"
            ) from error
