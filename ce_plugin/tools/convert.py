"""Public weights under this package's names: ``mim run ce_plugin convert``.

Nothing heavy is imported before the arguments are read.
"""

from __future__ import annotations

import argparse
import sys

from ce_plugin.console.command import run_tool, tool_parser

EPILOG = """\
examples:
  %(prog)s netG_streetview.pth --out inpainting.pth
  %(prog)s inpaintCenter/paris_inpaintCenter.t7 --out inpainting.pth --biases keep
  %(prog)s features.caffemodel --out encoder.pth --encoder
  %(prog)s resnet50.pth --out supervised.pth --kind foreign
  %(prog)s atto.safetensors --out atto.pth --kind foreign --network convnext_atto
"""


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = tool_parser(
        "Convert public Context Encoder weights, and others' encoders.", EPILOG
    )
    add = parser.add_argument
    add(
        "file",
        help="the PyTorch port's .pth, a released .t7, a .caffemodel, or with --kind "
        "foreign a checkpoint of torchvision, timm, mmpretrain, lightly, VISSL ...",
    )
    add("--out", required=True, help="the file to write: .pth or .safetensors")
    add(
        "--encoder",
        action="store_true",
        help="write the encoder alone, as pretraining exports it",
    )
    add(
        "--no-bottleneck",
        action="store_true",
        help="with --encoder: without the code of the inpainting network, which takes "
        "pictures of one size only",
    )
    add(
        "--kind",
        choices=["pytorch", "torch7", "caffe", "foreign"],
        help="what the file is (default: its content tells which of the first three)",
    )
    add("--network", help="with --kind foreign: timm's name; not needed for a ResNet")
    add("--mean", nargs=3, type=float, help="with --kind foreign: of its pictures")
    add("--std", nargs=3, type=float, help="likewise (default: ImageNet's)")
    add("--bgr", action="store_true", help="likewise: it sees blue, green, red")
    add("--pretext", help="likewise: how it learned (default: supervised)")
    add(
        "--biases",
        choices=["drop", "keep"],
        help="of the inpainting networks' convolutions: drop is the network as it was "
        "trained, keep what the released demo computes (default: drop)",
    )
    return parser.parse_args(argv)


def convert(args: argparse.Namespace) -> None:
    """Converts the file, writes the result whole or not at all, and says what it is.

    Raises:
        InputError: See :mod:`ce_plugin.checkpoints.formats.convert_file`.
    """
    from ce_plugin.checkpoints.formats.convert_file import convert_file, convert_foreign
    from ce_plugin.errors import InputError

    inpainting = args.encoder or args.no_bottleneck or args.biases
    if args.kind == "foreign" and inpainting:
        raise InputError(
            "--encoder, --no-bottleneck and --biases are of inpainting networks; a "
            "foreign file is an encoder"
        )
    if args.no_bottleneck and not args.encoder:
        raise InputError("--no-bottleneck goes with --encoder")
    if args.kind == "foreign":
        seen = (args.mean, args.std, args.bgr)
        pretext = args.pretext or "supervised"
        said = convert_foreign(args.file, args.out, args.network, *seen, pretext)
    elif args.network or args.mean or args.std or args.bgr or args.pretext:
        raise InputError(
            "--network, --mean, --std, --bgr and --pretext go with --kind foreign"
        )
    else:
        parts = dict(encoder=args.encoder, bottleneck=not args.no_bottleneck)
        biases = args.biases or "drop"
        said = convert_file(args.file, args.out, args.kind, biases, **parts)
    print("\n".join(said))


def main() -> int:
    """The command."""
    return run_tool(parse_args(), convert, "convert it again")


if __name__ == "__main__":
    sys.exit(main())
