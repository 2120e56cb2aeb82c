"""What is held out of training, and how training never sees it.

Many pictures are split by picture: a share of them, ``MOST_HELD_OUT`` at most, is held
out, and what is a copy of one of those, byte for byte, is on neither side. With fewer
than ``FEWEST_PICTURES`` that would leave too little on one side, so each picture is
split by region: across its longer side, the right (or lower) part is held out. Either
way no decoded pixel is on both sides.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable

import numpy as np
import torch
from mmengine.logging import print_log

from ce_plugin.errors import InputError

from .decoding.decode import BadPicture
from .name_table import Names
from .scan import Index

Content = Callable[[int, int, int], bytes]
"""(number of a picture, first byte, bytes) -> at most so many bytes of its file."""

FEWEST_PICTURES = 20
"""Below this many pictures the split is by region."""
FEWEST_HELD_OUT = 8
"""At least this many pictures are held out, or a quarter where that is less."""
MOST_HELD_OUT = 5000
"""At most this many: enough for any validation, and every picture of their sizes is
compared with them. With the usual share of 0.05 it counts from 100,000 pictures on."""
RULE = 1
"""Number of the rules in this file; those of another one are worked out anew."""
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


def choose_held_out(names: Names, share: float, seed: int) -> np.ndarray:
    """Numbers of the held-out names: a few at least, ``MOST_HELD_OUT`` at most.

    The order of ``names`` does not matter, and most of the choice stays when pictures
    are added: names are ranked by a hash of seed and name.

    Args:
        names: At least two different names.
        share: Share to hold out, in (0, 1).
        seed: Another seed, another choice.

    Returns:
        int64, in rising order.

    Example:
        >>> names = Names.of(f'{i}.jpg' for i in range(20))
        >>> len(choose_held_out(names, 0.1, seed=0))
        5
    """
    start = f"{seed}\0".encode()

    def rank(name: bytes) -> int:
        digest = hashlib.blake2b(start + name, digest_size=8).digest()
        return int.from_bytes(digest, "big")

    # A few at least: figures from one picture, perhaps an unreadable one, say nothing.
    fewest = max(1, min(FEWEST_HELD_OUT, len(names) // 4))
    count = min(max(fewest, round(share * len(names))), MOST_HELD_OUT, len(names) - 1)
    ranks = names.map(rank, np.uint64)
    return np.sort(np.argsort(ranks, kind="stable")[:count])


def split_pictures(
    index: Index, split: str, share: float, seed: int, content: Content
) -> np.ndarray:
    """The numbers of one side; 'train' without copies of what is held out.

    Args:
        index: All pictures; what is found about them is kept beside it.
        split: 'train' or 'val'.
        share: See :func:`choose_held_out`.
        seed: See :func:`choose_held_out`.
        content: Reads the pictures.

    Raises:
        InputError: Nothing is left to train on.
    """

    def sides() -> dict[str, np.ndarray]:
        held = choose_held_out(index.names, share, seed)
        others = np.delete(np.arange(len(index.names)), held)
        copies = find_copies(others, held, index.sizes, content)
        train = others[~np.isin(others, copies)]
        kind = np.uint32 if len(index.names) < 2**32 else np.int64
        found = dict(val=held, train=train, copies=copies)
        return {name: numbers.astype(kind) for name, numbers in found.items()}

    if split == "val" and index.folder is None:
        return choose_held_out(index.names, share, seed)
    found = index.kept(f"split-{RULE}-{seed}-{float(share).hex()}", sides)
    copies = found["copies"]
    if len(copies) and split == "train":
        print_log(
            f"{len(copies)} training picture(s) are copies of held-out ones and left "
            f"out, such as {index.names[int(copies[0])]}",
            logger="current",
        )
    if split == "train" and not len(found["train"]):
        raise InputError("every training picture is a copy of a held-out one")
    return found[split]


def find_copies(
    candidates: np.ndarray, of: np.ndarray, sizes: np.ndarray, content: Content
) -> np.ndarray:
    """The candidates that are, byte for byte, copies of one of the originals.

    Only pictures of equal size are opened, and read as a whole only where some bytes
    from their middle agree. Each is read at most once so and once as a whole, however
    many are alike.

    Args:
        candidates: Numbers of pictures.
        of: Numbers of the originals.
        sizes: Bytes of all pictures; below 1 (missing or empty): a copy of nothing.
        content: Reads them.

    Returns:
        int64, in the candidates' order.
    """
    originals: dict[int, list[int]] = defaultdict(list)
    for number, size in zip(of.tolist(), sizes[of].tolist()):
        if size > 0:
            originals[size].append(number)
    known = np.fromiter(originals, np.int64, len(originals))
    alike = candidates[np.isin(sizes[candidates], known)]
    # Of each size that is met: the originals by their middles.
    middles: dict[int, dict[bytes, list[int]]] = {}
    # Of the originals whose middle is met: the digests of the whole.
    digests: dict[tuple[int, bytes], set[bytes]] = {}
    copies = []
    for number, size in zip(alike.tolist(), sizes[alike].tolist()):
        if size not in middles:
            middles[size] = defaultdict(list)
            for original in originals[size]:
                middles[size][_middle(original, size, content)].append(original)
        middle = _middle(number, size, content)
        near = middles[size].get(middle)
        if not near:
            continue
        if (size, middle) not in digests:
            digests[size, middle] = {_digest(o, size, content) for o in near}
        if _digest(number, size, content) in digests[size, middle]:
            copies.append(number)
    return np.array(copies, np.int64)


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


def _middle(number: int, size: int, content: Content) -> bytes:
    # The middle: headers and embedded thumbnails agree among a camera's pictures.
    try:
        part = content(number, size // 2, min(_PROBE_BYTES, size - size // 2))
    except (PermissionError, BadPicture):  # like nothing else; reading will say so
        return str(number).encode()
    return hashlib.blake2b(part, digest_size=16).digest()


def _digest(number: int, size: int, content: Content) -> bytes:
    # One byte more, so that a file that has grown since is not taken for its beginning.
    return hashlib.blake2b(content(number, 0, size + 1)).digest()
