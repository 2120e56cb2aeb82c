"""The page's server: what it answers, and what it offers."""

import base64
import io
import re

import numpy as np
import picture_cases as cases
import pytest
from demo_case import HOLE, PICTURE, client, png, send
from fillers_case import box, checkpoint
from PIL import Image

from ce_plugin.errors import InputError
from ce_plugin.pages.demo import Limits, Offer, list_offers
from ce_plugin.pages.demo.app import PAGE


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
