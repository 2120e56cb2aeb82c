"""Targets: what a pretext predicts of the hidden part of a picture."""

from .bag_of_words import BagOfWords
from .base import Target
from .hog import HOGTarget
from .networks import AveragedTeacher, FixedNetwork
from .pixels import PixelTarget
from .teacher_words import TeacherWords
from .words import VisualWords

__all__ = [
    "AveragedTeacher",
    "BagOfWords",
    "FixedNetwork",
    "HOGTarget",
    "PixelTarget",
    "Target",
    "TeacherWords",
    "VisualWords",
]
