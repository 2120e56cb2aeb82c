"""Reads a config's values from its text, without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from ce_plugin.errors import InputError

_CONTAINERS = {"dict": dict, "list": list, "tuple": tuple}
_LARGEST = 2**20


def config_values(text: str, names: Iterable[str]) -> dict[str, Any]:
    """The top-level values of ``names`` in a config as mmengine writes it.

    mmengine keeps a run's config in its checkpoints as Python source and reads it back
    by running it. Here it is parsed: literals and calls of ``dict``, ``list`` and
    ``tuple`` have a value, all else is refused.

    Args:
        text: ``Config.pretty_text``.
        names: Whose values are wanted; the others are not looked at.

    Returns:
        The values of those that the text has.

    Raises:
        InputError: The text is no Python, too large, or a wanted value is more than
            literals.

    Example:
        >>> config_values("model = dict(type='X', sizes=(1, -2))", ["model"])
        {'model': {'type': 'X', 'sizes': (1, -2)}}
    """
    if len(text) > _LARGEST:
        raise InputError(f"the config has {len(text)} characters, more than a config")
    names = set(names)
    values = {}
    try:
        for statement in ast.parse(text).body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    if name in names:
                        values[name] = _value(value)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("the config is no text of literals") from error
    return values


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if (
            name in _CONTAINERS
        ):
            given: dict[str, Any] = {}
            for keyword in keywords:
                value = _value(keyword.value)
                # What is no name in Python stands as **{'a.b': 1}.
                given |= value if keyword.arg is None else {keyword.arg: value}
            try:
                return _CONTAINERS[name](*map(_value, args), **given)
            except TypeError as error:
                raise InputError(f"the config has a call of {name} amiss") from error
        case ast.Dict(keys=keys, values=values):
            if all(key is not None for key in keys):
                return {_value(k): _value(v) for k, v in zip(keys, values)}
        case ast.List(elts=elements):
            return [_value(element) for element in elements]
        case ast.Tuple(elts=elements):
            return tuple(_value(element) for element in elements)
        case ast.Constant() | ast.UnaryOp(operand=ast.Constant()):
            return ast.literal_eval(node)
    raise InputError(
        f"the config says {ast.unparse(node)[:60]!r}, which would have to be run; only "
        "plain values are read"
    )
