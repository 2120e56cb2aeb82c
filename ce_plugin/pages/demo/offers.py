"""Which fillers the page has, and what the others lack."""

from __future__ import annotations

import inspect
import os
from dataclasses import dataclass

from ce_plugin.errors import InputError
from ce_plugin.inpainting.fillers import Filler, build_filler, filler_names

NETWORK = "encoder-decoder"
BEST_START = f"patchmatch from {NETWORK}"


@dataclass(frozen=True)
class Offer:
    """A filler that the page lists.

    Attributes:
        name: What the page calls it.
        filler: It, ready; None where it lacks something.
        lacks: What to give, one line; empty where it is ready.
    """

    name: str
    filler: Filler | None = None
    lacks: str = ""


def list_offers(
    checkpoint: str | os.PathLike | None = None,
    collection: str | os.PathLike | None = None,
    device: str | None = None,
) -> list[Offer]:
    """All registered fillers, those that are ready first.

    Args:
        checkpoint: Of the encoder-decoder, and of what starts from it.
        collection: Of the nearest neighbour; its index is made here, on the first use.
        device: For the network.

    Raises:
        InputError: What is given cannot be used.
    """
    offers = [
        _offer(name, cls, checkpoint, collection, device)
        for name, cls in filler_names().items()
    ]
    network = next((o for o in offers if o.name == NETWORK), None)
    if network and any(o.name == "patchmatch" for o in offers):
        if network.filler is None:
            offers.append(Offer(BEST_START, lacks=network.lacks))
        else:
            started = build_filler("patchmatch", start=network.filler)
            offers.append(Offer(BEST_START, started))
    return sorted(offers, key=lambda o: (o.filler is None, o.name))


def _offer(
    name: str,
    cls: type[Filler],
    checkpoint: str | os.PathLike | None,
    collection: str | os.PathLike | None,
    device: str | None,
) -> Offer:
    takes = inspect.signature(cls).parameters
    if "collection" in takes:
        # By HOG: by an encoder the collection is described anew for every hole.
        flag, options = "--collection", dict(collection=collection)
    elif name == NETWORK:
        flag, options = "--checkpoint", dict(checkpoint=checkpoint, device=device)
    else:
        flag, options = "", {}
    given = flag and options[flag.strip("-")] is not None
    try:
        filler = build_filler(name, **options)
    except InputError as error:
        if given:
            raise
        return Offer(name, lacks=f"start the page with {flag}: {error}" if flag else "")
    if given and flag == "--collection":
        # Now, where the terminal shows how far it is.
        _ = filler.index  # type: ignore[attr-defined]
    return Offer(name, filler)
