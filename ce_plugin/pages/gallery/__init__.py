"""One self-contained page of a folder of results, beside their originals."""

from .finding import Results, find_results
from .making import Report, make_gallery
from .tiles import Tile, encode

__all__ = [
    "Report",
    "Results",
    "Tile",
    "encode",
    "find_results",
    "make_gallery",
]
