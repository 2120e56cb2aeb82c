"""Scores of finished pictures: the same for a model and for any other tool's files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ce_plugin.errors import InputError
from ce_plugin.evaluation.metrics.lpips import LEAST_SIDE
from ce_plugin.evaluation.metrics.region_errors import region_errors
from ce_plugin.inpainting.fillers.base import check_pair
from ce_plugin.inpainting.fillers.opencv import NavierStokes, Telea
from ce_plugin.inpainting.fillers.trivial import ConstantFill, ContextMeanFill

REGIONS = ("hole", "prediction", "composite")
DECILES = tuple(f"{low}-{low + 10} %" for low in range(0, 100, 10))
BASELINES = (ConstantFill, ContextMeanFill, Telea, NavierStokes)

_MARGIN = 11  # more than SSIM's window looks to either side, and no smaller than it

Perceptual = Callable[[np.ndarray, np.ndarray], float]
Box = tuple[int, int, int, int]


def score_picture(
    picture: np.ndarray,
    truth: np.ndarray,
    hole: np.ndarray,
    *,
    prediction: np.ndarray | None = None,
    window: Box | None = None,
    lossless: bool = True,
    lpips: Perceptual | None = None,
) -> dict[str, Any]:
    """Scores one finished picture.

    The three regions are ``hole``, its pixels; ``prediction``, all that was painted in
    the window, known pixels too; and ``composite``, the whole picture. For the hole and
    the composite the truth is laid over all known pixels first, so that a tool that
    changes these is neither rewarded nor punished for it there; how many it changed is
    told apart.

    Args:
        picture: (H, W, 3) uint8 RGB, the finished picture.
        truth: (H, W, 3) uint8 RGB.
        hole: (H, W) bool, True = hole.
        prediction: (H, W, 3) uint8 RGB, what a model painted; the finished picture by
            default.
        window: The box that it painted: top, left, bottom and right in pixels, the
            latter two outside. By default the square around the hole, see
            :func:`bounding_square`.
        lossless: The finished picture has been kept as it was; after JPEG every pixel
            is changed.
        lpips: See :class:`~ce_plugin.evaluation.metrics.lpips.LPIPS`.

    Returns:
        Plain values. ``area``, the hole's share of the picture; ``changed``, the share
        of known pixels that are not the truth's, None for lossy pictures; and a dict a
        region with ``l1``, ``l2``, ``psnr`` and ``ssim`` as
        :func:`~ce_plugin.evaluation.metrics.region_errors.region_errors` has them, the
        composite also with ``lpips``, the prediction too where its window has 32 pixels
        to a side.
        A hole is no rectangle and has no LPIPS.

    Raises:
        InputError: Sizes that differ, a picture that is not uint8 RGB, an empty or full
            hole, a picture or window below 11 pixels.

    Example:
        >>> truth = np.full((16, 16, 3), 100, np.uint8)
        >>> hole = np.zeros((16, 16), bool)
        >>> hole[4:12, 4:12] = True
        >>> scores = score_picture(truth + np.uint8(51), truth, hole)
        >>> scores["area"], scores["changed"]
        (0.25, 1.0)
        >>> [round(scores[region]["l1"], 6) for region in REGIONS]
        [20.0, 20.0, 5.0]
    """
    check_pair(truth, hole)
    prediction = picture if prediction is None else prediction
    for given in (picture, prediction):
        check_pair(given, hole)
    composite = np.where(hole[..., None], picture, truth)
    top, left, bottom, right = window or bounding_square(hole)
    seen = np.s_[top:bottom, left:right]
    scores: dict[str, Any] = dict(
        area=float(hole.mean()),
        changed=_changed(picture, truth, ~hole) if lossless else None,
        hole=hole_errors(composite, truth, hole),
        prediction=_errors(prediction[seen], truth[seen]),
        composite=_errors(composite, truth),
    )
    if lpips is not None:
        for region, pair in dict(
            prediction=(prediction[seen], truth[seen]), composite=(composite, truth)
        ).items():
            if min(pair[0].shape[:2]) >= LEAST_SIDE:
                scores[region]["lpips"] = lpips(*pair)
    return scores


def hole_errors(
    picture: np.ndarray, truth: np.ndarray, hole: np.ndarray
) -> dict[str, float]:
    """The errors of a hole's pixels alone.

    Only the surroundings of the hole are looked at: the time and memory that a large
    picture takes go with its hole.

    Arguments and errors are those of :func:`score_picture`.

    Returns:
        See :func:`~ce_plugin.evaluation.metrics.region_errors.region_errors`.

    Example:
        >>> truth = np.full((64, 64, 3), 100, np.uint8)
        >>> hole = np.zeros((64, 64), bool)
        >>> hole[30:34, 30:34] = True
        >>> round(hole_errors(truth + np.uint8(51), truth, hole)["l1"], 6)
        20.0
    """
    check_pair(truth, hole)
    check_pair(picture, hole)
    near = _around(hole)
    return _errors(picture[near], truth[near], hole[near])


def baseline_scores(
    truth: np.ndarray,
    hole: np.ndarray,
    *,
    window: Box | None = None,
    lpips: Perceptual | None = None,
) -> dict[str, dict[str, Any]]:
    """The scores of the trivial fills and of OpenCV's classic inpaintings, by name.

    Arguments and errors are those of :func:`score_picture`.
    """
    scores = {}
    for baseline in BASELINES:
        (filling,) = baseline()([truth], [hole])
        scores[baseline.name] = score_picture(
            filling.composite, truth, hole, window=window, lpips=lpips
        )
    return scores


def summarize(scores: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Means over pictures, of all and by the tenth of the hole's area.

    Args:
        scores: One of :func:`score_picture` a picture.

    Returns:
        ``total`` and ``deciles``, a dict by the names of ``DECILES`` without those that
        no picture falls in; each has ``pictures``, their number, and the means in the
        form of a score. A figure that some of the pictures lack is left out. A hole of
        exactly 10 % counts as 10-20 %.

    Raises:
        InputError: No scores.
    """
    if not scores:
        raise InputError("no picture was scored, there is nothing to sum up")
    groups: dict[str, list[dict]] = {}
    for score in sorted(scores, key=lambda score: score["area"]):
        groups.setdefault(decile(score["area"]), []).append(score)
    return dict(
        total=_means(scores),
        deciles={name: _means(group) for name, group in groups.items()},
    )


