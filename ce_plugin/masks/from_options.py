"""A mask generator from the options of a command line."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from typing import Any

from ce_plugin.errors import InputError
from ce_plugin.registry import MASKS

from .build import build_generator


def generator_config(name: str, options: Sequence[str]) -> dict[str, Any]:
    """The config of a registered generator, which is built once as a check.

    Args:
        name: Name of the class.
        options: ``KEY=VALUE`` each; values as in Python, anything else is a text.

    Raises:
        InputError: An unknown name or option, an option without ``=``, or a value that
            the generator refuses.

    Example:
        >>> generator_config("CenterRegion", ["overlap=4"])
        {'type': 'CenterRegion', 'overlap': 4}
    """
    cls = MASKS.module_dict.get(name)
    if cls is None:
        raise InputError(
            f"no mask generator '{name}'; known are "
            f"{', '.join(sorted(MASKS.module_dict))}"
        )
    arguments: dict[str, Any] = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not key or not equals:
            raise InputError(f"an option is KEY=VALUE, not '{option}'")
        try:
            arguments[key] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            arguments[key] = value
    parameters = inspect.signature(cls).parameters
    try:
        inspect.signature(cls).bind(**arguments)
    except TypeError as error:
        raise InputError(
            f"{name}: {error}; its options are {', '.join(parameters) or 'none'}"
        ) from error
    if "type" in arguments:
        raise InputError(f"{name}: the type is its name, not an option")
    config = dict(type=name, **arguments)
    build_generator(config)
    return config
