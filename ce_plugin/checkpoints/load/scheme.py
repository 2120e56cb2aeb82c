"""``ce_plugin://NAME`` wherever mmengine loads a checkpoint."""

from __future__ import annotations

import torch
from mmengine.runner import CheckpointLoader

from ce_plugin.zoo import SCHEME

from .read import read_file


# Again after a reload of this module, as in a notebook.
@CheckpointLoader.register_scheme(prefixes=SCHEME, force=True)
def load_from_package(
    filename: str, map_location: str | torch.device | None = None
) -> dict:
    """What mmengine's ``load_checkpoint`` takes for such a name.

    Importing :mod:`ce_plugin.checkpoints` registers it, and so does any
    ``type='ce_plugin.X'`` of a model or an initialiser: ``load_from``, and ``init_cfg``
    of the type ``Pretrained``, then take the name. ``ce_plugin.PretrainedEncoder``
    takes it as well and proves that all has been loaded.

    Args:
        filename: ``ce_plugin://NAME``.
        map_location: Device of the tensors; the CPU by default.

    Returns:
        ``state_dict``, float32, and ``meta``.

    Raises:
        InputError: No weights of that name come with the package.
    """
    state, meta = read_file(filename)
    device = map_location or "cpu"
    return dict(state_dict={k: v.to(device) for k, v in state.items()}, meta=meta)
