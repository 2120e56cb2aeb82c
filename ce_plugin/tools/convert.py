"""Public weights under this package's names: ``mim run ce_plugin convert``.

Nothing heavy is imported before the arguments are read.
"""

from __future__ import annotations

import argparse
import sys

from ce_plugin.console.command import add_habits

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
    parser = argparse.ArgumentParser(
        description="Convert public Context Encoder weights, and others' encoders.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
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
    add("--pretext", default="supervised", help="with --kind foreign: how it learned")
    add(
        "--biases",
        choices=["drop", "keep"],
        default="drop",
        help="of the inpainting networks' convolutions: drop is the network as it was "
        "trained, keep what the released demo computes (default: drop)",
    )
    add_habits(parser)
    return parser.parse_args(argv)


def convert(args: argparse.Namespace) -> None:
    """Converts the file and writes the result, whole or not at all.

    Raises:
        InputError: See :func:`ce_plugin.checkpoints.convert`; or the file has not what
            is asked for.
    """
    from pathlib import Path

    from ce_plugin.checkpoints import convert, import_encoder, write_encoder
    from ce_plugin.checkpoints.formats.foreign import normalization_given
    from ce_plugin.errors import InputError

    out = Path(args.out)
    if out.suffix not in (".pth", ".pt", ".safetensors"):
        raise InputError(f"--out ends in .pth or .safetensors, not {args.out!r}")
    if out.exists() and Path(args.file).exists() and out.samefile(args.file):
        raise InputError(f"--out is the file itself, {args.out}")
    if args.no_bottleneck and not args.encoder:
        raise InputError("--no-bottleneck goes with --encoder")
    if args.kind == "foreign":
        network = None
        if args.network:
            network = dict(type="TimmBackbone", model_name=args.network)
        seen = normalization_given(args.mean, args.std, args.bgr)
        found = import_encoder(args.file, network, seen, args.pretext)
        count = write_encoder(found["state_dict"], out, found["meta"])
        print(f"{found['meta']['backbone']}: {count} tensors in {out.resolve()}")
        print(f"{_normalization(seen)}{' (assumed)' * (args.mean is None)}")
        return
    if args.network or args.mean or args.std or args.bgr:
        raise InputError("--network, --mean, --std and --bgr go with --kind foreign")
    found = convert(args.file, args.kind, args.biases)
    print(_describe(found["meta"]))
    state, meta = found["state_dict"], found["meta"]
    if args.encoder:
        state, meta = encoder_of(found, bottleneck=not args.no_bottleneck)
    count = write_encoder(state, out, meta)
    print(f"{count} tensors in {out.resolve()}")


def encoder_of(found: dict, bottleneck: bool = True) -> tuple[dict, dict]:
    """The encoder alone, in the form in which pretraining exports it.

    Args:
        found: What :func:`ce_plugin.checkpoints.convert` returns.
        bottleneck: With the code of the inpainting network, where it has one.

    Returns:
        Its state dict without a prefix, and its meta.

    Raises:
        InputError: There is no encoder, or no bottleneck to leave out.
    """
    from ce_plugin.errors import InputError

    meta = dict(found["meta"])
    backbone = meta["backbone"]
    if not backbone:
        raise InputError(f"the {meta['source']['network']} has no encoder")
    prefix = "backbone."
    state = {
        key.removeprefix(prefix): value
        for key, value in found["state_dict"].items()
        if key.startswith(prefix)
    }
    if not bottleneck:
        if not backbone.get("bottleneck"):
            raise InputError(f"the {backbone['type']} has no bottleneck to leave out")
        last = max(int(key.split(".")[1]) for key in state)
        state = {k: v for k, v in state.items() if not k.startswith(f"stages.{last}.")}
        meta["backbone"] = dict(backbone, bottleneck=None)
        meta["out_channels"] = (len(state[f"stages.{last - 1}.conv.weight"]),)
        meta["out_strides"] = (2**last,)
    meta["tensors"] = len(state)
    del meta["model"]
    return state, meta


def _normalization(seen: dict) -> str:
    mean, std = (" ".join(f"{v:g}" for v in seen[key]) for key in ("mean", "std"))
    return f"normalisation: mean {mean}, std {std}, {'BGR' if seen['bgr'] else 'RGB'}"


def _describe(meta: dict) -> str:
    source = meta["source"]
    said = [f"{source['kind']}: {source['network']}, {meta['tensors']} tensors"]
    if meta["largest_bias"] is not None:
        said.append(f"biases {meta['biases']} (largest {meta['largest_bias']:.2g})")
    if meta["left_over"]:
        said.append(f"not part of it and left out: {', '.join(meta['left_over'])}")
    if meta["model"] is None:
        said.append("no decoder in the file")
    return "; ".join(said)


def main() -> int:
    """The command."""
    args = parse_args()
    from ce_plugin.console.command import run

    return run(
        lambda: convert(args), args.traceback, "convert it again", verbose=args.verbose
    )


if __name__ == "__main__":
    sys.exit(main())
