"""Base class of the mask generators."""

from abc import ABC, abstractmethod

import numpy as np

from ce_plugin.errors import InputError


class MaskGenerator(ABC):
    """Draws the hole of one picture; True is the hole, as in section 3 of the paper.

    A generator holds its constructor arguments and no state: the mask depends on the
    size and on ``rng`` alone, so any process that has the same ``rng`` draws the same
    hole. Anything large (a noise pattern, object shapes) is built on the first call,
    once a process, and is not pickled.

    To add one, write a class here, decorate it with ``@MASKS.register_module()`` and
    import it in ``ce_plugin/masks/__init__.py``; the contract test finds it by itself.

    Example:
        >>> import numpy as np
        >>> class LeftHalf(MaskGenerator):
        ...     def __call__(self, height, width, rng):
        ...         self.check_size(height, width, least=2)
        ...         mask = np.zeros((height, width), bool)
        ...         mask[:, : width // 2] = True
        ...         return mask
        >>> LeftHalf()(2, 4, np.random.default_rng(0)).astype(int)
        array([[1, 1, 0, 0],
               [1, 1, 0, 0]])
    """

    @abstractmethod
    def __call__(self, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
        """Draw one mask.

        Args:
            height: Height of the picture, in pixels.
            width: Width of the picture, in pixels.
            rng: Source of all randomness. It is advanced by the call.

        Returns:
            A new bool array (height, width), True = hole. At least one pixel is hole
            and at least one is kept.

        Raises:
            InputError: The picture is too small for this generator, or no hole of the
                wanted area can be found in it.
        """

    def check_size(self, height: int, width: int, least: int) -> None:
        """Raise :class:`InputError` unless both sides have ``least`` pixels or more."""
        if height < least or width < least:
            raise InputError(
                f"{self} cannot fit a picture of {height}x{width} pixels: both sides "
                f"must be at least {least}; use larger pictures or crops"
            )

    def __repr__(self) -> str:
        shown = (f"{k}={v!r}" for k, v in vars(self).items() if not k.startswith("_"))
        return f"{type(self).__name__}({', '.join(shown)})"
