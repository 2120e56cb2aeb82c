"""Targets: what a pretext predicts of the hidden part of a picture."""

from .bag_of_words import BagOfWords
from .base import Target
from .hog import HOGTarget
from .networks import AveragedTeacher, FixedNetwork
from .other_picture import OtherPicture
from .pixels import PixelTarget
from .teacher_words import TeacherWords
from .words import VisualWords

__all__ = [
    "AveragedTeacher",
    "BagOfWords",
    "FixedNetwork",
    "HOGTarget",
    "OtherPicture",
    "PixelTarget",
    "Target",
    "TeacherWords",
    "VisualWords",
]
