"""All methods by name; a suite takes some and changes what its size requires."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..suite import Method

_PRETRAIN = "pretrain/{}.py"
_INPAINTING = "context-encoder_r18-half_patches-96"
_HOLE = dict(type="ReconstructionLoss", region="hole")


def _inpainting(mask: dict[str, Any]) -> dict[str, Any]:
    """The Context Encoder with another hole and the plain pixels as its target."""
    return {
        "train_dataloader.dataset.mask": mask,
        "val_dataloader.dataset.mask": mask,
        "model.reconstruction": _HOLE,
    }


_PATHAK = "Pathak et al. 2016"
_HOLES = dict(center="CenterRegion", blocks="RandomBlock", region="RandomRegion")
# Name, title, file in configs/pretrain, publication.
_TRAINED = (
    ("autoencoder", "autoencoder", "autoencoder_r50-224", f"{_PATHAK}, baseline"),
    (
        *("denoising-autoencoder", "denoising autoencoder"),
        *("denoising-autoencoder_r50-224", "Vincent et al. 2008"),
    ),
    (
        *("context-encoder-patches", "Context Encoder, patches", _INPAINTING),
        f"{_PATHAK}; patches and target of He et al. 2022",
    ),
    (
        *("hidden-words", "hidden words", "hidden-words_r18-half-96"),
        "Gidaris et al. 2020; Hsu et al. 2021, for speech",
    ),
    (
        *("seen-words", "no hole, words of all cells", "seen-words_r18-half-96"),
        "control of hidden words",
    ),
    (
        *("context-restoration", "context restoration"),
        *("context-restoration_r50-224", "Chen et al. 2019"),
    ),
    ("rotation", "rotation", "rotation_r50-224", "Gidaris et al. 2018"),
    (
        *("relative-location", "relative location"),
        *("relative-location_r50-224", "Doersch et al. 2015"),
    ),
    ("jigsaw", "jigsaw", "jigsaw_r50-224", "Noroozi and Favaro 2016"),
    ("colorization", "colorization", "colorization_r50-224", "Zhang et al. 2016"),
    ("simclr", "SimCLR", "simclr_r50-224", "Chen et al. 2020"),
    ("moco", "MoCo v2", "moco_r50-224", "Chen et al. 2020"),
    ("byol", "BYOL", "byol_r50-224", "Grill et al. 2020"),
    ("simsiam", "SimSiam", "simsiam_r50-224", "Chen and He 2021"),
    ("barlow-twins", "Barlow Twins", "barlow-twins_r50-224", "Zbontar et al. 2021"),
    ("vicreg", "VICReg", "vicreg_r50-224", "Bardes et al. 2022"),
    ("swav", "SwAV", "swav_r50-224", "Caron et al. 2020"),
    ("dino", "DINO", "dino_r50-224", "Caron et al. 2021"),
    ("densecl", "DenseCL", "densecl_r50-224", "Wang et al. 2021"),
    ("mae", "MAE", "mae_vit-base-224", "He et al. 2022"),
    ("simmim", "SimMIM", "simmim_vit-base-224", "Xie et al. 2022"),
)
_ALL = (
    Method("random", "random init", kind="random"),
    Method(
        "data-dependent",
        "data-dependent init",
        kind="data-dependent",
        source="Krähenbühl et al. 2016",
    ),
    *(
        Method(
            f"context-encoder-{hole}",
            f"Context Encoder, {hole}",
            _PRETRAIN.format(_INPAINTING),
            changes=_inpainting(dict(type=mask)),
            source=_PATHAK,
        )
        for hole, mask in _HOLES.items()
    ),
    *(
        Method(name, title, _PRETRAIN.format(config), source=source)
        for name, title, config, source in _TRAINED
    ),
    Method(
        "supervised",
        "supervised",
        "classification/supervised_r18-half_voc-96.py",
        kind="supervised",
        data="voc",
    ),
)
METHODS = {method.name: method for method in _ALL}


def method(name: str, **changes: Any) -> Method:
    """A method with a suite's own changes on top of its usual ones.

    Args:
        name: Key of :data:`METHODS`.
        **changes: Config keys with ``__`` in place of dots.

    Example:
        >>> method("moco", model__queue=512).changes
        {'model.queue': 512}
    """
    known = METHODS[name]
    dotted = {key.replace("__", "."): value for key, value in changes.items()}
    return replace(known, changes={**known.changes, **dotted})
