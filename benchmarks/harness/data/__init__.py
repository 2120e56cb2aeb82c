"""The suites' data: entries, the split for choosing, and generated data."""

from .entries import bundled_photos, held_out, part, voc_pictures, whole

__all__ = ["bundled_photos", "held_out", "part", "voc_pictures", "whole"]
