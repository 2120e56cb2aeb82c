"""The output of the tools: a few lines, and on a terminal a progress bar.

In a pipe there are plain lines only. The whole log of a run is in its file, and
``--verbose`` brings it to the screen. Only the first of several processes speaks.
"""

from .progress import counted, track
from .terminal import Terminal, begin, terminal

__all__ = ["Terminal", "begin", "counted", "terminal", "track"]
