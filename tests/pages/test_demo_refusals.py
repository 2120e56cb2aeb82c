"""The page's server: what it refuses."""

import struct
import zlib

import numpy as np
import picture_cases as cases
import pytest
from demo_case import GOOD, client, png, send

from ce_plugin.errors import InputError
from ce_plugin.inpainting.fillers import Filler
from ce_plugin.pages.demo import Limits, Offer


def bomb(width, height):
    """A PNG whose header promises more than its bytes hold."""

    def chunk(kind, data):
        sum_ = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + sum_

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


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


def test_frames_count_against_the_limit():
    data = cases.animation("GIF", count=20)
    opened = send(client(), "/open", None, picture=data)
    assert opened.headers["X-Frames"] == "20"
    tight = client(limits=Limits(megapixels=0.01))
    answer = send(tight, "/open", None, picture=data)
    assert answer.status_code == 413 and "20 frames" in answer.get_json()["error"]


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


@pytest.mark.parametrize("wrong", [dict(megabytes=0), dict(megapixels=1000)])
def test_wrong_limits(wrong):
    with pytest.raises(InputError, match="--max-mega"):
        Limits(**wrong)
