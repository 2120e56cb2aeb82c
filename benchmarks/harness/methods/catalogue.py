"""Every method by name; a suite picks from these and changes what its size asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..suite import Method

_PRETRAIN = "pretrain/{}.py"
_INPAINTING = _PRETRAIN.format("context-encoder_r18-half_patches-96")
_HOLE = dict(type="ReconstructionLoss", region="hole")


def _inpainting(mask: dict[str, Any]) -> dict[str, Any]:
    """The Context Encoder with another hole and the plain pixels as its target."""
    return {
        "train_dataloader.dataset.mask": mask,
        "val_dataloader.dataset.mask": mask,
        "model.reconstruction": _HOLE,
    }


_ALL = (
    Method("random", "random init", kind="random"),
    Method(
        "data-dependent",
        "data-dependent init",
        kind="data-dependent",
        source="Krähenbühl et al. 2016",
    ),
    Method(
        "autoencoder",
        "autoencoder",
        _PRETRAIN.format("autoencoder_r50-224"),
        source="Pathak et al. 2016, baseline",
    ),
    Method(
        "denoising-autoencoder",
        "denoising autoencoder",
        _PRETRAIN.format("denoising-autoencoder_r50-224"),
        source="Vincent et al. 2008",
    ),
    Method(
        "context-encoder-center",
        "Context Encoder, center",
        _INPAINTING,
        changes=_inpainting(dict(type="CenterRegion")),
        source="Pathak et al. 2016",
    ),
    Method(
        "context-encoder-blocks",
        "Context Encoder, blocks",
        _INPAINTING,
        changes=_inpainting(dict(type="RandomBlock")),
        source="Pathak et al. 2016",
    ),
    Method(
        "context-encoder-region",
        "Context Encoder, region",
        _INPAINTING,
        changes=_inpainting(dict(type="RandomRegion")),
        source="Pathak et al. 2016",
    ),
    Method(
        "context-encoder-patches",
        "Context Encoder, patches",
        _INPAINTING,
        source="Pathak et al. 2016; patches and target of He et al. 2022",
    ),
    Method(
        "hidden-words",
        "hidden words",
        _PRETRAIN.format("hidden-words_r18-half-96"),
        source="Gidaris et al. 2020; Hsu et al. 2021, for speech",
    ),
    Method(
        "seen-words",
        "no hole, words of all cells",
        _PRETRAIN.format("seen-words_r18-half-96"),
        source="control of hidden words",
    ),
    Method(
        "context-restoration",
        "context restoration",
        _PRETRAIN.format("context-restoration_r50-224"),
        source="Chen et al. 2019",
    ),
    Method(
        "rotation",
        "rotation",
        _PRETRAIN.format("rotation_r50-224"),
        source="Gidaris et al. 2018",
    ),
    Method(
        "relative-location",
        "relative location",
        _PRETRAIN.format("relative-location_r50-224"),
        source="Doersch et al. 2015",
    ),
    Method(
        "jigsaw",
        "jigsaw",
        _PRETRAIN.format("jigsaw_r50-224"),
        source="Noroozi and Favaro 2016",
    ),
    Method(
        "colorization",
        "colorization",
        _PRETRAIN.format("colorization_r50-224"),
        source="Zhang et al. 2016",
    ),
    Method(
        "simclr",
        "SimCLR",
        _PRETRAIN.format("simclr_r50-224"),
        source="Chen et al. 2020",
    ),
    Method(
        "moco",
        "MoCo v2",
        _PRETRAIN.format("moco_r50-224"),
        source="Chen et al. 2020",
    ),
    Method(
        "byol",
        "BYOL",
        _PRETRAIN.format("byol_r50-224"),
        source="Grill et al. 2020",
    ),
    Method(
        "simsiam",
        "SimSiam",
        _PRETRAIN.format("simsiam_r50-224"),
        source="Chen and He 2021",
    ),
    Method(
        "barlow-twins",
        "Barlow Twins",
        _PRETRAIN.format("barlow-twins_r50-224"),
        source="Zbontar et al. 2021",
    ),
    Method(
        "vicreg",
        "VICReg",
        _PRETRAIN.format("vicreg_r50-224"),
        source="Bardes et al. 2022",
    ),
    Method(
        "swav",
        "SwAV",
        _PRETRAIN.format("swav_r50-224"),
        source="Caron et al. 2020",
    ),
    Method(
        "dino",
        "DINO",
        _PRETRAIN.format("dino_r50-224"),
        source="Caron et al. 2021",
    ),
    Method(
        "densecl",
        "DenseCL",
        _PRETRAIN.format("densecl_r50-224"),
        source="Wang et al. 2021",
    ),
    Method("mae", "MAE", _PRETRAIN.format("mae_vit-base-224"), source="He et al. 2022"),
    Method(
        "simmim",
        "SimMIM",
        _PRETRAIN.format("simmim_vit-base-224"),
        source="Xie et al. 2022",
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
        name: See :data:`METHODS`.
        **changes: Config keys with ``__`` in place of dots.

    Example:
        >>> method("moco", model__queue=512).changes
        {'model.queue': 512}
    """
    known = METHODS[name]
    dotted = {key.replace("__", "."): value for key, value in changes.items()}
    return replace(known, changes={**known.changes, **dotted})
