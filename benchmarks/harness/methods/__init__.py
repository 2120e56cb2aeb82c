"""Methods that suites choose from, and variants of them."""

from .catalogue import METHODS, method

__all__ = ["METHODS", "method"]
