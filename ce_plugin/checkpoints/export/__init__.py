"""Weights out: the encoder's file and the config lines that use it."""
