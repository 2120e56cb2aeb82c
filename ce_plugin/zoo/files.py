"""Where the packaged weights lie and what they are called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ce_plugin.errors import InputError

SCHEME = "ce_plugin://"
FOLDER = Path(__file__).resolve().parent


def zoo_names() -> list[str]:
    """Of all weights that come with the package."""
    return sorted(path.stem for path in FOLDER.glob("*.safetensors"))


def named(path: str | Path) -> str | None:
    """The name in ``ce_plugin://NAME``, None where ``path`` is something else.

    Example:
        >>> named("ce_plugin://r18-half"), named("work_dirs/run")
        ('r18-half', None)
    """
    # A Path makes one slash of two.
    for start in (SCHEME, SCHEME[:-1]):
        if str(path).startswith(start):
            return str(path).removeprefix(start)
    return None


def weights_of(name: str) -> Path:
    """The file of weights.

    Raises:
        InputError: There are none of that name.
    """
    if name not in zoo_names():
        raise InputError(
            f"no weights '{name}' come with the package; it has "
            f"{', '.join(zoo_names())}"
        )
    return FOLDER / f"{name}.safetensors"


def card_of(name: str) -> dict[str, Any]:
    """What is known of the weights.

    Returns:
        ``what`` (one sentence), ``part`` ('encoder', or 'model' with all that fills
        holes), ``file`` (bytes, SHA-256, tensors, how they are stored), ``data``,
        ``training``, ``figures``, ``rounding`` (what the stored precision costs) and
        ``licence``.

    Raises:
        InputError: There are no weights of that name.
    """
    return json.loads(weights_of(name).with_suffix(".json").read_text(encoding="utf-8"))


def resolve(path: str | Path) -> Path:
    """The file that ``ce_plugin://NAME`` stands for; any other path as it is.

    Raises:
        InputError: There are no weights of that name.
    """
    name = named(path)
    return Path(path) if name is None else weights_of(name)
