"""Pictures in: where they lie, how they are read, cut and changed, in which order.

``Pictures`` looks at ``data_root`` and picks the kind of dataset; the sampler hands
each sample its own randomness; ``collate_samples`` makes batches. See
:class:`PictureDataset` for what every kind promises.
"""

from .bundled import BundledPhotos
from .collate import collate_samples
from .folder import ImageFolder, ImageList
from .pictures import PictureDataset
from .sampler import SeededSampler
from .select import Pictures
from .transforms import EnsureMinSize, ReleasedRandomCrop, ShortSideResize
from .voc import VOC_CLASSES, VOCImages
from .voc_labels import VOCLabels

__all__ = [
    "VOC_CLASSES",
    "BundledPhotos",
    "EnsureMinSize",
    "ImageFolder",
    "ImageList",
    "PictureDataset",
    "Pictures",
    "ReleasedRandomCrop",
    "SeededSampler",
    "ShortSideResize",
    "VOCImages",
    "VOCLabels",
    "collate_samples",
]
