"""Listening: on which address, to how many."""

from __future__ import annotations

import ipaddress
import socket
import threading
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from ce_plugin.errors import InputError

from .limits import Visitors

CONNECTIONS = 32
"""Served at once; the others wait until one of these is closed."""


class _Handler(WSGIRequestHandler):
    timeout = 30  # seconds that a client may keep silent
    protocol_version = "HTTP/1.1"

    def version_string(self) -> str:
        return "ce_plugin"

    def log_request(self, *args: Any) -> None:
        """A line for each request helps nobody here."""


class DemoServer(ThreadedWSGIServer):
    """A bounded number of threads behind a socket that listens already.

    Args:
        listening: See :func:`listen`.
        app: The WSGI application.
    """

    def __init__(self, listening: socket.socket, app: Any) -> None:
        self._places = threading.BoundedSemaphore(CONNECTIONS)
        host, port = listening.getsockname()[:2]
        with listening:
            super().__init__(host, port, app, _Handler, fd=listening.fileno())

    def process_request(self, request: Any, client_address: Any) -> None:
        self._places.acquire()
        try:
            super().process_request(request, client_address)
        except Exception:
            # Not on Ctrl-C, which may come when the thread runs already and will give
            # its place back: the error of giving it back twice would hide the Ctrl-C.
            self._places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Args:
        host: A name or address of this machine.
        port: 0 for a free one.

    Raises:
        InputError: There is no such address, or the port is taken.
    """
    if not 0 <= port <= 65535:
        raise InputError(f"--port is in 0..65535, not {port}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        reason = error.strerror or error
        raise InputError(
            f"cannot listen on {host} port {port} ({reason}); give another --port (0: "
            "a free one) or --host"
        ) from error


def visitors_of(listening: socket.socket, host: str) -> Visitors:
    """Names under which a server is asked for.

    Args:
        listening: See :func:`listen`.
        host: What the user called it.
    """
    address = ipaddress.ip_address(listening.getsockname()[0])
    names = {host.lower(), str(address)}
    if address.is_loopback or address.is_unspecified:
        names |= {"localhost", "127.0.0.1", "::1"}
    if address.is_unspecified:
        names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
    return Visitors(frozenset(names), any_address=address.is_unspecified)


def is_local(listening: socket.socket) -> bool:
    """Whether only this machine can reach it."""
    return ipaddress.ip_address(listening.getsockname()[0]).is_loopback


def url_of(listening: socket.socket, host: str) -> str:
    """The page's address, for the user to open."""
    address, port = listening.getsockname()[:2]
    if ipaddress.ip_address(address).is_unspecified:
        host = "localhost"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
