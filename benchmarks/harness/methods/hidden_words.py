"""Rows of the recipe, its controls and its floors: words of what is hidden."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ..suite import Method
from .catalogue import METHODS

_WORDS: dict[str, Any] = dict(type="VisualWords", cell=8, words=256)
_SOURCES = dict(
    bag="Gidaris et al. 2020",
    teacher="Gidaris et al. 2021",
    hog="Wei et al. 2022",
    pixels="He et al. 2022",
)


def _hidden(
    name: str,
    title: str,
    source: str = "",
    mask: Any = None,
    recipe: Method = METHODS["hidden-words"],
    **changes: Any,
) -> Method:
    """The recipe with something in it changed.

    Args:
        name: Name of the row.
        title: Title of the row.
        source: Publication of what is changed.
        mask: Another generator of holes.
        recipe: What is changed.
        **changes: Options of the model, by key.
    """
    made = {f"model.{key}": value for key, value in changes.items()}
    if mask is not None:
        made |= {f"{part}_dataloader.dataset.mask": mask for part in ("train", "val")}
    return replace(
        recipe,
        name=name,
        title=title,
        changes={**recipe.changes, **made},
        source=source or recipe.source,
    )


def _words(**changes: Any) -> dict[str, Any]:
    return {**_WORDS, **changes}


def _one(target: Mapping[str, Any], **setting: Any) -> dict[str, Any]:
    """Targets of a pretext that has one of them."""
    return dict(words=dict(target=dict(target), **setting))


def _patches(ratio: float, size: int = 16) -> dict[str, Any]:
    return dict(type="GridPatches", patch_size=size, ratio=ratio)


PLAIN = _hidden(
    "hidden-words-hole40", "40 % hidden", mask=_patches(0.4), holes_from=0.0
)
"""What the search began with: the same holes from the first step to the last."""


def controls(recipe: Method) -> tuple[Method, ...]:
    """Rows that hide what the recipe hides and ask the network for something else.

    Args:
        recipe: What they are controls of.
    """
    control = partial(_hidden, recipe=recipe)
    return (
        control(
            "hidden-words-visible",
            "holes, words of the visible cells",
            targets=_one(_WORDS, region="visible"),
        ),
        control(
            "hidden-pixels",
            "hidden pixels",
            _SOURCES["pixels"],
            targets=_one(dict(type="PixelTarget", cell=16)),
        ),
        control(
            "hidden-hog",
            "hidden HOG",
            _SOURCES["hog"],
            targets=_one(dict(type="HOGTarget", cell=8)),
        ),
        control(
            "hidden-words-random",
            "hidden words of a random vocabulary",
            targets=_one(_words(vocabulary="random")),
        ),
        control(
            "hidden-teacher-words",
            "hidden words of an averaged teacher",
            _SOURCES["teacher"],
            targets=_one(dict(type="TeacherWords")),
        ),
    )


def other_picture(recipe: Method) -> Method:
    """The recipe, asked for the words of another picture.

    Args:
        recipe: What it is a control of.
    """
    return _hidden(
        "hidden-words-other",
        "hidden words of another picture",
        recipe=recipe,
        targets=_one(dict(type="OtherPicture", of=_WORDS)),
    )


_explored = partial(_hidden, recipe=PLAIN)
EXPLORED = (
    _explored("hidden-words-cell16", "16 px cells", targets=_one(_words(cell=16))),
    _explored(
        "hidden-words-cell32",
        "32 px cells",
        mask=_patches(0.4, 32),
        targets=_one(_words(cell=32)),
    ),
    _explored("hidden-words-hole25", "25 % hidden", mask=_patches(0.25)),
    _explored("hidden-words-hole60", "60 % hidden", mask=_patches(0.6)),
    _explored("hidden-words-hole75", "75 % hidden", mask=_patches(0.75)),
    _explored(
        "hidden-words-all",
        "holes, words of all cells",
        targets=_one(_WORDS, region="all"),
    ),
    _explored(
        "hidden-words-stages",
        "hidden words, from layer2 too",
        targets=dict(
            words=dict(target=_WORDS),
            words_early=dict(target=_WORDS, stage=0, weight=0.25),
        ),
        **{"backbone.out_indices": (2, 4)},
    ),
    _explored(
        "hidden-words-late40", "40 % hidden in the second half alone", holes_from=0.5
    ),
    _explored(
        "hidden-bag",
        "hidden words and the bag of the whole",
        _SOURCES["bag"],
        targets=dict(
            words=dict(target=_WORDS),
            # Behind the words also where keys are sorted, as a dumped config has them.
            words_bag=dict(type="BagOfWords", words="words"),
        ),
    ),
)
"""Variants in which the hole may pay: larger cells and holes, later holes, a bag, the
words of what is seen beside those of what is hidden."""


def jittered(method: Method, size: int) -> Method:
    """A method of one view with colours, grey and blur of SimCLR, made of the batch.

    Args:
        method: The pictures of its config are crops that may be flipped.
        size: Side of the crops in pixels.
    """
    transforms = [
        dict(type="RandomResizedCrop", size=size, scale=(0.2, 1.0)),
        dict(type="RandomHorizontalFlip"),
        dict(type="BatchJitter"),
    ]
    return replace(
        method,
        name=f"{method.name}-jitter",
        title=f"{method.title}, jittered",
        changes={**method.changes, "train_dataloader.dataset.transforms": transforms},
    )


DESCRIPTORS = (
    Method(
        "pixels",
        "pixels, no network",
        kind="descriptor",
        changes=dict(target=None, grids=[16, 8]),
    ),
    Method(
        "hog",
        "HOG, no network",
        kind="descriptor",
        changes=dict(target=dict(type="HOGTarget", cell=8, colour=True), grids=[9, 4]),
        source="Dalal and Triggs 2005",
    ),
    Method(
        "bag-of-words",
        "bag of words, no network",
        kind="descriptor",
        changes=dict(target=_WORDS, grids=[3, 1]),
        source="Sivic and Zisserman 2003",
    ),
)
"""Layers are grids; the last one is the coarsest."""
