"""Loads and checks configs; what is not known in one is named in one line."""

from __future__ import annotations

import copy
import difflib
import inspect
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import torch
from mmengine.config import Config, ConfigDict, DictAction
from mmengine.runner import Runner
from mmengine.utils import import_modules_from_strings

import ce_plugin.registry as scope
from ce_plugin.errors import InputError

from .config_parts import (
    arguments_of,
    is_known,
    names_in,
    registry_of,
    without_scope,
)
from .config_variables import parts_of, refuse_variable

# mmengine reloads pkg_resources to look for the package of a base; a second thread that
# is within it then finds classes of both the old and the new module.
_READING = threading.RLock()
_MISTAKES = (SyntaxError, NameError, AttributeError, TypeError, LookupError, OSError)
_MISTAKES += (ValueError, ArithmeticError, AssertionError, RuntimeError)

# Top-level keys that mean something beside the runner's own.
OWN_KEYS = {
    "classes",
    "data_root",
    "custom_imports",
    "env_cfg",
    "runner_type",
    "float32_precision",
    # mmengine's runner looks for these in the config and has no argument of theirs.
    "model_wrapper_cfg",
    "find_unused_parameters",
    "sync_bn",
}
# Also handed to every dataset: how pictures are read, alike in training and judging.
READING_KEYS = ("channels", "value_range")


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of a message: '; did you mean ...?', or all known words."""
    known = sorted(known)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"


def find_config(path: str) -> Path:
    """The file ``path``, or the packaged config of that name.

    Raises:
        InputError: Neither is there.
    """
    if Path(path).is_file():
        return Path(path)
    package = Path(scope.__file__).parent
    roots = [package / ".mim" / "configs", package.parent / "configs"]
    root = next((r for r in roots if r.is_dir()), None)
    found = {p.name: p for p in root.rglob("*.py")} if root else {}
    name = Path(path).name
    if name in found:
        return found[name]
    known = [n for n, p in found.items() if "_base_" not in p.parts]
    raise InputError(f"no config {path}{nearest(name, known)}")


def load_config(path: str, options: list[str]) -> Config:
    """Reads a config and merges ``key=value`` options into it.

    Raises:
        InputError: No such config, an unreadable one, or an option that names nothing.
    """
    file = find_config(path)
    try:
        with _READING:
            cfg = Config.fromfile(file)
    except _MISTAKES as error:
        raise InputError(f"{file} cannot be read: {error}") from error
    except Exception as error:
        if type(error) is ImportError:
            raise _not_imported(file, error) from error
        # By name: importing pkg_resources is slow and prints a warning of its own.
        if type(error).__name__ not in ("DistributionNotFound", "ModuleNotFoundError"):
            raise
        raise InputError(
            f"{file} builds on a package that is not there ({error}); `python -m "
            "ce_plugin.tools.install_mmcv` installs mmcv, mmdet and mmseg"
        ) from error
    if cfg.get("default_scope") not in (None, scope.SCOPE):
        without_scope(cfg._cfg_dict)
    followers, added = _test_parts_like_validation(cfg, options), set()
    for option in options:
        key, sign, value = option.partition("=")
        if not sign or not key:
            raise InputError(f"--cfg-options takes key=value, not {option!r}")
        _check_path(cfg, key, added)
        refuse_variable(cfg._cfg_dict, key, top_level_keys())
        try:
            cfg.merge_from_dict({key: DictAction._parse_iterable(value)})
        except AssertionError as error:
            raise InputError(f"--cfg-options {key}: {error}") from error
    for test, validation in followers.items():
        cfg[test] = copy.deepcopy(cfg[validation])
    if cfg.get("custom_imports"):
        try:
            import_modules_from_strings(**cfg.custom_imports)
        except ImportError as error:
            raise _not_imported(file, error) from error
    cfg.setdefault("data_root", None)
    return cfg


def _test_parts_like_validation(cfg: Config, options: list[str]) -> dict[str, str]:
    """Parts of the test that a config made by ``test_x = val_x``, and that stay so.

    The line is read before any option is merged; without this an option would reach
    the validation alone.
    """
    pairs = {f"test_{x}": f"val_{x}" for x in ("dataloader", "evaluator")}
    return {
        test: validation
        for test, validation in pairs.items()
        if cfg.get(test) is not None
        and cfg[test] == cfg.get(validation)
        and not any(x.startswith((f"{test}.", f"{test}=")) for x in options)
    }


def _not_imported(file: Path, error: ImportError) -> InputError:
    # mmengine lists all of sys.path behind it.
    said = str(error).partition(", the current sys.path")[0]
    return InputError(
        f"custom_imports of {file}: {said}; is the folder of the module in PYTHONPATH?"
    )


def _check_path(cfg: Config, key: str, added: set[str]) -> None:
    """Raises where a dotted ``key`` leads through something that is not there.

    Args:
        cfg: The config so far.
        key: Key of an option.
        added: Keys that options before it have added, to which this one is added if it
            adds another: a key that is like one of them is none misspelt.
    """
    here, walked = cfg._cfg_dict, []
    for name in key.split("."):
        if isinstance(here, list):
            if not name.isdigit() or int(name) >= len(here):
                raise InputError(
                    f"{'.'.join(walked)} has the entries 0 to {len(here) - 1}, not "
                    f"{name}"
                )
            here = here[int(name)]
        elif not isinstance(here, Mapping):
            raise InputError(
                f"{'.'.join(walked)} is {here!r}; there is no {name} in it"
            )
        elif name not in here:
            arguments = arguments_of(walked, here)
            known = set(here) | (arguments or set())
            if not walked:
                known |= top_level_keys()
            old = [n for n in known if ".".join([*walked, n]) not in added]
            near = difflib.get_close_matches(name, old, n=1, cutoff=0.8)
            # What a plain dict is for cannot be told: only slips of the pen count.
            free = walked and arguments is None
            if name not in known and (near or not free):
                known -= {"type", "_scope_"}
                raise InputError(f"unknown key {key}{nearest(name, known)}")
            added.add(".".join([*walked, name]))
            return
        else:
            here = here[name]
        walked.append(name)


def top_level_keys() -> set[str]:
    """The keys that a config may have at its top level."""
    return (
        set(inspect.signature(Runner.__init__).parameters) - {"self"}
        | OWN_KEYS
        | {*READING_KEYS}
    )


CHECKED = (
    "model",
    "optim_wrapper",
    "param_scheduler",
    "train_dataloader",
    "val_dataloader",
    "val_evaluator",
    "train_cfg",
    "default_hooks",
    "custom_hooks",
)


def check_config(cfg: Config) -> None:
    """Raises on names and keys that nothing in this package knows.

    Raises:
        InputError: Says which, and the nearest one that is known.
    """
    runner = top_level_keys()
    for key in cfg:
        near = difflib.get_close_matches(key, runner, n=1, cutoff=0.85)
        if key not in runner and near:
            raise InputError(f"unknown key {key}; did you mean {near[0]!r}?")
    for top in CHECKED:
        for path, part in parts_of(cfg.get(top), [top]):
            kind = part.get("type")
            if not isinstance(kind, str):
                continue
            registry = registry_of(path)
            if not is_known(registry, kind):
                package = kind.partition(".")[0]
                hint = (
                    f"; is {package} installed?"
                    if "." in kind
                    else nearest(kind, names_in(registry))
                )
                raise InputError(f"{'.'.join(path)}: no {kind!r}{hint}")
            known = arguments_of(path, part)
            for key in part:
                if known is not None and key not in known:
                    raise InputError(
                        f"{'.'.join([*path, str(key)])}: {kind} takes no {key!r}"
                        + nearest(key, known - {"type", "_scope_", "init_cfg"})
                    )


def hand_out(cfg: Config, options: Sequence[str] = ()) -> ConfigDict:
    """Fills in values that depend on the run.

    Every dataset gets the top-level ``data_root``, the rules of reading pictures and
    the run's seed, and a loader with ``num_workers='auto'`` as many as
    :func:`usual_workers` says. A run with ``val_cfg=None`` has no validation.

    Args:
        cfg: Changed in place.
        options: Of the command line; a dataset's ``data_root`` among them stays.

    Raises:
        InputError: A loader has no dataset.
    """
    if cfg.get("randomness") is None:
        cfg.randomness = ConfigDict()
    if cfg.randomness.get("seed") is None:
        cfg.randomness.seed = 0
    if "val_cfg" in cfg and cfg.val_cfg is None:
        # mmengine wants all three or none.
        cfg.val_dataloader = cfg.val_evaluator = None
    named = {option.partition("=")[0] for option in options}
    for name in ("train_dataloader", "val_dataloader", "test_dataloader"):
        loader = cfg.get(name)
        if loader is None:
            continue
        dataset = loader.get("dataset")
        if not isinstance(dataset, dict):
            raise InputError(
                f"{name}.dataset is a dict with the type of a dataset, not {dataset!r}"
            )
        dataset.setdefault("seed", cfg.randomness.seed)
        if cfg.data_root is not None and f"{name}.dataset.data_root" not in named:
            dataset["data_root"] = cfg.data_root
        dataset.update({key: cfg[key] for key in READING_KEYS if key in cfg})
        if loader.get("num_workers") == "auto":
            loader.num_workers = usual_workers()
            loader.pin_memory = torch.cuda.is_available()
        if not loader.get("num_workers") and loader.get("persistent_workers"):
            # There is no process that could stay.
            loader.persistent_workers = False
    return cfg


def usual_workers() -> int:
    """Processes that read pictures: 1 where the processor trains, else 1 to 8.

    Beside a GPU the cores are the loader's, but one for the process that trains; they
    are shared by the processes of this machine (``LOCAL_WORLD_SIZE``, torchrun's).
    """
    if not torch.cuda.is_available():
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    return min(8, max(1, cores // processes - 1))
