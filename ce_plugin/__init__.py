"""Context Encoder pretraining for mmengine: learn an image encoder by inpainting.

Importing the package costs nothing: no torch, no mmengine, none of the libraries
that only some parts need. The parts are found by name, ``type='ce_plugin.X'``, through
:mod:`ce_plugin.registry`. ``ce_plugin.from_pretrained``, ``load_model`` and
``save_pretrained`` are imported on first use.
"""

from .version import __version__

__all__ = ["__version__", "from_pretrained", "load_model", "save_pretrained"]

_LAZY = ("from_pretrained", "load_model", "save_pretrained")


def __getattr__(name: str) -> object:
    if name == "zoo":
        # Not `from . import`, which asks here first.
        import ce_plugin.zoo as found

        return found
    if name in _LAZY:
        from . import checkpoints

        return getattr(checkpoints, name)
    raise AttributeError(f"module 'ce_plugin' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY, "zoo"])
