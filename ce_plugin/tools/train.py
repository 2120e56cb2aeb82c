"""Trains what a config says: ``mim train ce_plugin CONFIG``, or without mim.

Pretraining and classification of this package, and detectors and segmentors of mmdet
and mmseg, whose data is looked at first.

Nothing heavy is imported before the arguments are read.
"""

from __future__ import annotations

import argparse
import os
import sys

from ce_plugin.console.command import run_tool, tool_parser
from ce_plugin.version import __version__

DESCRIPTION = "Pretrain an image encoder by inpainting, or train on top of one."
EPILOG = """\
examples:
  %(prog)s configs/pretrain_ce.py
  %(prog)s configs/pretrain_ce.py --cfg-options data_root=/my/photos
  %(prog)s configs/pretrain_ce.py --resume
  %(prog)s faster-rcnn_r50-fpn_voc0712.py --cfg-options data_root=data/VOCdevkit \\
      model.backbone.init_cfg.checkpoint=encoder.pth
"""


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = tool_parser(DESCRIPTION, EPILOG)
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
    return parser.parse_args(argv)


def train(args: argparse.Namespace) -> None:
    """Builds the run of ``args`` and runs it.

    Raises:
        InputError: Something asked for cannot be done.
        TrainingError: The run could not go on.
    """
    os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    from ce_plugin.console import terminal
    from ce_plugin.console.description import describe_results
    from ce_plugin.engine import train as run

    terminal().line(f"ce_plugin {__version__}, {args.config}")
    cfg = run.prepare_run(
        args.config,
        args.cfg_options,
        args.work_dir,
        args.resume,
        args.launcher,
        amp=args.amp,
        amp_anyway=args.amp_anyway,
        capture=args.compile,
        deterministic=args.deterministic,
        tensorboard=args.tensorboard,
    )
    run.train(cfg)
    for line in describe_results(cfg.work_dir):
        terminal().line(line)


def main() -> int:
    """The command."""
    return run_tool(parse_args(), train, "go on with --resume")


if __name__ == "__main__":
    sys.exit(main())
