"""Selective search over the pictures of a list, in several processes, resumable."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from ce_plugin.errors import InputError

CONTRIB = (
    "selective search is in OpenCV's contrib build, which takes the place of "
    "opencv-python: pip uninstall -y opencv-python opencv-python-headless; pip install "
    "opencv-contrib-python-headless"
)
# Maps a picture (H, W, 3), uint8, BGR, to boxes (n, 4), x y width height, best first.
Segmenter = Callable[[np.ndarray], np.ndarray]


class SelectiveSearch:
    """OpenCV's selective search: (H, W, 3) uint8 BGR to boxes (n, 4), best first.

    Args:
        mode: 'fast' (HSV and Lab, what Fast R-CNN's proposals were made with),
            'quality' (more colour spaces and scales) or 'single'.

    Raises:
        InputError: OpenCV is there without its contrib modules.

    Source: Uijlings et al., Selective Search for Object Recognition, IJCV 2013.
    """

    def __init__(self, mode: str = "fast") -> None:
        import cv2

        if not hasattr(cv2, "ximgproc"):
            raise InputError(CONTRIB)
        self.mode = mode

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        import ctypes

        import cv2

        search = cv2.ximgproc.segmentation.createSelectiveSearchSegmentation()
        search.setBaseImage(picture)
        if self.mode == "single":
            search.switchToSingleStrategy()
        elif self.mode == "quality":
            search.switchToSelectiveSearchQuality()
        else:
            search.switchToSelectiveSearchFast()
        # The order of the boxes is drawn with C's rand(): the same for every picture,
        # so that it depends neither on the one before nor on the number of processes.
        ctypes.CDLL("msvcrt" if os.name == "nt" else None).srand(0)
        return np.asarray(search.process()).reshape(-1, 4)


def select(rects: np.ndarray, min_size: int = 20, maximum: int = 2000) -> np.ndarray:
    """The first ``maximum`` boxes whose sides have ``min_size`` pixels, as corners.

    20 is the default of selective search's own code, which R-CNN and with it Fast R-CNN
    took over; about 2000 is what both use.

    Args:
        rects: (n, 4), x y width height in pixels, best first.
        min_size: Shortest side that is kept, in pixels.
        maximum: How many are kept.

    Returns:
        (m, 4), x1 y1 x2 y2 from 0 on, both corners inside the box, as VOC counts.

    Example:
        >>> import numpy as np
        >>> select(np.array([[0, 0, 10, 90], [5, 0, 30, 40]])).tolist()
        [[5, 0, 34, 39]]
    """
    rects = np.asarray(rects)
    rects = rects[(rects[:, 2:] >= min_size).all(1)][:maximum]
    return np.concatenate([rects[:, :2], rects[:, :2] + rects[:, 2:] - 1], 1)


_segment: Segmenter


def _start(segment: Segmenter) -> None:
    global _segment
    _segment = segment


def _boxes_of(path: str) -> tuple[str, np.ndarray]:
    import cv2

    cv2.setNumThreads(1)
    picture = cv2.imread(path)
    if picture is None:
        raise InputError(f"cannot read {path}; is it a picture?")
    return Path(path).stem, _segment(picture)


def _all_boxes(paths: list[str], segment: Segmenter, workers: int) -> Iterator:
    if workers <= 1:
        _start(segment)
        yield from map(_boxes_of, paths)
        return
    from multiprocessing import get_context

    with get_context("spawn").Pool(workers, _start, [segment]) as pool:
        yield from pool.imap_unordered(_boxes_of, paths)


def compute(
    root: str,
    names: list[str],
    segment: Segmenter,
    part: Path,
    settings: dict,
    workers: int = 1,
) -> dict[str, np.ndarray]:
    """Proposals of each picture; what is in the file ``part`` is not computed again.

    Args:
        root: The folder of one year.
        names: Names of pictures in its ``JPEGImages``.
        segment: Maps a picture (H, W, 3), uint8, BGR, to boxes (n, 4), x y width
            height, best first.
        part: Gets a line for each picture as soon as it is done.
        settings: ``min_size`` and ``maximum`` of :func:`select`, and whatever else a
            run that goes on must share.
        workers: Processes.

    Returns:
        Boxes (n, 4) by name, as from :func:`select`.

    Raises:
        InputError: A picture cannot be read, or ``part`` has other settings.
    """
    boxes = _read_part(part, settings)
    limits = {key: settings[key] for key in ("min_size", "maximum")}
    todo = [str(Path(root, "JPEGImages", f"{n}.jpg")) for n in names if n not in boxes]
    if boxes:
        print(f"{len(names) - len(todo)} of {len(names)} pictures are in {part}")
    begin = time.monotonic()
    with open(part, "a", encoding="utf-8") as file:
        if not file.tell():
            file.write(json.dumps(settings) + "\n")
        for i, (name, rects) in enumerate(_all_boxes(todo, segment, workers), 1):
            chosen = select(rects, **limits)
            boxes[name] = chosen
            file.write(json.dumps([name, chosen.tolist()]) + "\n")
            file.flush()
            if i % 100 == 0 or i == len(todo):
                left = (time.monotonic() - begin) / i * (len(todo) - i)
                print(f"{i}/{len(todo)} pictures, {left / 60:.1f} min left", flush=True)
    return {name: np.asarray(boxes[name]).reshape(-1, 4) for name in names}


def _read_part(part: Path, settings: dict) -> dict[str, list]:
    """The results of an interrupted run, without an unfinished last line."""
    if not part.exists():
        return {}
    data = part.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        with open(part, "r+b") as file:
            file.truncate(len(whole))
    try:
        lines = [json.loads(line) for line in whole.splitlines()]
    except ValueError as error:
        raise InputError(f"{part} is damaged; remove it to begin anew") from error
    if lines and lines[0] != settings:
        raise InputError(
            f"{part} was begun with {lines[0]}, not {settings}; remove it to begin anew"
        )
    return dict(lines[1:])
