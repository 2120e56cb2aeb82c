"""The page's server: what it answers.

Flask and not gradio, for the reasons in docs/demo.md.
"""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from flask import Flask, Request, Response, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from ce_plugin.datasets import BundledPhotos
from ce_plugin.errors import InputError
from ce_plugin.inpainting.holes import ALPHA, read_holes
from ce_plugin.inpainting.items import fill_items, item_of
from ce_plugin.inpainting.outcome import coded
from ce_plugin.inpainting.picture_file.containers import OWN
from ce_plugin.pages.templates import STYLE

from .limits import Busy, Gate, Limits, Visitors
from .offers import Offer
from .uploads import TooLarge, decode_mask, open_upload, png_bytes

PAINT = np.array([255, 0, 144, 255], np.uint8)
"""RGBA of what is painted on the page as the hole."""
PAGE = {
    "page.html": "text/html",
    "page.css": "text/css",
    **dict.fromkeys(
        ("page.js", "stage.js", "hand.js", "results.js", "ask.js"), "text/javascript"
    ),
}
"""Files of the page beside this one, and what they are."""
LOOPBACK = Visitors(names=("localhost", "127.0.0.1", "::1"))
SECURITY = {
    # The page does what its own files say and nothing else.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' blob: data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Headers of every answer."""


class _InMemory(Request):
    """Uploads stay in memory; by default larger ones go to a temporary file."""

    def _get_file_stream(self, *args: Any, **kwargs: Any) -> io.BytesIO:
        return io.BytesIO()


class _Flask(Flask):
    request_class = _InMemory


def create_app(
    offers: Sequence[Offer], limits: Limits | None = None, visitors: Visitors = LOOPBACK
) -> Flask:
    """The WSGI application.

    ``GET /`` is the page, ``GET /about`` what it offers, ``GET /example/N`` a
    photograph. ``POST /open`` takes a ``picture`` and answers with it as PNG, as it is
    looked at (of an animation the first frame): what the browser shows is what will be
    filled, whatever it makes of a camera's notes and of colour profiles; the header
    ``X-Frames`` has the number of frames, ``X-Clear`` that of transparent pixels.
    ``POST /clear`` takes it too and answers with its transparent pixels, painted on a
    PNG. ``POST /fill`` takes the same ``picture``, a ``mask`` (PNG, white the hole) and
    the name of a ``filler``, and answers with JSON: ``composite`` (a PNG in base64, as
    it is looked at), ``file`` (in base64: mode, depth, alpha, frames and all that
    belongs to the picture kept), its ``ending``, ``seconds`` and ``notes``. With
    ``format=own`` the file is in the picture's own format, otherwise PNG, or TIFF where
    PNG cannot hold it. All else is an ``error``, one line of JSON.

    Args:
        offers: The fillers.
        limits: What is refused.
        visitors: Who is answered.
    """
    limits = limits or Limits()
    app = _Flask("ce_plugin.pages.demo", static_folder=None)
    # Files are no form fields, but pass through a buffer that has the same limit.
    app.config.update(
        MAX_CONTENT_LENGTH=limits.bytes, MAX_FORM_MEMORY_SIZE=500_000, MAX_FORM_PARTS=8
    )
    gate = Gate(limits.waiting)
    ready = {offer.name: offer.filler for offer in offers if offer.filler}
    parts = {
        name: (files(__package__).joinpath(name).read_bytes(), kind)
        for name, kind in PAGE.items()
    }
    parts["style.css"] = (STYLE.encode(), "text/css")
    photos = BundledPhotos()
    about = dict(
        fillers=[
            dict(name=o.name, ready=o.name in ready, lacks=o.lacks) for o in offers
        ],
        examples=[Path(name).stem for name in photos.names],
        max_bytes=limits.bytes,
        max_pixels=int(limits.megapixels * 1e6),
    )

    @app.before_request
    def refuse_strangers() -> tuple[Response, int] | None:
        host = request.headers.get("Host", "")
        if not visitors.knows(host):
            return _error("this server does not go by that name", 403)
        headers = request.headers
        if request.method not in ("GET", "HEAD") and not visitors.same_site(
            host, headers.get("Origin"), headers.get("Sec-Fetch-Site")
        ):
            return _error("requests from other web sites are refused", 403)
        return None

    @app.after_request
    def secure(response: Response) -> Response:
        response.headers.update(SECURITY)
        return response

    @app.get("/")
    @app.get("/<name>")
    def part(name: str = "page.html") -> Response | tuple[Response, int]:
        if name not in parts:
            return _error("no such page", 404)
        content, kind = parts[name]
        return Response(content, mimetype=kind)

    @app.get("/about")
    def tell() -> Response:
        return jsonify(about)

    @app.get("/example/<int:number>")
    def example(number: int) -> Response | tuple[Response, int]:
        if number >= len(photos.names):
            return _error("no such example", 404)
        name = photos.names[number]
        kind = "image/png" if name.endswith(".png") else "image/jpeg"
        return Response(Path(photos.path_of(name)).read_bytes(), mimetype=kind)

    def queued(work: Callable[[], Any]) -> Callable[[], Any]:
        """Takes a place, and with it the right to have the upload read."""

        def answer() -> Any:
            with gate.place():
                return work()

        answer.__name__ = work.__name__
        return answer

    @app.post("/open")
    @queued
    def show() -> Response:
        data = _file("picture")
        with gate.turn:
            picture = open_upload(data, limits)
            (seen, *_), alpha = picture.as_rgb(), picture.frames[0].alpha
            clear = 0 if alpha is None else int((alpha < 128).sum())
            headers = {"X-Frames": len(picture.frames), "X-Clear": clear}
            return Response(png_bytes(seen), mimetype="image/png", headers=headers)

    @app.post("/clear")
    @queued
    def clear() -> Response:
        data = _file("picture")
        with gate.turn:
            picture = open_upload(data, limits)
            holes, _ = read_holes(picture, ALPHA, np.random.default_rng(0))
            return Response(
                png_bytes(holes[0][..., None] * PAINT), mimetype="image/png"
            )

    @app.post("/fill")
    @queued
    def fill() -> Response:
        data, mask = _file("picture"), _file("mask")
        name = request.form.get("filler", "")
        if name not in ready:
            raise InputError(f"no filler {name[:80]!r}; known are {', '.join(ready)}")
        with gate.turn:
            picture = open_upload(data, limits)
            hole = decode_mask(mask, *picture.frames[0].shape, limits)
            item = item_of(picture, hole)
            started = time.perf_counter()
            outcome = fill_items(ready[name], [item], batch_size=1)[0]
            seconds = time.perf_counter() - started
            own = request.form.get("format") == OWN
            ending, content, notes = coded(outcome, OWN if own else None)
            composite = png_bytes(outcome.filling.composite)
        return jsonify(
            composite=base64.b64encode(composite).decode(),
            file=base64.b64encode(content).decode(),
            ending=ending,
            seconds=seconds,
            notes=[*outcome.filling.notes, *notes],
        )

    @app.errorhandler(InputError)
    def wrong_input(error: InputError) -> tuple[Response, int]:
        return _error(str(error), 413 if isinstance(error, TooLarge) else 400)

    @app.errorhandler(RequestEntityTooLarge)
    def too_much(error: RequestEntityTooLarge) -> tuple[Response, int]:
        return _error(f"an upload has at most {limits.megabytes:g} MB", 413)

    @app.errorhandler(Busy)
    def busy(error: Busy) -> tuple[Response, int]:
        return _error("busy with other pictures; try again in a while", 503)

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> tuple[Response, int]:
        return _error(error.name.lower(), error.code or 500)

    @app.errorhandler(Exception)
    def broken(error: Exception) -> tuple[Response, int]:
        app.logger.exception("the page's server")
        return _error("that went wrong; the terminal of the server says more", 500)

    return app


def _file(name: str) -> bytes:
    found = request.files.getlist(name)
    if len(found) != 1:
        raise InputError(f"{len(found)} files as {name}; send one")
    return found[0].read()


def _error(message: str, status: int) -> tuple[Response, int]:
    return jsonify(error=" ".join(message.split())), status
