"""Scores of finished pictures, and the sets of masks they are compared on."""
