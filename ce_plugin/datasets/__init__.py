"""Pictures in: where they lie, how they are read, cut and changed, in which order.

``Pictures`` looks at ``data_root`` and picks the kind of dataset; the sampler hands
each sample its own randomness; ``collate_samples`` makes batches. See
:class:`PictureDataset` for what every kind promises.
"""

from .bundled import BundledPhotos
from .collate import collate_samples
from .folder import ImageFolder, ImageList
from .image_labels import ImageLabels
from .mnist import MNISTDigits
from .pictures import PictureDataset
from .sampler import SeededSampler
from .select import Pictures
from .shards.dataset import Shards
from .transforms.auto_augment import TimmAutoAugment
from .transforms.batch_views import BatchViews
from .transforms.jitter import BatchJitter
from .transforms.lightly_views import LightlyViews
from .transforms.patch_grid import RelativeLocationPatches
from .transforms.torchvision import EnsureMinSize, ReleasedRandomCrop, ShortSideResize
from .transforms.voc_crop import VOCRandomSquareCrop
from .voc import VOC_CLASSES, VOCImages
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
