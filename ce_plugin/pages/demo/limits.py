"""How much the page's server takes on, and from whom."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from ce_plugin.errors import InputError

MOST_MEGAPIXELS = 100
"""Browsers draw no larger canvas, and Pillow warns of bombs from 89 on."""


@dataclass(frozen=True)
class Limits:
    """What is refused.

    Attributes:
        megabytes: Of an upload, the picture and its mask together; 10^6 bytes each.
        megapixels: Of a picture; 10^6 each.
        side: Of a picture in pixels; browsers draw no longer canvas.
        waiting: Requests that wait for the one at work.

    Raises:
        InputError: A limit that is none.
    """

    megabytes: float = 20
    megapixels: float = 16
    side: int = 16384
    waiting: int = 4

    def __post_init__(self) -> None:
        if not 0 < self.megabytes <= 1000:
            raise InputError(f"--max-megabytes is in (0, 1000], not {self.megabytes}")
        if not 0 < self.megapixels <= MOST_MEGAPIXELS:
            raise InputError(
                f"--max-megapixels is in (0, {MOST_MEGAPIXELS}], not {self.megapixels}"
            )

    @property
    def bytes(self) -> int:
        """Of an upload."""
        return int(self.megabytes * 1e6)


class Busy(Exception):
    """One at work and the queue full."""


class Gate:
    """One at a time, with a short queue; whoever finds it full is sent away.

    A place in the queue is taken before an upload is read, so that memory is bounded.

    Args:
        waiting: Places in the queue.
    """

    def __init__(self, waiting: int) -> None:
        self._places = threading.BoundedSemaphore(1 + waiting)
        self.turn = threading.Lock()
        """Held by the one at work."""

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place, at work or in the queue.

        Raises:
            Busy: There is none.
        """
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            yield
        finally:
            self._places.release()


@dataclass(frozen=True)
class Visitors:
    """Who may ask: a page of this very server, called by a name that is its own.

    A web site elsewhere can send a browser's requests here, under its own origin, or
    make its own name point here (DNS rebinding). Only the name counts, not the port, so
    that a forwarded port (``ssh -L``) works.

    Attributes:
        names: Host names and addresses of this server.
        any_address: An address in place of a name is right, whatever it is: it cannot
            have been made to point here.
    """

    names: Collection[str]
    any_address: bool = False

    def knows(self, host: str) -> bool:
        """Whether a Host header names this server."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self.names or (self.any_address and _is_address(name))

    @staticmethod
    def same_site(host: str, origin: str | None, fetch_site: str | None) -> bool:
        """Whether a request is none that another web site has sent.

        Args:
            host: The Host header.
            origin: The Origin header, which browsers send with every POST.
            fetch_site: The Sec-Fetch-Site header.
        """
        if fetch_site not in (None, "same-origin", "none"):
            return False
        # "null" (a sandboxed page, a local file) has no host, so it is none of ours.
        return origin is None or origin.partition("://")[2].lower() == host.lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
