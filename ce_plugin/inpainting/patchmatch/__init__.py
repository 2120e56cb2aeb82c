"""Patch-based completion: PatchMatch fields and votes, coarse to fine."""

from .completion import complete, vote
from .field import Matching, patches_within, search
from .levels import Level, with_texture
from .regions import groups, windows

__all__ = [
    "Level",
    "Matching",
    "complete",
    "groups",
    "patches_within",
    "search",
    "vote",
    "windows",
    "with_texture",
]
