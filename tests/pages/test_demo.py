"""The page's server: what it answers, and what it refuses."""

import base64
import io
import re
import socket
import struct
import subprocess
import sys
import threading
import time
import zlib

import numpy as np
import picture_cases as cases
import pytest
from fillers_case import box, checkpoint, smooth
from PIL import Image
from runs import environment
from werkzeug.serving import ThreadedWSGIServer
from werkzeug.wrappers import Response

from ce_plugin.errors import InputError
from ce_plugin.inpainting.fillers import ContextMeanFill, Filler
from ce_plugin.pages.demo import Limits, Offer, list_offers
from ce_plugin.pages.demo.app import PAGE, create_app
from ce_plugin.pages.demo.limits import Visitors
from ce_plugin.pages.demo.server import DemoServer, listen, url_of, visitors_of

PICTURE = smooth(40, 60)
HOLE = box(40, 60, (10, 25, 20, 45))
SMALL = Limits(megabytes=1, megapixels=0.1, waiting=2)


def png(pixels):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def client(fillers=(), limits=SMALL):
    offers = [Offer("context-mean", ContextMeanFill()), *fillers]
    return create_app(offers, limits).test_client()


def send(visitor, path="/fill", filler="context-mean", headers=None, **files):
    data = {name: (io.BytesIO(content), name) for name, content in files.items()}
    if filler is not None:
        data["filler"] = filler
    kind = "multipart/form-data"
    return visitor.post(path, data=data, content_type=kind, headers=headers or {})


def bomb(width, height):
    """A PNG whose header promises more than its bytes hold."""

    def chunk(kind, data):
        sum_ = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + sum_

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


def test_fill():
    answer = send(client(), picture=png(PICTURE), mask=png(HOLE * np.uint8(255)))
    assert answer.status_code == 200
    told = answer.get_json()
    found = np.asarray(Image.open(io.BytesIO(base64.b64decode(told["composite"]))))
    assert np.array_equal(found[~HOLE], PICTURE[~HOLE])
    assert (found[HOLE] == PICTURE[~HOLE].mean(axis=0).round()).all()
    assert told["seconds"] >= 0 and told["notes"] == []


def test_a_photo_of_some_megabytes():
    noise = np.random.default_rng(0).integers(0, 255, (900, 1000, 3), dtype=np.uint8)
    hole = box(900, 1000, (10, 20, 30, 40)) * np.uint8(255)
    answer = send(client(limits=Limits()), picture=png(noise), mask=png(hole))
    assert answer.status_code == 200, answer.get_json()


def test_page_and_what_it_offers():
    visitor = client([Offer("nearest", lacks="start the page with --collection: x")])
    page = visitor.get("/")
    names = re.findall(r'(?:href|src)="([^":]+)"', page.text)
    assert {"style.css", "page.css", "page.js"} <= set(names)
    parts = [page, *map(visitor.get, (name for name in {*names, *PAGE}))]
    for part in parts:
        assert part.status_code == 200
        for address in (b"https://", b"//cdn", b"@import", b"eval(", b"innerHTML"):
            assert address not in part.data
        policy = part.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
    # The policy refuses these; a reader is to find none either.
    assert not re.search(r"<[^>]+\s(on\w+|style)=|<style|<script>", page.text)
    assert visitor.get("/app.py").status_code == 404
    about = visitor.get("/about").get_json()
    ready = {f["name"]: f["ready"] for f in about["fillers"]}
    assert ready == {"context-mean": True, "nearest": False}
    example = visitor.get(f"/example/{len(about['examples']) - 1}")
    assert Image.open(io.BytesIO(example.data)).size[0] > 200
    assert visitor.get("/example/99").status_code == 404


def test_a_turned_photo_is_opened_as_it_is_looked_at():
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(PICTURE).save(out, "JPEG", exif=exif)
    answer = send(client(), "/open", None, picture=out.getvalue())
    assert Image.open(io.BytesIO(answer.data)).size == (40, 60)


def file_of(answer):
    told = answer.get_json()
    assert answer.status_code == 200, told
    return base64.b64decode(told["file"]), told


OTHERS = {
    "RGB PPM": "the picture is no JPEG",
    "16-bit grey PGM": "the picture is no JPEG",
    "RGB JPEG 2000": "the picture is no JPEG",
    "RGB AVIF": "the picture is no JPEG",
    "HEIC": "the picture is no JPEG",
    "32-bit float RGB TIFF": "the picture is no JPEG",  # none that Pillow opens
    "16-bit grey and alpha TIFF": "the picture is no JPEG",
    "multi-page TIFF": "give a mask of the picture's size",  # one of the pages
}


