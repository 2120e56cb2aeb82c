"""Writes an encoder in another library's form: ``mim run ce_plugin export``.

Nothing heavy is imported before the arguments are read.
"""

from __future__ import annotations

import argparse
import sys

from ce_plugin.console.command import run_tool, tool_parser

EPILOG = """\
examples:
  %(prog)s work_dirs/pretrain_ce/iter_1050.pth encoder.pth
  %(prog)s encoder.pth encoder_d2.pth --style detectron2
  %(prog)s encoder.pth encoder.safetensors --style timm
"""


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = tool_parser("Export the encoder of a checkpoint.", EPILOG)
    add = parser.add_argument
    add("checkpoint", help="an encoder file in any style, or a training checkpoint")
    add("out", help="the file to write: .pth or .safetensors")
    add("--style", default="openmmlab", help="openmmlab, torchvision, timm, detectron2")
    return parser.parse_args(argv)


def export(args: argparse.Namespace) -> None:
    """Loads the encoder whole and writes it.

    Raises:
        InputError: See :func:`~ce_plugin.checkpoints.load_encoder` and
            :func:`~ce_plugin.checkpoints.write_encoder`.
    """
    from pathlib import Path

    from ce_plugin.checkpoints import load_encoder, write_encoder
    from ce_plugin.errors import InputError

    if Path(args.out).suffix not in (".pth", ".pt", ".safetensors"):
        raise InputError(f"OUT ends in .pth or .safetensors, not {args.out!r}")
    encoder, meta = load_encoder(args.checkpoint)
    count = write_encoder(encoder.state_dict(), args.out, meta, args.style)
    print(f"{count} tensors in {Path(args.out).resolve()} ({args.style} names)")


def main() -> int:
    """The command."""
    return run_tool(parse_args(), export)


if __name__ == "__main__":
    sys.exit(main())
