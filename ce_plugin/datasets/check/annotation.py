"""VOC's XML annotations, read so that each fault has a name."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree as ET

from ce_plugin.datasets.files import NO_XML

CORNERS = ("xmin", "ymin", "xmax", "ymax")


class BadAnnotation(Exception):
    """An annotation that cannot be used; the message is the reason."""


@dataclass(frozen=True)
class VOCObject:
    """One object.

    Attributes:
        name: Name of the object's class.
        box: xmin, ymin, xmax, ymax in pixels; the first pixel is 1, the last belongs to
            the box.
        difficult: Marked as such: neither learned nor counted.
    """

    name: str
    box: tuple[float, float, float, float]
    difficult: bool = False

    def is_turned(self) -> bool:
        """Whether the box's corners are swapped."""
        xmin, ymin, xmax, ymax = self.box
        return xmax < xmin or ymax < ymin

    def is_outside(self, size: tuple[int, int]) -> bool:
        """Whether the box reaches beyond a picture of this width and height.

        One pixel beyond the border passes: rounding, or a tool that counts from 0.
        """
        xmin, ymin, xmax, ymax = self.box
        width, height = size
        return min(xmin, ymin) < 0 or xmax > width + 1 or ymax > height + 1


@dataclass(frozen=True)
class Annotation:
    """One picture's annotation; ``size`` is (width, height), None where not noted."""

    size: tuple[int, int] | None
    objects: tuple[VOCObject, ...]


def read_annotation(path: str) -> Annotation:
    """Reads an annotation: its size, its objects.

    Raises:
        BadAnnotation: The file cannot be parsed, or an object lacks its name or box.
        FileNotFoundError: There is none.

    Example:
        >>> import os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), '1.xml')
        >>> box = '<xmin>1</xmin><ymin>2</ymin><xmax>8</xmax><ymax>9</ymax>'
        >>> with open(path, 'w') as file:
        ...     _ = file.write('<annotation><object><name>cat</name>'
        ...                    f'<bndbox>{box}</bndbox></object></annotation>')
        >>> read_annotation(path).objects[0].box
        (1.0, 2.0, 8.0, 9.0)
    """
    try:
        root = ET.parse(path).getroot()
    except NO_XML as error:
        raise BadAnnotation(f"no XML, {error}") from error
    size = root.find("size")
    if size is not None:
        try:
            size = (int(size.find("width").text), int(size.find("height").text))
        except (AttributeError, TypeError, ValueError) as error:
            raise BadAnnotation("its size is no width and height") from error
    return Annotation(size, tuple(_object(item) for item in root.findall("object")))


def _object(item: ET.Element) -> VOCObject:
    name = item.findtext("name")
    if not name:
        raise BadAnnotation("an object without a name")
    corners = [item.findtext(f"bndbox/{corner}") for corner in CORNERS]
    try:
        box = tuple(float(corner) for corner in corners)
    except (TypeError, ValueError) as error:
        raise BadAnnotation(f"a {name} without a box of four numbers") from error
    difficult = item.findtext("difficult", "0").strip() == "1"
    return VOCObject(name, box, difficult)