@pytest.mark.parametrize("kind", cases.CASES)
def test_the_download_is_the_file_but_for_the_hole(kind):
    _, make, written, mode = cases.CASES[kind]
    data, hole = make(), cases.hole()
    answer = send(client(), picture=data, mask=png(hole * np.uint8(255)))
    if kind in OTHERS:
        assert answer.status_code == 400
        assert OTHERS[kind] in answer.get_json()["error"]
        return
    found, told = file_of(answer)
    assert told["ending"] == written and cases.mode_of(found) == mode
    for one, other in zip(cases.decode(data), cases.decode(found), strict=True):
        assert one[~hole].tobytes() == other[~hole].tobytes()


def test_the_download_in_the_photo_s_own_format():
    data = cases.pil(cases.noise(3), "JPEG", quality=60)
    visitor, mask = client(), png(cases.hole() * np.uint8(255))
    form = dict(filler="context-mean", format="own")
    files = dict(picture=(io.BytesIO(data), "a"), mask=(io.BytesIO(mask), "b"))
    found, told = file_of(visitor.post("/fill", data=form | files))
    assert told["ending"] == ".jpg" and "JPEG changes pixels" in told["notes"][-1]
    result = Image.open(io.BytesIO(found))
    assert result.quantization == Image.open(io.BytesIO(data)).quantization


def test_what_is_transparent_can_be_taken_as_the_hole():
    pixels = np.dstack(
        [cases.noise(3), np.where(cases.hole(), 0, 255).astype(np.uint8)]
    )
    visitor, data = client(), png(pixels)
    opened = send(visitor, "/open", None, picture=data)
    assert opened.headers["X-Clear"] == str(cases.hole().sum())
    painted = send(visitor, "/clear", None, picture=data).data
    shown = np.asarray(Image.open(io.BytesIO(painted)))
    assert np.array_equal(shown[..., 3] > 0, cases.hole())
    refused = send(visitor, "/clear", None, picture=png(PICTURE))
    assert refused.status_code == 400 and "alpha" in refused.get_json()["error"]


def test_frames_count_against_the_limit():
    data = cases.animation("GIF", count=20)
    opened = send(client(), "/open", None, picture=data)
    assert opened.headers["X-Frames"] == "20"
    tight = client(limits=Limits(megapixels=0.01))
    answer = send(tight, "/open", None, picture=data)
    assert answer.status_code == 413 and "20 frames" in answer.get_json()["error"]


GOOD = dict(picture=png(PICTURE), mask=png(HOLE * np.uint8(255)))
MASKS = dict(
    empty=png(np.zeros((40, 60), np.uint8)),
    full=png(np.full((40, 60), 255, np.uint8)),
    other=png(np.full((40, 61), 255, np.uint8)),
)


@pytest.mark.parametrize(
    "files, status, said",
    [
        (dict(picture=bomb(60000, 60000)), 413, "pixels"),
        (dict(picture=bomb(2**31 - 1, 2**31 - 1)), (400, 413), "picture"),
        (dict(picture=bomb(40, 60)), 400, "cannot read the picture"),
        (dict(picture=GOOD["picture"][:200]), 400, "cannot read the picture"),
        (dict(picture=b"<svg xmlns='http://www.w3.org/2000/svg'/>"), 400, "is no JPEG"),
        (dict(picture=b"<html><script>alert(1)</script>"), 400, "is no JPEG"),
        (dict(picture=b""), 400, "picture"),
        (dict(picture=b"GIF89a" + b"\0" * 20), 400, "picture"),
        (dict(picture=b"II*\0" + b"\xff" * 20), 400, "picture"),
        (dict(picture=b"8BPS\0\1" + b"\0" * 20), 400, "is no JPEG"),
        (dict(mask=MASKS["empty"]), 400, "mask is empty"),
        (dict(mask=MASKS["full"]), 400, "whole picture"),
        (dict(mask=MASKS["other"]), 400, "61 x 40 pixels and the picture 60 x 40"),
        (dict(mask=b"no"), 400, "mask is no PNG"),
        (dict(mask=bomb(40, 60)), 400, "mask"),
        (dict(mask=None), 400, "0 files as mask"),
        (dict(picture=None), 400, "0 files as picture"),
        (dict(filler="photoshop"), 400, "no filler 'photoshop'"),
        (dict(filler="../../etc"), 400, "no filler"),
        (dict(filler=None), 400, "no filler"),
        (dict(picture=b"\0" * 1_100_000), 413, "at most 1 MB"),
    ],
)
def test_hostile_uploads(files, status, said):
    given = dict(GOOD, **files)
    filler = given.pop("filler", "context-mean")
    given = {name: content for name, content in given.items() if content is not None}
    answer = send(client(), filler=filler, **given)
    allowed = status if isinstance(status, tuple) else (status,)
    assert answer.status_code in allowed
    error = answer.get_json()["error"]
    assert said in error and "\n" not in error and "Traceback" not in error


