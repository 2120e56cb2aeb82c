"""What the suites for choosing and for the final comparison have in common."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .methods import METHODS
from .methods.hidden_words import (
    DESCRIPTORS,
    EXPLORED,
    PLAIN,
    controls,
    jittered,
    other_picture,
)
from .methods.variants import with_setting
from .suite import Method
from .suites import load_suite

__all__ = ["CHOSEN", "DESCRIPTORS", "EXPLORED", "OURS", "PLAIN", "RIVALS", "SMALL"]
__all__ += ["ceiling", "chosen", "controls", "jittered", "known", "other_picture"]

OURS = "hidden-words"
RIVALS = ("rotation", "simclr", "moco", "byol")
_VIEWS = dict(simclr="SimCLR", moco="MoCoV2", byol="BYOL")
"""lightly's names: their views are made of the whole batch, as a jitter of any other
pretext would be; picture by picture they took a third of the budget."""

CHOSEN: dict[str, tuple[float, int]] = {
    "hidden-words": (3e-3, 64),
    "seen-words": (1e-3, 64),
    "rotation": (1e-3, 32),
    "simclr": (3e-3, 64),
    "moco": (1e-3, 64),
    "byol": (1e-3, 64),
}
"""Learning rate and batch size by method, as the trials of ``voc320_choose`` say."""

# Network and recipe are those of the small suite.
SMALL = replace(load_suite("voc320_cpu"), hooks=(dict(type="NormStatisticsHook"),))


def known(name: str) -> Method:
    """A method with what the small suite cuts to the length of the training."""
    found = {method.name: method for method in SMALL.methods}.get(name, METHODS[name])
    if found.kind == "random":
        # As NormStatisticsHook does it for all that learn.
        return replace(found, changes=dict(norm_statistics=True))
    if name not in _VIEWS:
        return found
    views = [dict(type="BatchViews", method=_VIEWS[name], size=SMALL.size)]
    changes = {**found.changes, "train_dataloader.dataset.transforms": views}
    return replace(found, changes=changes)


def chosen(name: str) -> Method:
    """A method as it goes into a final comparison: with the settings it was given."""
    method = known(name)
    return with_setting(method, *CHOSEN[name]) if name in CHOSEN else method


def ceiling(data: str, seeds: int) -> Method:
    """The network that learns the labels of ``train``.

    Args:
        data: Entry of the suite's data: a VOCdevkit.
        seeds: Only so many.
    """
    side = SMALL.size
    crop = dict(type="RandomResizedCrop", size=side, scale=(0.2, 1.0))
    whole = dict(type="Resize", size=(side, side), antialias=True)
    sets: dict[str, list[dict[str, Any]]] = dict(
        train=[crop, dict(type="RandomHorizontalFlip")], val=[whole]
    )
    changes = {
        # It knows no part that is held out, and the suite's recipe names one.
        f"{part}_dataloader.dataset": dict(
            type="VOCLabels", image_set=part, cache_mb=2048, transforms=transforms
        )
        for part, transforms in sets.items()
    }
    return replace(METHODS["supervised"], changes=changes, data=data, seeds=seeds)
