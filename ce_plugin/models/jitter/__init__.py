"""Changes of views on the whole batch, each view by its own draw."""

from .batch import jitter_batch

__all__ = ["jitter_batch"]
