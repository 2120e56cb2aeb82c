"""A filler from what a user calls it."""

from __future__ import annotations

import inspect
import os
from typing import Any

from ce_plugin.datasets.build import build_named
from ce_plugin.errors import InputError
from ce_plugin.registry import FILLERS

from .base import Filler


def build_filler(
    filler: str | dict | Filler,
    checkpoint: str | os.PathLike | None = None,
    device: str | None = None,
    **options: Any,
) -> Filler:
    """A filler from its name, config, or as it is.

    Args:
        filler: See :class:`InpaintingInferencer`.
        checkpoint: For it, where it takes one.
        device: Device of a network.
        **options: Further arguments; of a config they replace its own.

    Raises:
        InputError: No such filler, one that does not take what is given, or one that
            is built, with arguments for it.
    """
    given = dict(checkpoint=checkpoint, device=device, **options)
    given = {key: value for key, value in given.items() if value is not None}
    if isinstance(filler, Filler):
        if given:
            raise InputError(
                f"the filler {filler.name} is built and takes no {', '.join(given)} "
                "any more; give its name or config with them"
            )
        return filler
    if isinstance(filler, dict):
        return build_named(FILLERS, filler | given, "filler")
    by_name = filler_names()
    if filler not in by_name:
        raise InputError(
            f"no filler '{filler}'; known are {', '.join(sorted(by_name))}"
        )
    cls = by_name[filler]
    try:
        inspect.signature(cls).bind(**given)
    except TypeError as error:
        raise InputError(f"the filler {filler}: {error}") from error
    return cls(**given)


def filler_names() -> dict[str, type[Filler]]:
    """The registered fillers by the names that users give."""
    return {cls.name: cls for cls in FILLERS.module_dict.values()}
