"""The result for one picture, and how it is saved."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np
import torch

from ce_plugin.errors import InputError
from ce_plugin.files import replace_file
from ce_plugin.structures import PretextSample

from .fillers import Filling
from .jobs import PARTS, Job
from .picture_file import PictureFile, of_arrays, to_bytes
from .picture_file.containers import OWN, best_ending, container_of, own_ending


@dataclass(frozen=True)
class Outcome:
    """The result for one picture.

    Attributes:
        job: The picture's job.
        filling: The result, of the first frame that has a hole; None where it failed.
        reason: Why it failed; empty otherwise.
        source: The file that was filled; None for a result of something else.
        holes: (H, W) bool for each of its frames.
        painted: (H, W, 3) uint8 RGB for each of its frames.
        predictions: The filler's whole prediction for each frame, in the same form.
    """

    job: Job
    filling: Filling | None = None
    reason: str = ""
    source: PictureFile | None = None
    holes: tuple[np.ndarray, ...] = ()
    painted: tuple[np.ndarray, ...] = ()
    predictions: tuple[np.ndarray, ...] = ()

    def picture(
        self, keep_alpha: bool = False, few_colours: bool = False
    ) -> PictureFile:
        """The filled file, in the mode and depth that it had.

        Args:
            keep_alpha: The hole keeps its transparency and does not become opaque.
            few_colours: A palette stays one, see
                :func:`~.picture_file.fill.fill_frame`.
        """
        if self.source is None:
            return of_arrays(self.filling.composite)
        return self.source.with_hole_filled(
            self.painted, self.holes, keep_alpha, few_colours
        )


def save(
    outcome: Outcome,
    folder: str | os.PathLike,
    parts: bool = False,
    ending: str | None = None,
    keep_alpha: bool = False,
) -> tuple[str, tuple[str, ...]]:
    """Writes a result, whole or not at all.

    Args:
        outcome: One with a filling.
        folder: Made where it is missing.
        parts: The raw prediction and the mask as well.
        ending: The file's ending, one of
            :data:`~.picture_file.containers.CONTAINERS`, or 'own' for that of the
            picture's own file. By default .png, and .tif where PNG cannot hold the
            picture exactly.
        keep_alpha: The hole keeps its transparency and does not become opaque.

    Returns:
        The path of the composite, and notes on what the file changes or loses.

    Raises:
        InputError: The container cannot hold the picture, or the file would be written
            over one of the pictures to fill or of their masks.
    """
    ending, data, notes = coded(outcome, ending, keep_alpha)
    files = {ending: data}
    if parts:
        files |= _parts(outcome)
    stem = Path(folder, outcome.job.target)
    for end in files:
        _check_free(Path(f"{stem}{end}"), outcome.job)
    for end, content in files.items():
        _write(Path(f"{stem}{end}"), content)
    return f"{stem}{ending}", notes


def coded(
    outcome: Outcome, ending: str | None, keep_alpha: bool = False
) -> tuple[str, bytes, tuple[str, ...]]:
    """A result as a file: its ending, its bytes and notes; see :func:`save`."""
    ending, notes = _ending(outcome, ending)
    few_colours = container_of(ending) == "GIF"
    data, told = to_bytes(outcome.picture(keep_alpha, few_colours), ending)
    return ending, data, (*notes, *told)


def _ending(outcome: Outcome, ending: str | None) -> tuple[str, tuple[str, ...]]:
    if outcome.source is None:
        return ending or ".png", ()
    if ending is None:
        return best_ending(outcome.source)
    if ending != OWN:
        return ending, ()
    path = outcome.job.picture
    path = path if isinstance(path, str | os.PathLike) else None
    return own_ending(outcome.source, path), ()


def _parts(outcome: Outcome) -> dict[str, bytes]:
    """Prediction and mask; several frames as the picture has them."""
    predictions = outcome.predictions or [outcome.filling.prediction]
    masks = outcome.holes or [outcome.filling.mask]
    like = outcome.source or PictureFile(())
    files = {}
    for name, arrays in zip(PARTS, (predictions, masks)):
        part = PictureFile(
            tuple(of_arrays(array).frames[0] for array in arrays),
            container=like.container,
            timing=like.timing,
        )
        ending, _ = best_ending(part)
        files[name + ending], _ = to_bytes(part, ending)
    return files


def _check_free(path: Path, job: Job) -> None:
    if os.path.realpath(path) in job.among:
        raise InputError(
            f"{path} is one of the pictures to fill or of their masks; give another "
            "folder or name to write to"
        )


def _write(path: Path, content: bytes) -> None:
    # A short name: the file's own may be as long as names can be. And one of its own,
    # for several processes or threads may write into a folder.
    part = path.with_name(f".{uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        replace_file(part, path)
    except OSError as error:
        # Where the folder is none, this fails too, and would hide why.
        with suppress(OSError):
            part.unlink()
        if error.errno != errno.ENAMETOOLONG:
            raise
        raise InputError(f"the name {path.name} is too long to be written") from error


def packed(
    outcome: Outcome, as_sample: bool, keep_alpha: bool = False
) -> dict | PretextSample:
    """A result as a dict of arrays, or as a sample of float tensors in [0, 1]."""
    filling = outcome.filling
    picture = outcome.picture(keep_alpha)
    notes = (*filling.notes, *picture.notes)
    if not as_sample:
        return dict(
            name=outcome.job.name,
            composite=filling.composite,
            prediction=filling.prediction,
            mask=filling.mask,
            picture=picture,
            notes=notes,
        )
    sample = PretextSample(
        metainfo=dict(path=outcome.job.name, notes=notes),
        mask=torch.from_numpy(filling.mask)[None],
    )
    for key in ("composite", "prediction"):
        pixels = torch.from_numpy(getattr(filling, key)).permute(2, 0, 1)
        sample.set_data({key: pixels.float().div(255)})
    return sample