def decile(area: float) -> str:
    """The name of the tenth that a share in [0, 1] falls in.

    Example:
        >>> decile(0.0999), decile(0.1), decile(1)
        ('0-10 %', '10-20 %', '90-100 %')
    """
    # 0.3 of a picture is 0.3 however its pixels divide.
    return DECILES[min(int(area * 10 + 1e-9), 9)]


def bounding_square(hole: np.ndarray) -> Box:
    """The smallest square around the hole, of 11 pixels or more, within the picture.

    Args:
        hole: (H, W) bool with at least one hole pixel.

    Returns:
        Top, left, bottom, right, the latter two outside. Where the picture ends the
        square is moved inwards; where it is too narrow for it, the whole width counts.

    Example:
        >>> hole = np.zeros((40, 60), bool)
        >>> hole[20:24, 30:50] = True
        >>> bounding_square(hole)
        (12, 30, 32, 50)
    """
    spans = []
    for axis in (1, 0):
        along = np.flatnonzero(hole.any(axis))
        spans.append((int(along[0]), int(along[-1]) + 1))
    side = max(11, *(stop - start for start, stop in spans))
    starts, stops = [], []
    for (start, stop), length in zip(spans, hole.shape):
        first = start - (side - (stop - start)) // 2
        first = max(min(first, length - side), 0)
        starts.append(first)
        stops.append(min(first + side, length))
    return (*starts, *stops)


def _around(hole: np.ndarray) -> tuple[slice, slice]:
    spans = (np.flatnonzero(hole.any(axis)) for axis in (1, 0))
    return tuple(slice(max(s[0] - _MARGIN, 0), s[-1] + 1 + _MARGIN) for s in spans)


def _changed(picture: np.ndarray, truth: np.ndarray, known: np.ndarray) -> float:
    return float((picture != truth).any(axis=2)[known].mean())


def _errors(
    picture: np.ndarray, truth: np.ndarray, region: np.ndarray | None = None
) -> dict[str, float]:
    if region is None:
        region = np.ones(truth.shape[:2], bool)
    image, target = (p.transpose(2, 0, 1) / 255 for p in (picture, truth))
    return region_errors(image, target, region)


def _means(scores: Sequence[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = dict(pictures=len(scores))
    for key in ("area", "changed"):
        values = [score[key] for score in scores]
        found[key] = None if None in values else float(np.mean(values))
    for region in REGIONS:
        figures = set.intersection(*(set(score[region]) for score in scores))
        found[region] = {
            figure: float(np.mean([score[region][figure] for score in scores]))
            for figure in scores[0][region]
            if figure in figures
        }
    return found
