"""Picture files that come back as they came, with only a hole changed."""

from .frame import Frame
from .picture import PictureFile
from .read import of_arrays, read_picture_file
from .write import to_bytes

__all__ = ["Frame", "PictureFile", "of_arrays", "read_picture_file", "to_bytes"]
