"""The encoder on its way out."""

from __future__ import annotations

import platform
from pathlib import Path

import mmengine
import torch
import torchvision
from mmengine.config import Config
from mmengine.runner.checkpoint import get_state_dict
from torch import nn

from ce_plugin import __version__
from ce_plugin.unwrap import unwrap

from .files import replace_file
from .plain import to_plain


def encoder_meta(
    model: nn.Module, cfg: Config, data: dict, iterations: int, seed: int
) -> dict:
    """What one has to know of an encoder to use it, as plain values.

    Args:
        model: The pretext; its preprocessor says how pictures are normalised.
        cfg: The run's config.
        data: The dataset's description.
        iterations: Training iterations.
        seed: The run's seed.

    Returns:
        ``backbone`` (its config), ``out_channels``, ``out_strides``, ``normalization``
        (``mean`` and ``std`` in 0..255 and in the network's channel order, ``bgr``),
        ``pretext``, ``data``, ``iterations``, ``batch_size``, ``seed``, ``versions``.
    """
    prep = model.data_preprocessor
    contract = model.features
    return to_plain(
        dict(
            backbone=cfg.model.backbone.to_dict(),
            out_channels=contract.out_channels,
            out_strides=contract.out_strides,
            normalization=dict(
                mean=prep.mean.flatten().tolist(),
                std=prep.std.flatten().tolist(),
                bgr=prep.bgr,
            ),
            pretext=type(model).__name__,
            data=data,
            iterations=iterations,
            batch_size=cfg.train_dataloader.batch_size,
            seed=seed,
            versions=dict(
                ce_plugin=__version__,
                python=platform.python_version(),
                torch=torch.__version__,
                torchvision=torchvision.__version__,
                mmengine=mmengine.__version__,
            ),
        )
    )


def export_encoder(backbone: nn.Module, path: Path, meta: dict) -> int:
    """Writes ``{'state_dict': tensors, 'meta': plain values}``, whole or not at all.

    The keys are the backbone's own, without a prefix; the file loads with
    ``weights_only=True`` and without this package.

    Args:
        backbone: The encoder, distributed or not.
        path: The file to write.
        meta: See :func:`encoder_meta`.

    Returns:
        The number of tensors.
    """
    backbone = unwrap(backbone)
    state = {k: v.detach().cpu().clone() for k, v in get_state_dict(backbone).items()}
    part = path.with_name(f".{path.name}.part")
    try:
        torch.save(dict(state_dict=state, meta=meta), part)
        replace_file(part, path)
    finally:
        part.unlink(missing_ok=True)
    return len(state)


def paste_lines(meta: dict, path: str | Path) -> dict[str, str]:
    """Lines for an mmdet and an mmseg config that start from an exported encoder.

    A ResNet goes into the stock config; other encoders are found through this package,
    without an import line.

    Args:
        meta: The file's ``meta``.
        path: Where the file is.

    Returns:
        ``mmdet`` and ``mmseg``: Python source.
    """
    backbone = dict(meta["backbone"])
    norm = meta["normalization"]
    name = str(backbone.get("model_name", ""))
    init = f"init_cfg=dict(type='Pretrained', checkpoint={str(path)!r})"
    if name in ("resnet18", "resnet34", "resnet50", "resnet101"):
        depth = int(name.removeprefix("resnet"))
        network = f"type='ResNet', depth={depth}"
        levels = [64, 128, 256, 512] if depth < 50 else [256, 512, 1024, 2048]
    else:
        kind = backbone.pop("type").split(".")[-1]
        backbone.pop("out_indices", None)
        backbone.pop("init_cfg", None)
        args = "".join(f", {key}={value!r}" for key, value in backbone.items())
        network = f"type='ce_plugin.{kind}'{args}"
        levels = None
    prep = (
        "data_preprocessor=dict("
        f"mean={[round(v, 3) for v in norm['mean']]}, "
        f"std={[round(v, 3) for v in norm['std']]}, bgr_to_rgb={not norm['bgr']})"
    )
    network = f"dict(\n        {network},\n        {init})"
    neck = f",\n    neck=dict(in_channels={levels})" if levels else ""
    note = "" if levels else "# choose out_indices, and in_channels of neck or head\n"
    return dict(
        mmdet=f"{note}model = dict(\n    {prep},\n    backbone={network}{neck})",
        mmseg=f"{note}model = dict(\n    pretrained=None,\n    {prep},\n"
        f"    backbone={network})",
    )
