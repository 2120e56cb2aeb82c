"""Scores a folder of finished pictures, or a filler."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import Any

import numpy as np
from mmengine.registry import init_default_scope

from ce_plugin.datasets.files import by_stem
from ce_plugin.errors import InputError
from ce_plugin.evaluation.metrics.lpips import LPIPS
from ce_plugin.inpainting.fillers.from_options import filler_of
from ce_plugin.inpainting.reading import mask_of_file, read_picture
from ce_plugin.version import __version__

from .mask_sets import RECORD, load_mask_set
from .scores import baseline_scores, score_picture, summarize

RESULTS = "results"
LOSSLESS = (".png", ".bmp")


def run_score(
    args: argparse.Namespace, tell: Callable[[int, int], None] = lambda done, all: None
) -> dict[str, Any]:
    """Scores finished pictures or a filler, and the baselines on the same pictures.

    Args:
        args: Arguments of the command line.
        tell: Called with the number of pictures done and of all.

    Returns:
        What the JSON file holds. ``problems`` lists what could not be scored.

    Raises:
        InputError: A folder is missing or empty, or no picture could be scored.
    """
    if not os.path.isdir(args.truth):
        raise InputError(f"no folder {os.path.abspath(args.truth)}")
    truths, problems = by_stem(args.truth)
    source = _source(args)
    stems, more = source.pair(list(truths))
    problems += more
    mask_of = _masks(args.masks)
    lpips, note = _lpips()

    pictures = []
    for done, stem in enumerate(stems):
        try:
            truth = read_picture(os.path.join(args.truth, truths[stem]))
            hole = mask_of(stem)
            _check_size("mask", hole, truth)
            own = score_picture(**source.finish(done, stem, truth, hole), lpips=lpips)
            scores = {RESULTS: own} | baseline_scores(truth, hole, lpips=lpips)
        except InputError as error:
            problems.append(f"{stem}: {error}")
        else:
            pictures.append(dict(name=stem, scores=scores))
        tell(done + 1, len(stems))
    if not pictures:
        told = f"; {problems[0]}" if problems else ""
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise InputError(f"not one picture could be scored{told}{more}")
    return dict(
        results=source.described,
        truth=os.path.abspath(args.truth),
        masks=os.path.abspath(args.masks),
        summary={
            method: summarize([picture["scores"][method] for picture in pictures])
            for method in pictures[0]["scores"]
        },
        pictures=pictures,
        problems=problems,
        lpips=note or "alex",
        versions=dict(ce_plugin=__version__, numpy=np.__version__),
    )


class _Folder:
    """Finished pictures of a folder."""

    def __init__(self, folder: str, truth: str) -> None:
        if not os.path.isdir(folder):
            raise InputError(f"no folder {os.path.abspath(folder)}")
        self.folder, self.truth = folder, truth
        self.files, self.twice = by_stem(folder)
        self.described = os.path.abspath(folder)

    def pair(self, stems: list[str]) -> tuple[list[str], list[str]]:
        """The stems with a finished picture, and the problems of the others."""
        missing = [stem for stem in stems if stem not in self.files]
        problems = [*self.twice]
        problems += [f"{s}: no finished picture in {self.folder}" for s in missing]
        extra = [stem for stem in self.files if stem not in stems]
        problems += [f"{stem}: no truth in {self.truth}" for stem in extra]
        return [stem for stem in stems if stem in self.files], problems

    def finish(
        self, number: int, stem: str, truth: np.ndarray, hole: np.ndarray
    ) -> dict[str, Any]:
        """Arguments of :func:`score_picture`."""
        name = self.files[stem]
        picture = read_picture(os.path.join(self.folder, name))
        _check_size("finished picture", picture, truth)
        lossless = name.lower().endswith(LOSSLESS)
        return dict(picture=picture, truth=truth, hole=hole, lossless=lossless)


class _Filler:
    """Pictures that a filler finishes, the n-th with seed + n."""

    def __init__(self, args: argparse.Namespace) -> None:
        init_default_scope("ce_plugin")
        self.filler = filler_of(args)
        self.seed = args.seed or 0
        words = ("checkpoint", "start", "collection", "descriptor")
        given = [f"{w} {getattr(args, w)}" for w in words if getattr(args, w)]
        self.described = ", ".join([self.filler.name, *given, f"seed {self.seed}"])

    def pair(self, stems: list[str]) -> tuple[list[str], list[str]]:
        """All stems, and no problems."""
        return stems, []

    def finish(
        self, number: int, stem: str, truth: np.ndarray, hole: np.ndarray
    ) -> dict[str, Any]:
        """Arguments of :func:`score_picture`."""
        (filling,) = self.filler([truth], [hole], [self.seed + number])
        return dict(
            picture=filling.composite,
            truth=truth,
            hole=hole,
            prediction=filling.prediction,
        )


def _source(args: argparse.Namespace) -> _Folder | _Filler:
    fills = args.filler or args.checkpoint
    if bool(args.results) == bool(fills):
        raise InputError(
            "give a folder of finished pictures, or --filler or --checkpoint to fill "
            f"them, not {'both' if fills else 'neither'}"
        )
    if not args.results:
        return _Filler(args)
    if given := _filler_options(args):
        raise InputError(
            f"a folder of finished pictures takes no {', '.join(given)}; leave out "
            "what is for a filler, or the folder"
        )
    return _Folder(args.results, args.truth)


def _filler_options(args: argparse.Namespace) -> list[str]:
    """Those given of the options that nothing but a filler reads."""
    flags = {
        "--strict": args.strict,
        "--blend": args.blend is True,
        "--no-blend": args.blend is False,
    }
    words = ("start", "collection", "descriptor", "device", "seed")
    values = {f"--{w}": getattr(args, w) is not None for w in words}
    return [option for option, given in (flags | values).items() if given]


def _masks(path: str) -> Callable[[str], np.ndarray]:
    """The hole that belongs to a picture's stem."""
    if os.path.isfile(path):
        only = mask_of_file(path)
        return lambda stem: only
    files, twice = by_stem(path)
    if twice:
        raise InputError(f"{path}: {twice[0]}; keep one mask for each picture")
    if os.path.exists(os.path.join(path, RECORD)):
        load_mask_set(path)  # or the error that it is damaged

    def find(stem: str) -> np.ndarray:
        if stem not in files:
            raise InputError(f"no mask in {path}")
        return mask_of_file(os.path.join(path, files[stem]))

    return find


def _check_size(what: str, there: np.ndarray, truth: np.ndarray) -> None:
    if there.shape[:2] != truth.shape[:2]:
        raise InputError(
            f"the {what} has {there.shape[1]} x {there.shape[0]} pixels and the truth "
            f"{truth.shape[1]} x {truth.shape[0]}; nothing is scaled here"
        )


def _lpips() -> tuple[LPIPS | None, str]:
    """The metric, or None and the reason."""
    try:
        return LPIPS(), ""
    except InputError as error:
        return None, f"left out: {error}"
