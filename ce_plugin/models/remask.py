"""Keeps holes empty inside an encoder, stage by stage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.unwrap import unwrap

# Attributes of OpenMMLab's networks that hold their stages, or the names of these.
_OPENMMLAB = ("res_layers", "cr_blocks", "layers", "stages")


def stages_of(backbone: nn.Module) -> list[nn.Module]:
    """The stages of a timm or OpenMMLab CNN, in order.

    Raises:
        InputError: The network names none.
    """
    backbone = unwrap(backbone)
    net = getattr(backbone, "net", backbone)
    model = getattr(net, "model", net)
    info = getattr(net, "feature_info", None)
    if getattr(model, "output_fmt", "NCHW") != "NCHW":
        # Of timm's networks whose stages give (B, H, W, C).
        found: list[nn.Module] = []
    elif info is not None:
        # timm's wrappers of features know each level's module.
        levels = [level["module"] for level in info.info]
        parts = dict(model.named_modules())
        found = [parts[name] for name in levels if name in parts]
    else:
        named = (getattr(backbone, name, ()) for name in _OPENMMLAB)
        found = next((parts for x in named if (parts := _modules(backbone, x))), [])
    if not found:
        raise InputError(
            f"remask: {type(backbone).__name__} does not say which its stages are, or "
            "they give no (B, C, h, w); set remask=False or take a CNN of timm or "
            "OpenMMLab"
        )
    return found


def _modules(backbone: nn.Module, parts: Any) -> list[nn.Module]:
    """Modules, given as such or by the names of the network's attributes."""
    if not isinstance(parts, Iterable):
        return []
    found = [getattr(backbone, x) if isinstance(x, str) else x for x in parts]
    return found if all(isinstance(x, nn.Module) for x in found) else []


@contextmanager
def remasked(backbone: nn.Module, mask: Tensor) -> Iterator[None]:
    """Inside, every stage's map is set to 0 where the picture has a hole.

    A position is emptied where more than half of its pixels are hidden.

    Args:
        backbone: The encoder.
        mask: (B, 1, H, W) bool, True = hole.

    Raises:
        InputError: The network names no stages, or on leaving: it was called, and no
            stage gave a map (B, C, h, w), as with a transformer.

    Source: Tian et al. 2023, "SparK", and Woo et al. 2023, "ConvNeXt V2", who empty
    holes with sparse convolutions or after each; here after each stage.
    """
    hidden, seen = mask.float(), []

    def empty(module: nn.Module, inputs: tuple, output: Tensor) -> Tensor:
        is_map = isinstance(output, Tensor) and output.ndim == 4
        seen.append(is_map)
        if not is_map:
            return output
        share = F.adaptive_avg_pool2d(hidden, output.shape[-2:])
        return output * (share <= 0.5).to(output.dtype)

    handles = [stage.register_forward_hook(empty) for stage in stages_of(backbone)]
    called = backbone.register_forward_hook(lambda *_: seen.append(False))
    try:
        yield
    finally:
        for handle in (*handles, called):
            handle.remove()
    if seen and not any(seen):
        raise InputError(
            f"remask: no stage of {type(unwrap(backbone)).__name__} gives a map; set "
            "remask=False or take a CNN of timm or OpenMMLab"
        )
