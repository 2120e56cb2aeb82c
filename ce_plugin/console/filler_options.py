"""The options of the commands that fill holes."""

from __future__ import annotations

import argparse


def add_filler_options(parser: argparse.ArgumentParser, default: str | None) -> None:
    """``--filler`` and what fillers take.

    Args:
        parser: Gets the options.
        default: The filler where none is named; None asks for one.
    """
    add = parser.add_argument
    choice = f"default: {default}" if default else "with --checkpoint: encoder-decoder"
    add("--filler", default=default, help=choice)
    own = "default of encoder-decoder: the generator that comes with the package"
    add("--checkpoint", help=f"of the network: a file or a run's folder ({own})")
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