@pytest.mark.parametrize(
    "headers, status",
    [
        (dict(Host="localhost:7860"), 200),
        (dict(Host="127.0.0.1:7860"), 200),
        (dict(Host="evil.example"), 403),
        (dict(Host="localhost.evil.example"), 403),
        (dict(Host="localhost", Origin="http://localhost"), 200),
        (dict(Host="localhost", Origin="http://evil.example"), 403),
        (dict(Host="localhost", Origin="null"), 403),
        ({"Host": "localhost", "Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_other_sites_are_refused(headers, status):
    assert send(client(), headers=headers, **GOOD).status_code == status


def test_a_failing_filler_tells_no_secrets():
    class Broken(Filler):
        def paint(self, pictures, holes, rngs):
            raise RuntimeError("secret place")

    answer = send(client([Offer("broken", Broken())]), filler="broken", **GOOD)
    assert answer.status_code == 500 and "secret" not in answer.get_data(as_text=True)


def test_only_so_many_wait():
    release, at_once, most = threading.Event(), 0, 0

    class Slow(Filler):
        def paint(self, pictures, holes, rngs):
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            assert release.wait(60)
            at_once -= 1
            return [(picture.copy(), ()) for picture in pictures]

    app = create_app([Offer("slow", Slow())], SMALL)
    codes = []

    def ask():
        codes.append(send(app.test_client(), filler="slow", **GOOD).status_code)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 60
    while len(codes) < 17 and time.monotonic() < until:
        time.sleep(0.02)
    assert codes == [503] * 17
    release.set()
    for thread in threads:
        thread.join(60)
    assert sorted(codes) == [200] * 3 + [503] * 17 and most == 1


def test_addresses():
    with listen("127.0.0.1", 0) as one:
        port = one.getsockname()[1]
        assert url_of(one, "127.0.0.1") == f"http://127.0.0.1:{port}/"
        assert visitors_of(one, "127.0.0.1").knows(f"localhost:{port}")
        assert not visitors_of(one, "127.0.0.1").knows("10.0.0.1")
        with pytest.raises(InputError, match=r"cannot listen on .* another --port"):
            listen("127.0.0.1", port)
    with pytest.raises(InputError, match="65535"):
        listen("127.0.0.1", 70000)
    assert Visitors(("a",), any_address=True).knows("10.0.0.1:80")
    assert not Visitors(("a",), any_address=True).knows("b:80")


@pytest.mark.parametrize("wrong", [dict(megabytes=0), dict(megapixels=1000)])
def test_wrong_limits(wrong):
    with pytest.raises(InputError, match="--max-mega"):
        Limits(**wrong)


def test_offers(tmp_path):
    offers = {offer.name: offer for offer in list_offers()}
    assert offers["telea"].filler and offers["patchmatch"].filler
    assert offers["nearest"].filler is None
    assert "--collection" in offers["nearest"].lacks
    # The packaged generator, unless another one is given.
    assert offers["encoder-decoder"].filler.trained.size == 128
    given = list_offers(checkpoint(tmp_path, "full", 64), device="cpu")
    ready = {offer.name for offer in given if offer.filler}
    assert {"encoder-decoder", "patchmatch from encoder-decoder"} <= ready
    (own,) = (offer for offer in given if offer.name == "encoder-decoder")
    assert own.filler.trained.size == 64
    with pytest.raises(InputError):
        list_offers("nowhere.pth")


def test_ctrl_c_while_a_request_is_handed_to_its_thread(monkeypatch):
    """The server ends, though the request's thread has given its place back."""
    hand_over = ThreadedWSGIServer.process_request

    def interrupted(self, request, client_address):
        hand_over(self, request, client_address)
        done.wait(60)
        raise KeyboardInterrupt

    class Server(DemoServer):
        def process_request_thread(self, request, client_address):
            super().process_request_thread(request, client_address)
            done.set()

    done = threading.Event()
    monkeypatch.setattr(ThreadedWSGIServer, "process_request", interrupted)
    with listen("127.0.0.1", 0) as listening:
        server = Server(listening, Response("here"))
    connection = socket.create_connection(server.server_address, timeout=60)
    connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    with connection, connection.makefile("rb") as answer:
        assert answer.read().endswith(b"here")
    serving.join(60)
    assert done.is_set() and not serving.is_alive()


@pytest.mark.slow
def test_the_command(tmp_path):
    """It listens on the loopback address only, says where, and ends on Ctrl-C."""
    import signal
    import urllib.request

    command = [sys.executable, "-m", "ce_plugin.tools.demo", "--port", "0"]
    server = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        # A test may have been started where Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        line = server.stdout.readline()
        port = int(re.search(r"http://127\.0\.0\.1:(\d+)/", line).group(1))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as page:
            assert b"Fill a hole" in page.read()
        with socket.socket() as other:
            other.settimeout(5)
            address = socket.gethostbyname(socket.gethostname())
            if not address.startswith("127."):
                assert other.connect_ex((address, port)) != 0
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0, server.stderr.read()
    finally:
        server.kill()
        server.communicate()
