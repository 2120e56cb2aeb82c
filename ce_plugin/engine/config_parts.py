"""What the parts of a config are built from, and the arguments that they take."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from mmengine.registry import Registry

import ce_plugin.registry as scope

# The registry that each part of a config is built from; the rest are the models'.
REGISTRIES: dict[str, Registry] = {
    "mask": scope.MASKS,
    "dataset": scope.DATASETS,
    "sampler": scope.DATA_SAMPLERS,
    "transforms": scope.TRANSFORMS,
    "collate_fn": scope.FUNCTIONS,
    "custom_hooks": scope.HOOKS,
    "default_hooks": scope.HOOKS,
    "train_cfg": scope.LOOPS,
    "val_evaluator": scope.METRICS,
    "test_evaluator": scope.METRICS,
    "optim_wrapper": scope.OPTIM_WRAPPERS,
    "optimizer": scope.OPTIMIZERS,
    "param_scheduler": scope.PARAM_SCHEDULERS,
    "model": scope.MODELS,
    "init_cfg": scope.WEIGHT_INITIALIZERS,
}
# Keys that a registered class does not take itself: mmengine reads them on the way.
READ_ON_THE_WAY = {
    "optim_wrapper": {
        "optimizer",
        "constructor",
        "paramwise_cfg",
        "lr_factor",
        "discriminator",
    },
    "param_scheduler": {"convert_to_iter_based"},
    "val_evaluator": {"type"},
    "init_cfg": {"override"},
}


def registry_of(path: list[str]) -> Registry:
    """The registry of what a config has at ``path``."""
    # A hook is called after what it is of, as the one of the param_scheduler.
    named = path[:1] if path[:1] == ["default_hooks"] else path
    names = [name for name in named if name in REGISTRIES]
    return REGISTRIES[names[-1]] if names else scope.MODELS


def arguments_of(path: list[str], part: Mapping) -> set[str] | None:
    """The arguments of the class named in ``part``, or None where they are unknown."""
    kind = part.get("type")
    if not isinstance(kind, str):
        return None
    cls = registry_of(path).get(kind)
    if cls is None or getattr(cls, "passes_arguments_on", False):
        return None
    # The entries of a list are those of its name.
    name = next((part for part in reversed(path) if not part.isdigit()), "")
    known = {"type", "_scope_"} | READ_ON_THE_WAY.get(name, set())
    # Where a constructor passes the rest on, its bases say what is known.
    for base in inspect.getmro(cls) if inspect.isclass(cls) else [cls]:
        signature = base.__dict__.get("__init__") if inspect.isclass(base) else base
        if signature is None:
            continue
        parameters = inspect.signature(signature).parameters.values()
        known |= {
            p.name
            for p in parameters
            if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)
        }
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            return known - {"self"}
    return None


def is_known(registry: Registry, kind: str) -> bool:
    """Whether a name is registered; that of a package that is missing is not."""
    try:
        return registry.get(kind) is not None
    except ImportError:
        return False


def names_in(registry: Registry) -> set[str]:
    """All names of a registry and of mmengine's above it."""
    registry.import_from_location()
    own = set(registry.module_dict)
    return own | (set(registry.parent.module_dict) if registry.parent else set())


def without_scope(part: object) -> None:
    """Takes off what mmengine writes into a ``_base_`` that is named by this package.

    In configs of mmdet and mmseg a type without a prefix is theirs all the same.
    """
    if isinstance(part, dict):
        if part.get("_scope_") == scope.SCOPE:
            del part["_scope_"]
        part = [*part.values()]
    for inner in part if isinstance(part, list | tuple) else ():
        without_scope(inner)
