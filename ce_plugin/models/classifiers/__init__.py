"""Classification on whole pictures: the model, its heads and losses."""

from .heads import CaffeNetHead, LayerwiseLinear, PooledLinear
from .image_classifier import ImageClassifier
from .losses import BinaryCrossEntropyLoss, CrossEntropyLoss, MultiLabelLoss
from .mixing import MixupCutMix

__all__ = [
    "BinaryCrossEntropyLoss",
    "CaffeNetHead",
    "CrossEntropyLoss",
    "ImageClassifier",
    "LayerwiseLinear",
    "MixupCutMix",
    "MultiLabelLoss",
    "PooledLinear",
]
