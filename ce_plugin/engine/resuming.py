"""What a run starts from: a checkpoint that it goes on from, or weights alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from mmengine.config import Config, ConfigDict

from ce_plugin.checkpoints import (
    inspect_checkpoint,
    inspect_download,
    last_checkpoint,
)
from ce_plugin.checkpoints.load.config_text import config_values
from ce_plugin.errors import InputError
from ce_plugin.zoo import named, resolve


def start_from(cfg: Config, checkpoint: str | None, options: Sequence[str]) -> None:
    """Says in a config what its run starts from, once it was looked at.

    Args:
        cfg: Changed in place. Its own ``resume=True`` is mmengine's: go on from
            ``load_from``, or from the last checkpoint where there is one.
        checkpoint: The checkpoint to go on from; 'auto' for the last in the work
            folder, which has to be there; None for what the config says.
        options: Of the command line.

    Raises:
        InputError: There is no such file, it carries code, or the run that it is of
            had other pictures, another seed, optimizer or schedule.
    """
    if checkpoint == "auto":
        checkpoint = last_checkpoint(cfg.work_dir)
        if checkpoint is None:
            raise InputError(
                f"nothing to resume in {cfg.work_dir}; leave --resume out to start"
            )
    elif checkpoint is None and cfg.get("resume"):
        checkpoint = cfg.get("load_from") or last_checkpoint(cfg.work_dir)
    cfg.resume = bool(checkpoint)
    if checkpoint:
        cfg.load_from = checkpoint
        meta = inspect_checkpoint(checkpoint).get("meta") or {}
        began = _read(str(meta.get("cfg")))
        if not asked(options, "data_root"):
            _need_same_root(cfg, began)
        _need_same_steps(cfg, began, checkpoint)
        _take_seed(cfg, meta, asked(options, "randomness", "randomness.seed"))
    elif cfg.get("load_from"):
        _look_at(cfg.load_from)


def asked(options: Sequence[str], *keys: str) -> bool:
    """Whether an option gives one of the keys."""
    return any(option.partition("=")[0] in keys for option in options)


def _look_at(source: str) -> None:
    """Raises where weights to start from are not there or carry code."""
    if named(source) is not None:
        resolve(source)
    elif source.startswith(("http://", "https://")):
        inspect_download(source)
    elif "://" not in source:
        inspect_checkpoint(source)


def _need_same_root(cfg: Config, began: Mapping) -> None:
    """Raises where a resumed run would go on with pictures that nobody has named."""
    if "data_root" not in began or began["data_root"] == cfg.get("data_root"):
        return
    root = began["data_root"]
    raise InputError(
        f"the run to resume has data_root={root}, this config {cfg.get('data_root')}: "
        f"give its options again, --cfg-options data_root={root}"
    )


def _need_same_steps(cfg: Config, began: Mapping, checkpoint: str) -> None:
    """Raises where another optimizer or schedule is asked for.

    mmengine restores both from the checkpoint, whatever the config says.
    """
    parts = {name: cfg.get(name) for name in ("optim_wrapper", "param_scheduler")}
    # Both have gone through the same dump.
    now = _steps(_read(Config(parts).pretty_text))
    for name, before in _steps(began).items():
        if name in now and now[name] != before:
            raise InputError(
                f"the run to resume has {name}={before!r}, this config {now[name]!r}, "
                "and a resumed run keeps its optimizer and its schedule: leave the "
                "change out, or start from its weights, --cfg-options "
                f"load_from={checkpoint}"
            )


def _steps(config: Mapping) -> dict[str, Any]:
    """The optimizers' numbers and the schedule of a config, by their names in it."""
    wrapper = config.get("optim_wrapper")
    found = {}
    if isinstance(wrapper, Mapping):
        parts = {"optim_wrapper": wrapper} | {
            f"optim_wrapper.{name}": part
            for name, part in wrapper.items()
            if isinstance(part, Mapping)
        }
        for name, part in parts.items():
            optimizer = part.get("optimizer")
            if isinstance(optimizer, Mapping):
                found |= {f"{name}.optimizer.{k}": v for k, v in optimizer.items()}
        for name in ("lr_factor", "paramwise_cfg"):
            if name in wrapper:
                found[f"optim_wrapper.{name}"] = wrapper[name]
    if "param_scheduler" in config:
        found["param_scheduler"] = config["param_scheduler"]
    return found


def _read(text: str) -> dict[str, Any]:
    """What of a dumped config is compared, as far as it is plain values."""
    found: dict[str, Any] = {}
    for name in ("data_root", "optim_wrapper", "param_scheduler"):
        with suppress(InputError):
            found |= config_values(text, [name])
    return found


def _take_seed(cfg: Config, meta: Mapping, given: bool) -> None:
    """A resumed run draws its pictures and holes from the seed that it began with.

    Args:
        cfg: Gets the checkpoint's seed.
        meta: That of the checkpoint that the run goes on from.
        given: An option has given a seed; it has to be the same.

    Raises:
        InputError: It is another one.
    """
    began = meta.get("seed")
    if began is None:
        return
    if cfg.get("randomness") is None:
        cfg.randomness = ConfigDict()
    seed = cfg.randomness.get("seed")
    if given and seed not in (None, began):
        raise InputError(
            f"the run to resume has the seed {began}, not {seed}: leave "
            "randomness.seed out, or start another run with it"
        )
    cfg.randomness.seed = began
