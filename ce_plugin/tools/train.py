"""Trains what a config says: ``mim train ce_plugin CONFIG``, or without mim.

Pretraining and classification of this package, and detectors and segmentors of mmdet
and mmseg, whose data is looked at first.

Nothing heavy is imported before the arguments are read.
"""

from __future__ import annotations

import argparse
import os
import sys

from ce_plugin.console.command import add_habits
from ce_plugin.version import __version__

DESCRIPTION = "Pretrain an image encoder by inpainting, or train on top of one."
EPILOG = """\
examples:
  %(prog)s configs/pretrain_ce.py
  %(prog)s configs/pretrain_ce.py --cfg-options data_root=/my/photos
  %(prog)s configs/pretrain_ce.py --resume
  %(prog)s faster-rcnn_r50-fpn_voc07.py --cfg-options data_root=data/VOCdevkit \\
      model.backbone.init_cfg.checkpoint=encoder.pth
"""


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = argparse.ArgumentParser(
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("config", help="a config file, or the name of a packaged one")
    add("--work-dir", help="where results go (default: work_dirs/<name of the config>)")
    add(
        "--resume",
        nargs="?",
        const="auto",
        metavar="CHECKPOINT",
        help="go on where the run in the work directory, or CHECKPOINT, stopped",
    )
    add("--amp", action="store_true", help="forward passes in bfloat16")
    add("--amp-anyway", action="store_true", help="--amp even where it is far slower")
    add(
        "--compile",
        action="store_true",
        help="on a GPU, record the training step once and replay it (CUDA graphs)",
    )
    add(
        "--deterministic",
        action="store_true",
        help="two runs on one device end in the same bits; slower",
    )
    add("--tensorboard", action="store_true", help="log to TensorBoard as well")
    add(
        "--cfg-options",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help="change the config, for example train_cfg.max_iters=500",
    )
    add("--launcher", choices=["none", "pytorch", "slurm", "mpi"], default="none")
    add("--local-rank", "--local_rank", type=int, default=0, help=argparse.SUPPRESS)
    add_habits(parser)
    return parser.parse_args(argv)


def train(args: argparse.Namespace) -> None:
    """Builds the run of ``args`` and runs it.

    Raises:
        InputError: Something asked for cannot be done.
        TrainingError: The run could not go on.
    """
    import logging
    from pathlib import Path

    import torch

    from ce_plugin.checkpoints import inspect_checkpoint, last_checkpoint
    from ce_plugin.console import terminal
    from ce_plugin.console.description import describe_results
    from ce_plugin.console.training import ToolRunner
    from ce_plugin.engine.amp import need_fast_bfloat16
    from ce_plugin.engine.config import check_config, hand_out, load_config
    from ce_plugin.engine.deterministic import ask_for_determinism
    from ce_plugin.engine.downstream import is_downstream, prepare
    from ce_plugin.engine.memory import keep_memory
    from ce_plugin.engine.precision import DEFAULT, set_float32_precision
    from ce_plugin.errors import InputError

    terminal().line(f"ce_plugin {__version__}, {args.config}")
    # A log line that finds the disk full is not worth a traceback of its own.
    logging.raiseExceptions = False
    cfg = load_config(args.config, args.cfg_options)
    cfg.launcher = args.launcher
    if args.work_dir:
        cfg.work_dir = args.work_dir
    elif not cfg.get("work_dir"):
        cfg.work_dir = str(Path("work_dirs", Path(args.config).stem))
    if args.amp or args.amp_anyway:
        if not args.amp_anyway:
            need_fast_bfloat16()
        cfg.optim_wrapper.type = "ce_plugin.AutocastOptimWrapper"
    set_float32_precision(cfg.get("float32_precision", DEFAULT))
    if args.deterministic:
        ask_for_determinism(cfg)
    if args.compile:
        _ask_for_capture(cfg)
    if args.tensorboard:
        _ask_for_tensorboard(cfg)
    if is_downstream(cfg):
        asked = [o for o in args.cfg_options if o.startswith("data_root=")]
        prepare(cfg, cfg.data_root if asked else None)
    else:
        check_config(cfg)
        hand_out(cfg)

    if args.resume == "auto":
        named = last_checkpoint(cfg.work_dir)
        if named is None:
            raise InputError(
                f"nothing to resume in {cfg.work_dir}; leave --resume out to start"
            )
        cfg.load_from = named
    elif args.resume:
        cfg.load_from = args.resume
    cfg.resume = bool(args.resume)
    if cfg.get("load_from"):
        inspect_checkpoint(cfg.load_from)

    # With a GPU too: the processes that read pictures inherit it.
    keep_memory()
    if args.launcher == "pytorch" and not torch.cuda.is_available():
        # mmengine's own start asks for a CUDA device, and so does its wrapper.
        torch.distributed.init_process_group("gloo")
        cfg.model_wrapper_cfg.device_ids = None
    try:
        ToolRunner.from_cfg(cfg).train()
        for line in describe_results(cfg.work_dir):
            terminal().line(line)
    finally:
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()


def _ask_for_capture(cfg) -> None:
    if cfg.train_cfg.get("type") == "PretrainLoop":
        cfg.train_cfg.capture = True
    else:
        from ce_plugin.console import terminal

        said = "--compile: only this package's PretrainLoop can; the step runs as usual"
        terminal().line(said)


def _ask_for_tensorboard(cfg) -> None:
    from importlib.util import find_spec

    from ce_plugin.errors import InputError

    if find_spec("tensorboard") is None:
        raise InputError("--tensorboard needs it: pip install tensorboard")
    cfg.visualizer.vis_backends.append(dict(type="TensorboardVisBackend"))


def main() -> int:
    """The command."""
    args = parse_args()
    os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    from ce_plugin.console.command import run

    return run(lambda: train(args), args.traceback, "go on with --resume", args.verbose)


if __name__ == "__main__":
    sys.exit(main())
