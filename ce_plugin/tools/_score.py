"""What the score tool does, step by step."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from ce_plugin import __version__
from ce_plugin.datasets.files import find_pictures
from ce_plugin.errors import InputError
from ce_plugin.evaluation.lpips import LPIPS
from ce_plugin.evaluation.mask_sets import RECORD, load_mask_set
from ce_plugin.evaluation.scores import baseline_scores, score_picture, summarize
from ce_plugin.inference.reading import mask_of_file, read_picture

RESULTS = "results"
LOSSLESS = (".png", ".bmp")


def run_score(
    args: argparse.Namespace, tell: Callable[[int, int], None] = lambda done, all: None
) -> dict[str, Any]:
    """Scores a folder of finished pictures, and the baselines on the same ones.

    Args:
        args: Of the tool.
        tell: Called with the number of pictures done and of all.

    Returns:
        What the JSON file holds. ``problems`` lists what could not be scored.

    Raises:
        InputError: A folder is missing or empty, or no picture could be scored.
    """
    for folder in (args.results, args.truth):
        if not os.path.isdir(folder):
            raise InputError(f"no folder {os.path.abspath(folder)}")
    (results, twice), (truths, other) = by_stem(args.results), by_stem(args.truth)
    problems = [*twice, *other]
    missing = [stem for stem in truths if stem not in results]
    problems += [f"{stem}: no finished picture in {args.results}" for stem in missing]
    extra = [stem for stem in results if stem not in truths]
    problems += [f"{stem}: no truth in {args.truth}" for stem in extra]
    mask_of = _masks(args.masks)
    lpips, note = _lpips()

    stems = [stem for stem in truths if stem in results]
    pictures = []
    for done, stem in enumerate(stems):
        try:
            truth = read_picture(os.path.join(args.truth, truths[stem]))
            result = read_picture(os.path.join(args.results, results[stem]))
            hole = mask_of(stem)
            _check_sizes(result, truth, hole)
            own = score_picture(
                result,
                truth,
                hole,
                lossless=results[stem].lower().endswith(LOSSLESS),
                lpips=lpips,
            )
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
        results=os.path.abspath(args.results),
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


def by_stem(folder: str) -> tuple[dict[str, str], list[str]]:
    """Pictures by their path in the folder without its ending, and what is there twice.

    Raises:
        InputError: There is no picture.
    """
    found: dict[str, str] = {}
    twice = []
    if not os.path.isdir(folder):
        raise InputError(f"no folder {os.path.abspath(folder)}")
    for name in find_pictures(folder):
        stem = os.path.splitext(name)[0]
        if stem in found:
            twice.append(f"{name}: {found[stem]} has the same name and is taken")
        else:
            found[stem] = name
    return found, twice


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


def _check_sizes(result: np.ndarray, truth: np.ndarray, hole: np.ndarray) -> None:
    (height, width), own = truth.shape[:2], f"{truth.shape[1]} x {truth.shape[0]}"
    for what, there in (("finished picture", result), ("mask", hole)):
        if there.shape[:2] != (height, width):
            raise InputError(
                f"the {what} has {there.shape[1]} x {there.shape[0]} pixels and the "
                f"truth {own}; nothing is scaled here"
            )


def _lpips() -> tuple[LPIPS | None, str]:
    """The metric, or why there is none."""
    try:
        return LPIPS(), ""
    except InputError as error:
        return None, f"left out: {error}"
