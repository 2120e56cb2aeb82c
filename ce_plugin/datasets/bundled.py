"""Real photographs that need no download: those that two packages carry."""

from __future__ import annotations

import os
from importlib.util import find_spec

from ce_plugin.errors import InputError
from ce_plugin.registry import DATASETS

from .pictures import PictureDataset

# Colour photographs of scenes and things. Not here: micrographs, the retina and the
# telescope's picture (mostly one background), grey pictures, drawings, and
# motorcycle_right, the same scene as motorcycle_left.
PHOTOS = {
    "skimage": (
        "scikit-image",
        "data",
        (
            "astronaut.png",
            "chelsea.png",
            "coffee.png",
            "motorcycle_left.png",
            "rocket.jpg",
        ),
    ),
    "sklearn": ("scikit-learn", "datasets/images", ("china.jpg", "flower.jpg")),
}


@DATASETS.register_module()
class BundledPhotos(PictureDataset):
    """The seven colour photographs in scikit-image and scikit-learn, 300 px and more.

    With so few, a region of each is held out (:mod:`.split`). Nothing is downloaded and
    neither package is imported.

    Args:
        **options: See :class:`PictureDataset`.

    Raises:
        InputError: A package, or a photograph in it, is missing.

    Example:
        >>> photos = BundledPhotos(split='val')
        >>> len(photos), photos.names[0]
        (7, 'astronaut.png')
    """

    def __init__(self, **options) -> None:
        self._paths = _find_photos()
        super().__init__("", list(self._paths), **options)

    def path_of(self, name: str) -> str:
        return self._paths[name]

    @property
    def metainfo(self) -> dict:
        info = super().metainfo
        info["data"]["root"] = "scikit-image, scikit-learn"
        return info


def _find_photos() -> dict[str, str]:
    paths = {}
    for module, (package, folder, names) in PHOTOS.items():
        # importlib.resources would import the package: a second, for scikit-learn.
        spec = find_spec(module)
        homes = (spec and spec.submodule_search_locations) or []
        for name in names:
            found = [os.path.join(home, folder, name) for home in homes]
            found = [path for path in found if os.path.isfile(path)]
            if not found:
                raise InputError(
                    f"the bundled photograph {name} is part of {package}: pip install "
                    f"{package}, or set data_root to pictures of your own"
                )
            paths[name] = found[0]
    return paths
