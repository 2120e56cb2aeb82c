"""What tells a pretext task from other models around an encoder."""

from __future__ import annotations

from ce_plugin.models.base import EncoderModel


class Pretext(EncoderModel):
    """Base class of the pretext tasks: models whose encoder is what is wanted.

    Their checkpoints say what encoder they hold, so that a detector can start from one.
    """
