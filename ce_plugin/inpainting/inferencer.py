"""Fills holes in pictures, one call from files to files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from mmengine.infer import BaseInferencer
from mmengine.registry import init_default_scope

from ce_plugin.console import track
from ce_plugin.errors import InputError

from .fillers import Filler, build_filler
from .items import Batch, fill_items, read_item
from .jobs import Job, list_jobs
from .outcome import Outcome, packed, save
from .picture_file.containers import OWN, ending_for
from .reading import Mask, Picture

MOST_PIXELS = 16_000_000
"""Pixels that a batch holds at most, unless one picture alone has more."""


class InpaintingInferencer(BaseInferencer):
    """Fills holes in pictures of any size.

    Args:
        filler: One of the registered, by the name that the command line has
            ('encoder-decoder', 'nearest', 'patchmatch' ...), by its config, or built.
        checkpoint: Checkpoint of the network, where the filler has one; by default the
            generator that comes with the package.
        device: For the network; by default the first CUDA device, or the CPU.
        show_progress: A bar on the terminal.
        **options: Further arguments of a filler that is given by its name or config.

    Raises:
        InputError: No such filler, it lacks something, or it is built and something is
            given for it.

    Example:
        >>> import numpy as np
        >>> inferencer = InpaintingInferencer("context-mean", show_progress=False)
        >>> picture = np.full((8, 8, 3), 50, np.uint8)
        >>> picture[2:4, 2:4] = 255
        >>> found = inferencer(picture, masks=[(2, 2, 4, 4)])
        >>> int(found["predictions"][0]["composite"].max())
        50
    """

    preprocess_kwargs = {"masks", "seed", "hole", "bit_depth"}
    forward_kwargs: set = set()
    visualize_kwargs: set = set()
    postprocess_kwargs = {"out_dir", "format", "keep_alpha"}

    def __init__(
        self,
        filler: str | dict | Filler = "encoder-decoder",
        checkpoint: str | os.PathLike | None = None,
        device: str | None = None,
        show_progress: bool = True,
        **options: Any,
    ) -> None:
        # The base class builds a model from a config and its pipeline; a filler has
        # all that in itself, or needs none.
        init_default_scope("ce_plugin")
        self.scope = "ce_plugin"
        self.filler = build_filler(filler, checkpoint, device, **options)
        self.model = getattr(self.filler, "model", None)
        self.show_progress = show_progress

    def __call__(
        self,
        inputs: Picture | Sequence[Picture],
        masks: Mask | Sequence[Mask] | None = None,
        batch_size: int = 16,
        return_datasamples: bool = False,
        out_dir: str | os.PathLike | None = None,
        seed: int = 0,
        hole: str = "white",
        bit_depth: int | None = None,
        format: str | None = None,
        keep_alpha: bool = False,
    ) -> dict[str, list]:
        """Fills pictures.

        Args:
            inputs: A path, a folder (with those below it), an array (H, W) grey or
                (H, W, 2 to 4) grey or RGB with or without alpha, of uint8, uint16 or
                floats in [0, 1], a PIL picture, or a list of them.
            masks: The holes: one for all, or a list with one for each. A file, a folder
                with a mask of the same name for each picture, an array (H, W), a PIL
                picture, a list of boxes (left, top, right, bottom), a mask generator or
                the config of one. White, True, is the hole. 'alpha', or the picture
                itself, for what is transparent in it.
            batch_size: Pictures worked on at once, fewer where they are large.
            return_datasamples: Give :class:`~ce_plugin.structures.PretextSample` with
                float tensors in [0, 1] in place of arrays.
            out_dir: Folder to write the filled files into, under the pictures' names;
                they are not kept in memory then.
            seed: Seed of mask generators and fillers; the n-th picture has seed + n.
            hole: 'white' or 'black', what the hole is in a mask picture.
            bit_depth: Bits in use of pictures of more than eight, such as 12 in 16.
            format: Ending of the files, or 'own' for that of each picture; by default
                .png, and .tif where PNG cannot hold the picture exactly.
            keep_alpha: The hole keeps its transparency and does not become opaque.

        Returns:
            ``predictions``: for each picture that was filled, in order, a dict with
            ``name``, ``composite``, ``prediction`` (H, W, 3) uint8 as it is seen (of an
            animation the first frame with a hole), ``mask`` (H, W) bool, ``picture``,
            the filled :class:`~.picture_file.PictureFile` in the mode and depth that
            it had, and ``notes``; with ``out_dir`` only ``name``, ``path`` and
            ``notes``.
            ``visualization``: the composites. ``failed``: (name, reason) of the others.

        Raises:
            InputError: Nothing to fill, no masks, or a single picture that fails.
        """
        ending = None if format in (None, OWN) else ending_for(format)
        jobs = list_jobs(inputs, masks, seed)
        predictions, visualization, failed = [], [], []
        for outcome in self.stream(jobs, batch_size, hole, bit_depth):
            reason, name = outcome.reason, outcome.job.name
            if not reason and out_dir is not None:
                try:
                    path, notes = save(
                        outcome, out_dir, False, ending or format, keep_alpha
                    )
                except InputError as error:
                    reason = str(error)
                else:
                    notes = (*outcome.filling.notes, *notes)
                    predictions.append(dict(name=name, path=path, notes=notes))
                    continue
            if reason:
                if len(jobs) == 1:
                    raise InputError(reason)
                failed.append((name, reason))
                continue
            visualization.extend(self.visualize([], [outcome]))
            predictions.append(packed(outcome, return_datasamples, keep_alpha))
        return self.postprocess(predictions, visualization) | dict(failed=failed)

    def stream(
        self,
        jobs: Sequence[Job],
        batch_size: int = 16,
        hole: str = "white",
        bit_depth: int | None = None,
    ) -> Iterator[Outcome]:
        """Fills pictures one batch after the other, holding no more than one.

        Args:
            jobs: What :func:`list_jobs` returns.
            batch_size: Pictures in a batch at most; of an animation, frames.
            hole: See :meth:`__call__`.
            bit_depth: See :meth:`__call__`.

        Yields:
            An outcome for each, those that could not be read first in each batch.

        Raises:
            InputError: A batch size below 1.
        """
        if batch_size < 1:
            raise InputError(f"batch_size is 1 or more, not {batch_size}")
        batches = self.preprocess(jobs, batch_size, hole, bit_depth)
        counted = (
            outcome for batch in batches for outcome in self.forward(batch, batch_size)
        )
        if self.show_progress:
            counted = track(counted, "pictures", len(jobs))
        yield from counted

    def preprocess(
        self,
        inputs: Iterable[Job],
        batch_size: int = 16,
        hole: str = "white",
        bit_depth: int | None = None,
        **kwargs: Any,
    ) -> Iterator[Batch]:
        """Reads pictures and masks, in batches."""
        batch = Batch()
        for job in inputs:
            try:
                item = read_item(job, hole, bit_depth)
            except InputError as error:
                batch.failed.append(Outcome(job, reason=str(error)))
                continue
            if batch.items and batch.size + item.size > MOST_PIXELS:
                yield batch
                batch = Batch()
            batch.items.append(item)
            if len(batch.items) == batch_size:
                yield batch
                batch = Batch()
        if batch.items or batch.failed:
            yield batch

    def forward(
        self, inputs: Batch, batch_size: int = 16, **kwargs: Any
    ) -> list[Outcome]:
        """Fills one batch; where it fails as a whole, one picture at a time."""
        try:
            done = fill_items(self.filler, inputs.items, batch_size)
        except InputError as error:
            if len(inputs.items) == 1:
                done = [Outcome(inputs.items[0].job, reason=str(error))]
            else:
                done = []
                for item in inputs.items:
                    done += self.forward(Batch([item]), batch_size)
        return inputs.failed + done

    def visualize(self, inputs: list, preds: list[Outcome], **kwargs) -> list:
        """The composites, (H, W, 3) uint8 RGB."""
        return [outcome.filling.composite for outcome in preds]

    def postprocess(
        self, preds: list, visualization: list, return_datasamples: bool = False, **_
    ) -> dict[str, list]:
        """Predictions and visualisations in one dict."""
        return dict(predictions=preds, visualization=visualization)

    def _init_pipeline(self, cfg: Any) -> None:
        """Nothing: pictures are read by :meth:`preprocess`."""
