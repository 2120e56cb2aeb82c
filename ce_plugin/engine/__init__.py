"""The pretraining loop, optimizers and hooks."""

from .hooks import *  # noqa: F403
from .loop import PretrainLoop  # noqa: F401
from .optimizers import *  # noqa: F403
