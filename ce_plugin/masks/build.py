"""A mask generator from its config."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ce_plugin.errors import InputError
from ce_plugin.registry import MASKS

from .base import MaskGenerator


def build_generator(config: Mapping | MaskGenerator | Callable) -> MaskGenerator:
    """The mask generator of a config; one that is built stays as it is.

    Args:
        config: ``type``, the name of a registered generator, and its arguments; or a
            generator, or a function that is called like one.

    Raises:
        InputError: It is none of these, there is no such generator, or it takes no such
            arguments.

    Example:
        >>> import ce_plugin.masks
        >>> build_generator(dict(type="CenterRegion", overlap=4))
        CenterRegion(overlap=4)
    """
    if not isinstance(config, Mapping):
        if callable(config) and not isinstance(config, type):
            return config
        raise InputError(
            f"a mask generator is a config, dict(type=...), or built, not {config!r}"
        )
    options = dict(config)
    name = options.pop("type", None)
    cls = MASKS.get(name) if isinstance(name, str) else name
    if not callable(cls):
        known = ", ".join(sorted(MASKS.module_dict))
        raise InputError(f"no mask generator {name}; known are {known}")
    try:
        return cls(**options)
    except TypeError as error:
        raise InputError(f"{name}: {error}") from error
