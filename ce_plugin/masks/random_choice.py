"""One of several generators, another for each picture."""

from collections.abc import Sequence

import numpy as np

from ce_plugin.errors import InputError
from ce_plugin.registry import MASKS

from .base import MaskGenerator
from .build import build_generator
from .checks import check_number


@MASKS.register_module()
class RandomChoice(MaskGenerator):
    """Holes of several kinds: for each picture one generator is drawn.

    A network that is to fill whatever hole a user brings is trained with more than one
    kind of them.

    Args:
        generators: Configs of generators, or generators.
        weights: How often each is drawn, in any unit; equally often by default.

    Raises:
        InputError: No generator, a config that cannot be built, a weight that is not
            positive, or not one for each generator.

    Example:
        >>> import numpy as np
        >>> kinds = [dict(type="CenterRegion"), dict(type="Outpainting")]
        >>> masks, rng = RandomChoice(kinds, weights=[3, 1]), np.random.default_rng(0)
        >>> sum(bool(masks(16, 16, rng)[8, 8]) for _ in range(100))
        69
    """

    def __init__(
        self,
        generators: Sequence[dict | MaskGenerator],
        weights: Sequence[float] | None = None,
    ) -> None:
        listed = isinstance(generators, Sequence) and not isinstance(generators, str)
        if not listed or not generators:
            raise InputError(
                "RandomChoice: generators is a list of configs of mask generators, "
                f"not {generators!r}"
            )
        weights = [1] * len(generators) if weights is None else list(weights)
        if len(weights) != len(generators):
            raise InputError(
                f"RandomChoice: {len(generators)} generators but {len(weights)} "
                "weights; give one for each"
            )
        for weight in weights:
            check_number("RandomChoice: weights", weight, above=0)
        self.generators = [build_generator(one) for one in generators]
        self.weights = weights

    def __call__(self, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
        self.check_size(height, width, least=2)
        # One number decides; rng.choice would cost more than some generators.
        ends = np.cumsum(self.weights)
        index = np.searchsorted(ends, rng.random() * ends[-1], side="right")
        return self.generators[min(index, len(ends) - 1)](height, width, rng)
