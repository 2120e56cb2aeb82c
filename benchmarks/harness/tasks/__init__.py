"""What an encoder is judged by: one kind of task a file."""

from .class_folders import FolderKNN
from .classification import Classification
from .detection import Detection
from .digits import Digits
from .probes import VOCProbe
from .segmentation import Segmentation

__all__ = [
    "Classification",
    "Detection",
    "Digits",
    "FolderKNN",
    "Segmentation",
    "VOCProbe",
]
