"""A training run, from its config file and the switches of the command line."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.device import get_device

from ce_plugin.console import terminal
from ce_plugin.console.training import ToolRunner
from ce_plugin.errors import InputError
from ce_plugin.models.sync_norm import synchronize_norms, without_accelerator

from .amp import need_fast_bfloat16
from .config import check_config, hand_out, load_config
from .config_values import check_values
from .deterministic import ask_for_determinism
from .downstream import is_downstream, prepare
from .memory import keep_memory
from .precision import DEFAULT, set_float32_precision
from .resuming import asked, start_from


def prepare_run(
    config: str,
    options: Sequence[str] = (),
    work_dir: str | None = None,
    resume: str | None = None,
    launcher: str = "none",
    *,
    amp: bool = False,
    amp_anyway: bool = False,
    capture: bool = False,
    deterministic: bool = False,
    tensorboard: bool = False,
) -> Config:
    """The config of a run, checked and ready for :func:`train`.

    Args:
        config: A file, or the name of a packaged config.
        options: Changes of it, ``KEY=VALUE`` each.
        work_dir: The folder of the results; by default the config's own, or
            ``work_dirs/`` and the config's name.
        resume: The checkpoint to go on from; 'auto' for the last in ``work_dir``.
        launcher: What started the processes: none, pytorch, slurm or mpi.
        amp: Forward passes in bfloat16, refused where that is far slower.
        amp_anyway: The same without that check.
        capture: Record the training step once and replay it (CUDA graphs).
        deterministic: Ask for runs that repeat bit for bit on one device.
        tensorboard: Log to TensorBoard as well.

    Raises:
        InputError: Something asked for cannot be done.
    """
    cfg = load_config(config, list(options))
    cfg.launcher = launcher
    if work_dir:
        cfg.work_dir = work_dir
    elif not cfg.get("work_dir"):
        cfg.work_dir = str(Path("work_dirs", Path(config).stem))
    check_values(cfg._cfg_dict)
    if amp or amp_anyway:
        if not amp_anyway:
            need_fast_bfloat16()
        cfg.optim_wrapper.type = "ce_plugin.AutocastOptimWrapper"
    _need_gpu_for_amp(cfg)
    set_float32_precision(cfg.get("float32_precision", DEFAULT))
    if deterministic:
        ask_for_determinism(cfg)
    loop = str((cfg.get("train_cfg") or {}).get("type")).rpartition(".")[2]
    if capture and loop == "PretrainLoop":
        cfg.train_cfg.capture = True
    elif capture:
        said = "--compile: only this package's PretrainLoop can; the step runs as usual"
        terminal().line(said)
    if tensorboard:
        if find_spec("tensorboard") is None:
            raise InputError("--tensorboard needs it: pip install tensorboard")
        _log_to_tensorboard(cfg)
    if is_downstream(cfg):
        prepare(cfg, cfg.data_root if asked(options, "data_root") else None)
    else:
        check_config(cfg)
    start_from(cfg, resume, options)
    if not is_downstream(cfg):
        hand_out(cfg, options)
    return cfg


def _log_to_tensorboard(cfg: Config) -> None:
    if cfg.get("visualizer") is None:
        cfg.visualizer = dict(type="Visualizer")
    if cfg.visualizer.get("vis_backends") is None:
        # mmengine's own, where nothing is said.
        cfg.visualizer.vis_backends = [dict(type="LocalVisBackend")]
    kinds = {str(b.get("type")).rpartition(".")[2] for b in cfg.visualizer.vis_backends}
    # A dumped config has it already.
    if "TensorboardVisBackend" not in kinds:
        cfg.visualizer.vis_backends.append(dict(type="TensorboardVisBackend"))


def _need_gpu_for_amp(cfg: Config) -> None:
    """Raises where mmengine's mixed precision would find no device for it."""
    kind = str((cfg.get("optim_wrapper") or {}).get("type")).rpartition(".")[2]
    if kind == "AmpOptimWrapper" and get_device() in ("cpu", "mps"):
        raise InputError(
            "optim_wrapper.type=AmpOptimWrapper needs a GPU, and there is none; --amp "
            "runs forward passes in bfloat16 on any device"
        )


def train(cfg: Config) -> None:
    """Builds the run of a config and runs it.

    Args:
        cfg: See :func:`prepare_run`.

    Raises:
        InputError: Something asked for cannot be done.
        TrainingError: The run could not go on.
    """
    # A log line that finds the disk full is not worth a traceback of its own.
    logging.raiseExceptions = False
    # With a GPU too: the processes that read pictures inherit it.
    keep_memory()
    sync_bn, on_cpu = None, cfg.launcher == "pytorch" and not torch.cuda.is_available()
    if on_cpu:
        # mmengine's own start asks for a CUDA device, and so do its wrapper and the
        # synchronised norms of torch.
        torch.distributed.init_process_group("gloo")
        if not cfg.get("model_wrapper_cfg"):
            # As mmengine wraps what says nothing of it.
            cfg.model_wrapper_cfg = dict(
                type="MMDistributedDataParallel",
                broadcast_buffers=False,
                find_unused_parameters=cfg.get("find_unused_parameters", False),
            )
        cfg.model_wrapper_cfg.device_ids = None
        sync_bn = cfg.pop("sync_bn", None)
    try:
        runner = ToolRunner.from_cfg(cfg)
        if on_cpu:
            without_accelerator(runner.model)
        if sync_bn:
            synchronize_norms(runner.model)
            runner.cfg.sync_bn = sync_bn
            runner.dump_config()
        runner.train()
    finally:
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()
