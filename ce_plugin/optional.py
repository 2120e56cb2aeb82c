"""Packages that only some parts need."""

from __future__ import annotations

import importlib
from types import ModuleType

from .errors import InputError


def require(module: str, what: str, extra: str) -> ModuleType:
    """Imports an optional package, or says how to install it.

    Args:
        module: Full name of the module.
        what: Who needs it, for the message.
        extra: The extra of this package that installs it.

    Raises:
        InputError: It is not installed.

    Example:
        >>> require("json", "this example", "none").__name__
        'json'
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise InputError(
            f"{what} needs {package} ({error}); pip install 'ce_plugin[{extra}]'"
        ) from error
