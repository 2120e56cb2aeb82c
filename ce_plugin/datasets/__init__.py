"""Pictures in: where they lie, how they are read, cut and changed, in which order.

``Pictures`` looks at ``data_root`` and picks the kind of dataset; the sampler hands
each sample its own randomness; ``collate_samples`` makes batches. See
:class:`PictureDataset` for what every kind promises.
"""

from .auto_augment import TimmAutoAugment
from .batch_views import BatchViews
from .bundled import BundledPhotos
from .collate import collate_samples
from .folder import ImageFolder, ImageList
from .image_labels import ImageLabels
from .jitter import BatchJitter
from .lightly_views import LightlyViews
from .mnist import MNISTDigits
from .patch_grid import RelativeLocationPatches
from .pictures import PictureDataset
from .sampler import SeededSampler
from .select import Pictures
from .shards import Shards
from .transforms import EnsureMinSize, ReleasedRandomCrop, ShortSideResize
from .voc import VOC_CLASSES, VOCImages
from .voc_crop import VOCRandomSquareCrop
from .voc_labels import VOCLabels

__all__ = [
    "VOC_CLASSES",
    "BatchJitter",
    "BatchViews",
    "BundledPhotos",
    "EnsureMinSize",
    "ImageFolder",
    "ImageLabels",
    "ImageList",
    "LightlyViews",
    "MNISTDigits",
    "PictureDataset",
    "Pictures",
    "RelativeLocationPatches",
    "ReleasedRandomCrop",
    "SeededSampler",
    "Shards",
    "ShortSideResize",
    "TimmAutoAugment",
    "VOCImages",
    "VOCLabels",
    "VOCRandomSquareCrop",
    "collate_samples",
]
