"""What an encoder is judged by: one kind of task a file."""

from .detection import Detection
from .probes import VOCProbe
from .segmentation import Segmentation

__all__ = ["Detection", "Segmentation", "VOCProbe"]
