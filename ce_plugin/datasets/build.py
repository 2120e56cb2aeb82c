"""Builds what a config names, or says in one line what is wrong with it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mmengine.registry import Registry
from torchvision.transforms import v2

from ce_plugin.errors import InputError
from ce_plugin.registry import TRANSFORMS

# Arguments for which torchvision wants an enumeration; configs have its values.
_ENUMERATIONS = {
    "interpolation": v2.InterpolationMode,
    "policy": v2.AutoAugmentPolicy,
}


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of an error message: the nearest known word, or all of them.

    Example:
        >>> nearest("widht", ["height", "width"])
        "; did you mean 'width'?"
    """
    known = sorted(known)
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"


def build_named(registry: Registry, config: Mapping, what: str) -> Any:
    """Builds ``config`` with ``registry``; the user's mistakes become one line.

    Args:
        registry: Where ``config['type']`` is looked up.
        config: ``type`` and keyword arguments.
        what: What the message calls the thing, such as 'transform'.

    Raises:
        InputError: No type, one that is not known, or arguments that it refuses.
    """
    arguments = dict(config)
    name = arguments.pop("type", None)
    if name is None:
        raise InputError(f"a {what} needs a type: dict(type=...), got {config!r}")
    cls = registry.get(name) if isinstance(name, str) else name
    if cls is None:
        raise InputError(f"no {what} {name!r}{nearest(name, registry.module_dict)}")
    try:
        return cls(**arguments)
    except InputError:
        raise
    except (TypeError, ValueError) as error:
        raise InputError(f"{what} {name}: {error}") from error


def build_transforms(configs: Sequence[Mapping | Callable]) -> list[Callable]:
    """The transforms of a config, in order.

    Args:
        configs: Dicts with the name of a torchvision v2 transform, or of one of this
            package, as ``type``, and callables. Dicts inside arguments (RandomApply,
            RandomChoice) are built too; ``interpolation`` may be a word.

    Raises:
        InputError: A name that is not known, or arguments that do not fit.

    Example:
        >>> import ce_plugin.datasets
        >>> build_transforms([dict(type='Resize', size=8, interpolation='bicubic')])
        [Resize(size=[8], interpolation=InterpolationMode.BICUBIC, antialias=True)]
    """
    if isinstance(configs, Mapping) or not isinstance(configs, Sequence):
        raise InputError(f"transforms is a list of dicts, got {configs!r}")
    return [_build_transform(config) for config in configs]


def _build_transform(config: Mapping | Callable) -> Callable:
    if callable(config) and not isinstance(config, Mapping):
        return config
    if not isinstance(config, Mapping):
        raise InputError(f"a transform is a dict(type=...) or callable, got {config!r}")
    arguments = {key: _argument(key, value) for key, value in config.items()}
    return build_named(TRANSFORMS, arguments, "transform")


def _argument(key: str, value: Any) -> Any:
    if isinstance(value, str) and key in _ENUMERATIONS:
        kinds = {kind.value: kind for kind in _ENUMERATIONS[key]}
        if value not in kinds:
            raise InputError(f"{key}={value!r} of a transform{nearest(value, kinds)}")
        return kinds[value]
    if isinstance(value, Mapping) and "type" in value:
        return _build_transform(value)
    if isinstance(value, list | tuple) and any(isinstance(v, Mapping) for v in value):
        return [_build_transform(v) for v in value]
    return value
