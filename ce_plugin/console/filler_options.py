"""The options of a filler on a command line; inpaint and score share them."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser, default: str | None) -> None:
    """Adds ``--filler`` and the options that fillers take; imports nothing heavy."""
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
