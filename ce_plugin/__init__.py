"""Context Encoder pretraining for mmengine: learn an image encoder by inpainting.

Importing the package costs nothing: no torch, no mmengine, none of the libraries
that only some parts need. The parts are found by name, ``type='ce_plugin.X'``, through
:mod:`ce_plugin.registry`.
"""

__version__ = "0.1.0"
