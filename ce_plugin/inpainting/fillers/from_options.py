"""A filler from the words of a command line; inpaint and score share them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import Filler


def add_arguments(parser: argparse.ArgumentParser, default: str | None) -> None:
    """``--filler`` and what fillers take. Imports nothing heavy."""
    add = parser.add_argument
    choice = f"default: {default}" if default else "with --checkpoint: encoder-decoder"
    add("--filler", default=default, help=choice)
    add("--checkpoint", help="of the network: a file or a run's folder")
    add("--strict", action="store_true", help="refuse holes unlike the training's")
    add(
        "--blend",
        action=argparse.BooleanOptionalAction,
        help="hide the seam (default: nearest does, encoder-decoder does not)",
    )
    add("--start", help="of patchmatch: noise, context-mean or a filler's name")
    add("--collection", help="of nearest: the pictures to take from")
    add("--descriptor", help="of nearest: hog, or encoder with --checkpoint")
    add("--device", help="for a network (default: cuda if there, or cpu)")


def filler_of(args: argparse.Namespace) -> Filler:
    """The filler of the arguments; those that it has no use for are refused.

    Raises:
        InputError: No such filler, or one that lacks something or does not take what
            is given.
    """
    from . import build_filler

    name = args.filler or "encoder-decoder"
    network = dict(checkpoint=args.checkpoint, device=args.device)
    options = dict(
        collection=args.collection, descriptor=args.descriptor, blend=args.blend
    )
    if args.strict:
        options["strict"] = True
    if name == "patchmatch" and args.start not in (None, "noise", "context-mean"):
        # What else is given is for the filler that it starts from.
        return build_filler(name, start=build_filler(args.start, **network, **options))
    return build_filler(name, start=args.start, **network, **options)
