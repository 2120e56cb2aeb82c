"""An endless, seeded sampler that can start at any position."""

from __future__ import annotations

from collections.abc import Iterator, Sized

import numpy as np
from mmengine.dist import get_dist_info
from torch.utils.data import Sampler

from ce_plugin.errors import InputError
from ce_plugin.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class SeededSampler(Sampler):
    """Endless (index, draw) pairs that depend on the seed and the position only.

    Without replacement, each N positions are a permutation of their own, and draw is
    its number. With replacement, draw is the position. Of W processes, the r-th takes
    the positions r, r + W, ...: together they see the batches that one process with
    the joined batch size sees.

    ``start`` is the number of samples this process has taken already. Set it before
    iterating, and the stream goes on from there without reading anything.

    Args:
        dataset: A dataset with a length; ``class_balanced`` needs its
            ``class_of(index)``.
        seed: Seed of the run, not negative. None (mmengine's ``diff_rank_seed``) is 0:
            all processes must agree on the order.
        replacement: Draw each index independently, as the released code does.
        class_balanced: Draw a class (a folder), then a picture in it, both uniformly,
            as the released code does. Needs ``replacement``.

    Raises:
        InputError: An empty dataset, a negative seed, or options that do not go
            together.

    Example:
        >>> from itertools import islice
        >>> sampler = SeededSampler(range(3), seed=0)
        >>> stream = list(islice(sampler, 6))
        >>> sampler.start = 4
        >>> list(islice(sampler, 2)) == stream[4:]
        True
    """

    def __init__(
        self,
        dataset: Sized,
        seed: int | None = 0,
        replacement: bool = False,
        class_balanced: bool = False,
    ) -> None:
        seed = 0 if seed is None else int(seed)
        if len(dataset) == 0:
            raise InputError("SeededSampler: the dataset is empty")
        if seed < 0:
            raise InputError(f"SeededSampler: seed is not negative, got {seed}")
        if class_balanced and not replacement:
            raise InputError("SeededSampler: class_balanced needs replacement=True")
        if class_balanced and not hasattr(dataset, "class_of"):
            raise InputError(
                "SeededSampler: class_balanced asks the dataset's class_of(index), "
                f"which {type(dataset).__name__} has not"
            )
        self.dataset, self.seed = dataset, seed
        self.replacement, self.class_balanced = replacement, class_balanced
        self.rank, self.world_size = get_dist_info()
        self.start = 0
        self._members: list[np.ndarray] | None = None

    def __len__(self) -> int:
        """Samples of this process in one pass over the dataset, rounded up."""
        return -(-len(self.dataset) // self.world_size)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        count = len(self.dataset)
        position = self.start * self.world_size + self.rank
        current, order = -1, np.empty(0, np.int64)
        while True:
            epoch, place = divmod(position, count)
            if epoch != current:
                current, order = epoch, self._order(epoch)
            yield int(order[place]), position if self.replacement else epoch
            position += self.world_size

    def _order(self, epoch: int) -> np.ndarray:
        """The indices of one pass; an array, of which ten millions take 40 MB."""
        count = len(self.dataset)
        rng = np.random.default_rng((self.seed, epoch))
        if self.class_balanced:
            members = self._classes()
            chosen = rng.integers(len(members), size=count)
            uniform = rng.random(count)
            drawn = (
                members[c][int(u * len(members[c]))] for c, u in zip(chosen, uniform)
            )
            return np.fromiter(drawn, np.int64, count)
        if self.replacement:
            return rng.integers(count, size=count)
        # The same order as rng.permutation's, in half the memory where that is enough.
        order = np.arange(count, dtype=np.uint32 if count < 2**32 else np.int64)
        rng.shuffle(order)
        return order

    def _classes(self) -> list[np.ndarray]:
        if self._members is None:
            known: dict[str, int] = {}
            count = len(self.dataset)
            class_of = self.dataset.class_of  # type: ignore[attr-defined]
            names = (class_of(i) for i in range(count))
            met = (known.setdefault(name, len(known)) for name in names)
            numbers = np.fromiter(met, np.int64, count)
            # Numbers by sorted names, whatever the order they were met in.
            rank = np.empty(len(known), np.int64)
            rank[[known[name] for name in sorted(known)]] = np.arange(len(known))
            numbers = rank[numbers]
            order = np.argsort(numbers, kind="stable")
            ends = np.cumsum(np.bincount(numbers))[:-1]
            self._members = np.split(order, ends)
        return self._members
