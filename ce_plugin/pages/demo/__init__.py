"""A local page to play with: load a photo, paint the hole, compare the fillers.

Flask is imported by :mod:`.app` and :mod:`.server` only, an extra.
"""

from .limits import Limits
from .offers import Offer, list_offers

__all__ = ["Limits", "Offer", "list_offers"]
