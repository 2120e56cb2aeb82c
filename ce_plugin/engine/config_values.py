"""Numbers of a config that would end a run with a traceback, checked beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from pathlib import Path

from ce_plugin.errors import InputError

_LOADERS = ("train_dataloader", "val_dataloader", "test_dataloader")
WHOLE = {
    ("train_cfg", "max_iters"): 1,
    ("train_cfg", "max_epochs"): 1,
    ("train_cfg", "val_interval"): 1,
    ("default_hooks", "logger", "interval"): 1,
    # -1 is mmengine's "none but the last".
    ("default_hooks", "checkpoint", "interval"): -1,
    **{(loader, "batch_size"): 1 for loader in _LOADERS},
    **{(loader, "num_workers"): 0 for loader in _LOADERS},
}
"""Whole numbers and the least that each may be."""
RATES = (
    ("optim_wrapper", "optimizer", "lr"),
    ("optim_wrapper", "optimizer", "weight_decay"),
)
"""Numbers from 0 on."""


def check_values(cfg: Mapping) -> None:
    """Raises where one of these numbers is none, or the work folder is a file.

    Raises:
        InputError: Says which, and what it may be.
    """
    for path, least in WHOLE.items():
        value = _inside(cfg, path)
        # 'auto' workers are as many as there are cores, see hand_out.
        if value is None or (path[-1] == "num_workers" and value == "auto"):
            continue
        if type(value) is not int or value < least:
            none = "; val_cfg=None is no validation" * (path[-1] == "val_interval")
            raise InputError(
                f"{'.'.join(path)} is a whole number from {least} on, not "
                f"{value!r}{none}"
            )
    for path in RATES:
        value = _inside(cfg, path)
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, Real) or not value >= 0
        ):
            raise InputError(f"{'.'.join(path)} is a number from 0 on, not {value!r}")
    if Path(cfg["work_dir"]).is_file():
        raise InputError(f"the work folder {cfg['work_dir']} is a file; name another")


def _inside(part: object, path: tuple[str, ...]) -> object:
    for name in path:
        part = part.get(name) if isinstance(part, Mapping) else None
    return part
