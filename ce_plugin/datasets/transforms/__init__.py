"""Transforms of a picture between file and batch: crops, views, jitter."""
