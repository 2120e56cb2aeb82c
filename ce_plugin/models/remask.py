"""Keeps holes empty inside an encoder, stage by stage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch.nn.functional as F
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.unwrap import unwrap


def stages_of(backbone: nn.Module) -> list[nn.Module]:
    """The stages of a timm or OpenMMLab CNN, in order.

    Raises:
        InputError: The network names none.
    """
    backbone = unwrap(backbone)
    net = getattr(backbone, "net", backbone)
    model = getattr(net, "model", net)
    info = getattr(net, "feature_info", None)
    if info is not None:
        # timm's wrappers of features know each level's module.
        levels = [level["module"] for level in info.info]
        parts = dict(model.named_modules())
        found = [parts[name] for name in levels if name in parts]
    elif hasattr(backbone, "res_layers"):
        found = [getattr(backbone, name) for name in backbone.res_layers]
    else:
        found = list(getattr(backbone, "stages", ()))
    if not found:
        raise InputError(
            f"remask: {type(backbone).__name__} does not say which its stages are; set "
            "remask=False or take a CNN of timm or OpenMMLab"
        )
    return found


@contextmanager
def remasked(backbone: nn.Module, mask: Tensor) -> Iterator[None]:
    """Inside, every stage's map is set to 0 where the picture has a hole.

    A position is emptied where more than half of its pixels are hidden. Transformers
    and other networks whose stages give no (B, C, h, w) pass unchanged.

    Args:
        backbone: The encoder.
        mask: (B, 1, H, W) bool, True = hole.

    Source: Tian et al. 2023, "SparK", and Woo et al. 2023, "ConvNeXt V2", who empty
    holes with sparse convolutions or after each; here after each stage.
    """
    hidden = mask.float()

    def empty(module: nn.Module, inputs: tuple, output: Tensor) -> Tensor:
        if not isinstance(output, Tensor) or output.ndim != 4:
            return output
        share = F.adaptive_avg_pool2d(hidden, output.shape[-2:])
        return output * (share <= 0.5).to(output.dtype)

    handles = [stage.register_forward_hook(empty) for stage in stages_of(backbone)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
