"""Fills holes in pictures, one call from files to files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from mmengine.infer import BaseInferencer
from mmengine.registry import init_default_scope
from rich.progress import track

from ce_plugin.errors import InputError

from .fillers import Filler, build_filler
from .fillers.base import check_pair
from .jobs import Job, list_jobs
from .outcome import Outcome, packed, save
from .reading import Mask, Picture, read_mask, read_picture

MOST_PIXELS = 16_000_000
"""Pixels that a batch holds at most, unless one picture alone has more."""


@dataclass
class _Batch:
    jobs: list[Job] = field(default_factory=list)
    pictures: list[np.ndarray] = field(default_factory=list)
    holes: list[np.ndarray] = field(default_factory=list)
    failed: list[Outcome] = field(default_factory=list)


class InpaintingInferencer(BaseInferencer):
    """Fills holes in pictures of any size.

    Args:
        filler: One of the registered, by the name that the command line has
            ('encoder-decoder', 'nearest', 'patchmatch' ...), by its config, or built.
        checkpoint: Of the network, where the filler has one.
        device: For the network; by default the first CUDA device, or the CPU.
        show_progress: A bar on the terminal.
        **options: Further arguments of a filler that is given by its name.

    Raises:
        InputError: No such filler, or it lacks something.

    Example:
        >>> inferencer = InpaintingInferencer("context-mean", show_progress=False)
        >>> picture = np.full((8, 8, 3), 50, np.uint8)
        >>> picture[2:4, 2:4] = 255
        >>> found = inferencer(picture, masks=[(2, 2, 4, 4)])
        >>> int(found["predictions"][0]["composite"].max())
        50
    """

    preprocess_kwargs = {"masks", "seed"}
    forward_kwargs: set = set()
    visualize_kwargs: set = set()
    postprocess_kwargs = {"out_dir"}

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
    ) -> dict[str, list]:
        """Fills pictures.

        Args:
            inputs: A path, a folder (with those below it), an array (H, W, 3) uint8
                RGB, a PIL picture, or a list of them.
            masks: The holes: one for all, or a list with one for each. A file, a folder
                with a mask of the same name for each picture, an array (H, W), a PIL
                picture, a list of boxes (left, top, right, bottom), a mask generator or
                the config of one. White, True, is the hole.
            batch_size: Pictures worked on at once, fewer where they are large.
            return_datasamples: Give :class:`~ce_plugin.structures.PretextSample` with
                float tensors in [0, 1] in place of arrays.
            out_dir: Folder to write the composites into, as PNG under the pictures'
                names; they are not kept in memory then.
            seed: Of mask generators and fillers; the n-th picture has seed + n.

        Returns:
            ``predictions``: for each picture that was filled, in order, a dict with
            ``name``, ``composite``, ``prediction`` (H, W, 3) uint8, ``mask`` (H, W)
            bool, ``notes``; with ``out_dir`` only ``name``, ``path`` and ``notes``.
            ``visualization``: the composites. ``failed``: (name, reason) of the others.

        Raises:
            InputError: Nothing to fill, no masks, or a single picture that fails.
        """
        jobs = list_jobs(inputs, masks, seed)
        predictions, visualization, failed = [], [], []
        for outcome in self.stream(jobs, batch_size):
            if outcome.filling is None:
                if len(jobs) == 1:
                    raise InputError(outcome.reason)
                failed.append((outcome.job.name, outcome.reason))
                continue
            if out_dir is not None:
                path = save(outcome, out_dir)
                predictions.append(
                    dict(name=outcome.job.name, path=path, notes=outcome.filling.notes)
                )
                continue
            visualization.extend(self.visualize([], [outcome]))
            predictions.append(packed(outcome, return_datasamples))
        return self.postprocess(predictions, visualization) | dict(failed=failed)

    def stream(self, jobs: Sequence[Job], batch_size: int = 16) -> Iterator[Outcome]:
        """Fills pictures one batch after the other, holding no more than one.

        Args:
            jobs: Of :func:`list_jobs`.
            batch_size: Pictures in a batch at most.

        Yields:
            An outcome for each, those that could not be read first in each batch.

        Raises:
            InputError: A batch size below 1.
        """
        if batch_size < 1:
            raise InputError(f"batch_size is 1 or more, not {batch_size}")
        batches = self.preprocess(jobs, batch_size)
        counted = (outcome for batch in batches for outcome in self.forward(batch))
        if self.show_progress:
            counted = track(counted, description="Filling", total=len(jobs))
        yield from counted

    def preprocess(
        self, inputs: Iterable[Job], batch_size: int = 16, **kwargs: Any
    ) -> Iterator[_Batch]:
        """Reads pictures and masks, in batches."""
        batch, pixels = _Batch(), 0
        for job in inputs:
            try:
                picture = read_picture(job.picture)
                rng = np.random.default_rng(job.seed)
                hole = read_mask(job.mask, *picture.shape[:2], rng)
                check_pair(picture, hole)
            except InputError as error:
                batch.failed.append(Outcome(job, reason=str(error)))
                continue
            if batch.jobs and pixels + hole.size > MOST_PIXELS:
                yield batch
                batch, pixels = _Batch(), 0
            batch.jobs.append(job)
            batch.pictures.append(picture)
            batch.holes.append(hole)
            pixels += hole.size
            if len(batch.jobs) == batch_size:
                yield batch
                batch, pixels = _Batch(), 0
        if batch.jobs or batch.failed:
            yield batch

    def forward(self, inputs: _Batch, **kwargs: Any) -> list[Outcome]:
        """Fills one batch; where it fails as a whole, one picture at a time."""
        seeds = [job.seed for job in inputs.jobs]
        try:
            fillings = self.filler(inputs.pictures, inputs.holes, seeds)
            done = [
                Outcome(job, filling) for job, filling in zip(inputs.jobs, fillings)
            ]
        except InputError as error:
            if len(inputs.jobs) == 1:
                done = [Outcome(inputs.jobs[0], reason=str(error))]
            else:
                done = []
                for job, picture, hole in zip(
                    inputs.jobs, inputs.pictures, inputs.holes
                ):
                    done += self.forward(_Batch([job], [picture], [hole]))
        return inputs.failed + done

    def visualize(self, inputs: list, preds: list[Outcome], **kwargs) -> list:
        """The composites, (H, W, 3) uint8 RGB."""
        return [outcome.filling.composite for outcome in preds]

    def postprocess(
        self, preds: list, visualization: list, return_datasamples: bool = False, **_
    ) -> dict[str, list]:
        """Both in one dict."""
        return dict(predictions=preds, visualization=visualization)

    def _init_pipeline(self, cfg: Any) -> None:
        """Pictures are read by :meth:`preprocess`; no config says how."""
