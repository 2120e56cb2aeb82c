"""What is held out of training, and how training never sees it.

Many pictures are split by picture. With fewer than ``FEWEST_PICTURES`` that would leave
too little on one side, so each picture is split by region: across its longer side, the
right (or lower) part is held out. Either way no decoded pixel is on both sides.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import torch
from mmengine.logging import print_log

from ce_plugin.datasets.decode import BadPicture
from ce_plugin.errors import InputError

FEWEST_PICTURES = 20
"""Below this many pictures the split is by region."""
FEWEST_HELD_OUT = 8
"""At least this many pictures are held out, or a quarter where that is less."""
REGION_SHARE = 0.25
"""Share of the longer side that is held out in a split by region."""
_PROBE_BYTES = 4096


def how_to_split(split: str, wanted: str, share: float, count: int) -> str:
    """'pictures', 'regions' or 'none'.

    Args:
        split: 'train', 'val' or 'all'.
        wanted: 'pictures', 'regions', or 'auto' for the rule above.
        share: Share to hold out; 0: nothing.
        count: Number of pictures.

    Raises:
        InputError: The side asked for would be empty.

    Example:
        >>> how_to_split('train', 'auto', 0.05, count=7)
        'regions'
    """
    if split == "val" and share == 0:
        raise InputError("split='val' with held_out=0 is empty; set held_out")
    if split == "all" or share == 0:
        return "none"
    if wanted == "auto":
        wanted = "regions" if count < FEWEST_PICTURES else "pictures"
    if wanted == "pictures" and count < 2:
        raise InputError("one picture can only be split with split_by='regions'")
    return wanted


def choose_held_out(names: Sequence[str], share: float, seed: int) -> set[str]:
    """The held-out names: a few at least, never all.

    The order of ``names`` does not matter, and most of the choice stays when pictures
    are added: names are ranked by a hash of seed and name.

    Args:
        names: At least two different names.
        share: Share to hold out, in (0, 1).
        seed: Another seed, another choice.

    Example:
        >>> len(choose_held_out([f'{i}.jpg' for i in range(20)], 0.1, seed=0))
        5
    """

    def rank(name: str) -> bytes:
        key = f"{seed}\0{name}".encode("utf-8", "surrogateescape")
        return hashlib.blake2b(key, digest_size=8).digest()

    # A few at least: figures from one picture, perhaps an unreadable one, say nothing.
    fewest = max(1, min(FEWEST_HELD_OUT, len(names) // 4))
    count = min(max(fewest, round(share * len(names))), len(names) - 1)
    return set(sorted(names, key=rank)[:count])


def split_names(
    names: Sequence[str],
    held: set[str],
    split: str,
    sizes: Mapping[str, int],
    path_of: Callable[[str], str],
) -> list[str]:
    """The names of one side; 'train' without copies of what is held out.

    Raises:
        InputError: Nothing is left to train on.
    """
    if split == "val":
        return [name for name in names if name in held]
    kept = [name for name in names if name not in held]
    copies = find_copies(kept, sorted(held), sizes, path_of)
    if not copies:
        return kept
    print_log(
        f"{len(copies)} training picture(s) are copies of held-out ones and left out, "
        f"such as {min(copies)}",
        logger="current",
    )
    if len(copies) == len(kept):
        raise InputError("every training picture is a copy of a held-out one")
    return [name for name in kept if name not in copies]


def find_copies(
    names: Sequence[str],
    of: Sequence[str],
    sizes: Mapping[str, int],
    path_of: Callable[[str], str],
) -> set[str]:
    """Those of ``names`` whose file is, byte for byte, the file of one in ``of``.

    Only files of equal size are opened, and read as a whole only where some bytes from
    their middle agree.

    Args:
        names: Candidates.
        of: Originals.
        sizes: Bytes of each; below 1 (missing or empty): a copy of nothing.
        path_of: From a name to its file.
    """
    originals = defaultdict(list)
    for name in of:
        originals[sizes[name]].append(name)
    probes: dict[str, bytes] = {}
    copies = set()
    for name in names:
        size = sizes[name]
        if size < 1 or size not in originals:
            continue
        for original in originals[size]:
            if original not in probes:
                probes[original] = _probe(path_of(original), size)
        probe = _probe(path_of(name), size)
        near = [o for o in originals[size] if probes[o] == probe]
        if near and _digest(path_of(name)) in {_digest(path_of(o)) for o in near}:
            copies.add(name)
    return copies


def cut_region(picture: torch.Tensor, split: str, share: float) -> torch.Tensor:
    """The part of a picture that belongs to ``split``, as a view.

    Args:
        picture: (C, H, W).
        split: 'train': the left or upper part; 'val': the rest.
        share: Share of the longer side that 'val' gets; at least a pixel.

    Raises:
        BadPicture: The longer side is a single pixel.

    Example:
        >>> cut_region(torch.zeros(3, 30, 40), 'val', 0.25).shape
        torch.Size([3, 30, 10])
    """
    height, width = picture.shape[-2:]
    dim, side = (-1, width) if width >= height else (-2, height)
    if side < 2:
        raise BadPicture("a single pixel cannot be split")
    held = min(max(1, round(side * share)), side - 1)
    start, length = (0, side - held) if split == "train" else (side - held, held)
    return picture.narrow(dim, start, length)


def _probe(path: str, size: int) -> bytes:
    # The middle: headers and embedded thumbnails agree among a camera's pictures.
    try:
        with open(path, "rb") as file:
            file.seek(size // 2)
            return hashlib.blake2b(file.read(_PROBE_BYTES), digest_size=16).digest()
    except PermissionError:  # like nothing else; reading it will say so
        return path.encode("utf-8", "surrogateescape")


def _digest(path: str) -> bytes:
    with open(path, "rb") as file:
        return hashlib.blake2b(file.read()).digest()
