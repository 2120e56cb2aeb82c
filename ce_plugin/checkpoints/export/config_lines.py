"""Lines that put an exported encoder into other people's configs."""

from __future__ import annotations

from pathlib import Path

# Depth and expansion of the ResNets that mmdet, mmseg and timm all have.
_RESNETS = {"resnet18": 1, "resnet34": 1, "resnet50": 4, "resnet101": 4}


def stock_resnet(backbone: dict) -> dict | None:
    """The stock ResNet of mmdet and mmseg that computes what a timm ResNet does.

    Args:
        backbone: Config of a :class:`~ce_plugin.models.TimmBackbone`.

    Returns:
        Arguments of ``type='ResNet'``, and None where there is none: another network,
        or one whose stages do not double.

    Example:
        >>> stock_resnet(dict(model_name='resnet18', channels=(32, 64, 128, 256)))
        {'type': 'ResNet', 'depth': 18, 'base_channels': 32, 'stem_channels': 64}
    """
    name = str(backbone.get("model_name", ""))
    known = {"type", "model_name", "channels", "out_indices", "pretrained", "init_cfg"}
    if name not in _RESNETS or set(backbone) - known:
        return None
    base, *others = backbone.get("channels", (64, 128, 256, 512))
    if others != [base * 2, base * 4, base * 8]:
        return None
    network = dict(type="ResNet", depth=int(name.removeprefix("resnet")))
    return (
        network if base == 64 else network | dict(base_channels=base, stem_channels=64)
    )


def paste_lines(meta: dict, path: str | Path) -> dict[str, str]:
    """Lines for an mmdet and an mmseg config that start from an exported encoder.

    A ResNet goes into the stock config, with what FPN and FCN's two heads take then;
    other encoders are found through this package, without an import line.

    Args:
        meta: The file's ``meta``.
        path: Where the file is.

    Returns:
        ``mmdet`` and ``mmseg``: Python source.
    """
    backbone = dict(meta["backbone"])
    norm = meta["normalization"]
    init = (
        f"init_cfg=dict(type='ce_plugin.PretrainedEncoder', checkpoint={str(path)!r})"
    )
    neck = heads = note = ""
    network = stock_resnet(backbone)
    if network is not None:
        wide = _RESNETS[backbone["model_name"]] * network.get("base_channels", 64)
        maps = [wide * 2**i for i in range(4)]
        neck = f",\n    neck=dict(in_channels={maps})"
        heads = (
            f",\n    decode_head=dict(in_channels={maps[3]})"
            f",\n    auxiliary_head=dict(in_channels={maps[2]})"
        )
    else:
        note = "# choose out_indices, and in_channels of neck or head\n"
        kind = str(backbone.pop("type")).rpartition(".")[2]
        network = dict(type=f"ce_plugin.{kind}", **backbone)
        for key in ("out_indices", "init_cfg", "pretrained"):
            network.pop(key, None)
    # Norms whose statistics come from other pictures are to be trained on.
    trained = ", norm_eval=False, frozen_stages=-1" if neck else ""
    arguments = ", ".join(f"{key}={value!r}" for key, value in network.items())
    prep = (
        "data_preprocessor=dict("
        f"mean={[round(v, 3) for v in norm['mean']]}, "
        f"std={[round(v, 3) for v in norm['std']]}, bgr_to_rgb={not norm['bgr']})"
    )

    def lines(extra: str) -> str:
        return f"dict(\n        {arguments}{extra},\n        {init})"

    return dict(
        mmdet=f"{note}model = dict(\n    {prep},\n    backbone={lines(trained)}{neck})",
        mmseg=f"{note}model = dict(\n    pretrained=None,\n    {prep},\n"
        f"    backbone={lines('')}{heads})",
    )
