"""The former name of :mod:`ce_plugin.models.initialization.data_dependent`."""

import warnings

from .initialization.data_dependent import data_dependent_init

__all__ = ["data_dependent_init"]

warnings.warn(
    "ce_plugin.models.data_dependent_init is called "
    "ce_plugin.models.initialization.data_dependent now; import from there",
    DeprecationWarning,
    stacklevel=2,
)
