"""Compares a model's normalisation of pictures with the encoder's."""

from __future__ import annotations

import logging
import sys

from mmengine.logging import print_log
from torch import nn

LINE = "!" * 79


def warn_of_other_input(module: nn.Module, meta: dict, source: str) -> None:
    """Warns, loudly, where a model's preprocessor is not the encoder's.

    An encoder that was trained on RGB and sees BGR, or other means and deviations,
    still works, only worse: nothing else would tell.

    Args:
        module: The backbone that is being initialised.
        meta: The encoder file's; without ``normalization`` nothing can be compared, and
            that is said.
        source: The file's name.
    """
    model = _model_around(module)
    preprocessor = getattr(model, "data_preprocessor", None)
    if preprocessor is None:
        return
    wanted = meta.get("normalization")
    if not wanted:
        print_log(
            f"{source} does not say how its pictures were normalised; it could not be "
            "compared with data_preprocessor",
            "current",
            logging.WARNING,
        )
        return
    wrong = input_differences(preprocessor, wanted)
    if wrong:
        text = (
            f"data_preprocessor is not the encoder's: {'; '.join(wrong)}. The encoder "
            f"in {source} has learned from such pictures only; set "
            f"data_preprocessor=dict(mean={wanted['mean']}, std={wanted['std']}, "
            f"bgr_to_rgb={not wanted['bgr']})"
        )
        print_log(f"\n{LINE}\n{text}\n{LINE}", "current", logging.WARNING)


def input_differences(preprocessor: nn.Module, wanted: dict) -> list[str]:
    """The differences of an OpenMMLab preprocessor from an encoder's ``normalization``.

    Pictures come to mmdet and mmseg as BGR.

    Args:
        preprocessor: A preprocessor of mmengine, mmdet or mmseg, or this package's own.
        wanted: ``mean`` and ``std`` in 0..255 in the network's channel order, ``bgr``.

    Returns:
        One phrase each, none where all is alike.
    """
    wrong = []
    for name in ("mean", "std"):
        value = getattr(preprocessor, name, None)
        if value is None:
            wrong.append(f"it has no {name}, the encoder {_short(wanted[name])}")
            continue
        value = value.flatten().tolist()
        # Caffe's means go round in versions that differ by a grey level.
        near = 2 if name == "mean" else 0.5
        pairs = zip(value, wanted[name])
        if len(value) != 3 or any(abs(a - b) > near for a, b in pairs):
            wrong.append(f"{name} {_short(value)} for {_short(wanted[name])}")
    if hasattr(preprocessor, "bgr"):
        bgr = bool(preprocessor.bgr)
    else:
        converts = getattr(
            preprocessor,
            "_channel_conversion",
            getattr(preprocessor, "channel_conversion", False),
        )
        bgr = not converts
    if bgr != bool(wanted["bgr"]):
        names = {True: "BGR", False: "RGB"}
        wrong.append(f"channels {names[bgr]} for {names[not bgr]}")
    return wrong


def _short(values: list[float]) -> str:
    return "(" + ", ".join(f"{v:g}" for v in values) + ")"


def _model_around(module: nn.Module) -> nn.Module | None:
    """The model whose ``init_weights`` is running.

    mmengine hands an initialiser the part only. The model is on the way here, up the
    stack; no other way leads from a part to its whole.
    """
    frame, found = sys._getframe(), None
    while frame is not None:
        owner = frame.f_locals.get("self")
        model = isinstance(owner, nn.Module) and hasattr(owner, "data_preprocessor")
        if model and any(part is module for part in owner.modules()):
            found = owner
        frame = frame.f_back
    return found
