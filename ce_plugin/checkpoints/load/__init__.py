"""Weights in: read, checked, matched to a network and loaded whole."""
