"""Variables of a config file, which are used up while it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ce_plugin.errors import InputError


def refuse_variable(cfg: Mapping, key: str, known: set[str]) -> None:
    """Refuses an option that would be set and read by nobody.

    ``mask = dict(...)`` at the top of a config is a name for what its datasets get:
    they have it by the time options are merged, and a change of it goes nowhere.

    Args:
        cfg: The config as it has been read.
        key: The option's, with dots.
        known: The top-level keys that are read later.

    Raises:
        InputError: ``key`` begins with a variable; it names the places that have taken
            its value.

    Example:
        >>> cfg = dict(mask=dict(type="A"), dataset=dict(mask=dict(type="A")))
        >>> refuse_variable(cfg, "mask.type", {"dataset"})
        Traceback (most recent call last):
        ce_plugin.errors.InputError: mask.type: mask is a variable of the config file, \
used while that was read; set dataset.mask.type
    """
    name, dot, rest = key.partition(".")
    if name in known or name not in cfg:
        return
    places = [
        ".".join([*path, name])
        for path, part in parts_of(cfg, [])
        if path and path[0] != name and name in part and part[name] == cfg[name]
    ]
    if places:
        instead = " and ".join(f"{place}{dot}{rest}" for place in places)
        raise InputError(
            f"{key}: {name} is a variable of the config file, used while that was "
            f"read; set {instead}"
        )


def parts_of(value: object, path: list[str]) -> Iterator[tuple[list[str], Mapping]]:
    """All dicts in a config, each with the keys that lead to it."""
    if isinstance(value, Mapping):
        yield path, value
        for key, item in value.items():
            yield from parts_of(item, [*path, str(key)])
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from parts_of(item, [*path, str(i)])
