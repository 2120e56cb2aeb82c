"""Decoding picture files to tensors."""
