"""Weights that come with the package, by name: ``ce_plugin://NAME``.

One ``NAME.safetensors`` for each, which carries its config, and ``NAME.json`` beside
it: what it has learned from, what it is worth, and what may be said of it.
docs/zoo.md tells how both are made anew.
"""

from .files import FOLDER, SCHEME, card_of, named, resolve, weights_of, zoo_names

__all__ = [
    "FOLDER",
    "GENERATOR",
    "SCHEME",
    "card_of",
    "named",
    "resolve",
    "weights_of",
    "zoo_names",
]

GENERATOR = f"{SCHEME}inpaint-128"
"""What fills holes where nobody says which network is to."""
