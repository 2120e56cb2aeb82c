"""A network as ONNX or a torch.export program: ``mim run ce_plugin export_program``.

Nothing heavy is imported before the arguments are read. ``export`` writes weights for
other libraries; this writes what runs by itself.
"""

from __future__ import annotations

import argparse
import sys

from ce_plugin.console.command import run_tool, tool_parser

EPILOG = """\
examples:
  %(prog)s work_dirs/pretrain_ce inpaint.onnx
  %(prog)s work_dirs/pretrain_ce inpaint.pt2
  %(prog)s work_dirs/pretrain_ce/encoder.pth encoder.onnx --part encoder

The generator takes `picture` (batch, 3, S, S), RGB in [0, 1], and `mask` (batch, 1, S,
S), 1 = hole, both float32, and gives `prediction` and `composite`. The encoder takes
`picture` of any size, where its network does, and gives one map a stage, `c1` and on.
Normalisation and filling are inside.
"""


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = tool_parser(
        "Write a network as ONNX or as a program of torch.export.", EPILOG
    )
    add = parser.add_argument
    add(
        "checkpoint",
        help="a training checkpoint, a run's folder, a converted file or a folder of "
        "save_pretrained; for the encoder also an encoder file",
    )
    add("out", help="the file to write: .onnx (needs the extra `onnx`) or .pt2")
    add("--part", choices=["generator", "encoder"], default="generator")
    add("--size", type=int, help="side of the pictures, where the file does not say it")
    add(
        "--fixed-size",
        action="store_true",
        help="the encoder takes pictures of --size only, though it could take any",
    )
    add(
        "--stages",
        type=int,
        nargs="+",
        metavar="N",
        help="which maps of the encoder, counted from 1 (default: all)",
    )
    add(
        "--no-normalization",
        action="store_true",
        help="the encoder takes pictures that have been normalised, in the network's "
        "channel order",
    )
    add("--no-check", action="store_true", help="do not compare it with the network")
    return parser.parse_args(argv)


def export_program(args: argparse.Namespace) -> None:
    """Loads the network whole, writes the program and compares the two.

    Raises:
        InputError: See :mod:`ce_plugin.checkpoints.programs.portable` and
            :func:`~ce_plugin.checkpoints.programs.write.write_program`.
    """
    from ce_plugin.checkpoints.programs.portable import (
        portable_encoder,
        portable_generator,
    )
    from ce_plugin.checkpoints.programs.write import SUFFIXES, write_program
    from ce_plugin.errors import InputError

    if not args.out.endswith(SUFFIXES):
        raise InputError(f"OUT ends in .onnx or .pt2, not {args.out!r}")
    if args.size is not None and args.size < 1:
        raise InputError(f"--size is 1 or more, not {args.size}")
    if args.part == "encoder":
        portable = portable_encoder(
            args.checkpoint,
            args.size,
            not args.fixed_size,
            not args.no_normalization,
            args.stages,
        )
    else:
        if args.fixed_size or args.stages or args.no_normalization:
            raise InputError(
                "--fixed-size, --stages and --no-normalization go with --part encoder"
            )
        portable = portable_generator(args.checkpoint, args.size)
    print(write_program(portable, args.out, not args.no_check).describe(portable))


def main() -> int:
    """The command."""
    return run_tool(parse_args(), export_program)


if __name__ == "__main__":
    sys.exit(main())
