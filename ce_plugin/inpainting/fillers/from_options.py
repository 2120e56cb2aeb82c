"""A filler from the options of a command line; inpaint and score share them."""

from __future__ import annotations

import argparse

from .base import Filler
from .build import build_filler


def filler_of(args: argparse.Namespace) -> Filler:
    """Builds the filler; options that it does not take are refused.

    Args:
        args: With the options of
            :func:`~ce_plugin.console.filler_options.add_filler_options`.

    Raises:
        InputError: No such filler, or one that lacks something or does not take what
            is given.
    """
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
