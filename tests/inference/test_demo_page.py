"""The page in a real browser: load, paint, fill, and compare."""

import base64
import io
import threading

import numpy as np
import pytest
from browser import Browser
from fillers_case import checkpoint, smooth
from PIL import Image

from ce_plugin.inference.demo import list_offers
from ce_plugin.inference.demo.app import create_app
from ce_plugin.inference.demo.server import DemoServer, listen, url_of, visitors_of

CHECKED = "[...document.querySelectorAll('#fillers input:checked')].map(b => b.value)"
NAMES = ("telea", "encoder-decoder")


@pytest.fixture
def address(tmp_path):
    """A page that runs."""
    with listen("127.0.0.1", 0) as socket:
        offers = list_offers(checkpoint(tmp_path, "full", 64), device="cpu")
        app = create_app(offers, visitors=visitors_of(socket, "127.0.0.1"))
        url = url_of(socket, "127.0.0.1")
        server = DemoServer(socket, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield url
    server.shutdown()
    thread.join()
    server.server_close()


def pixels(source):
    data = base64.b64decode(source.partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def corner(page, element):
    """Left and top of an element in the window, and its pixels to the window's."""
    return page.look(
        f"(() => {{ const e = {element}, r = e.getBoundingClientRect(); "
        "return [r.x, r.y, r.width / e.width]; })()"
    )


def stroke(page, points):
    page.look("$('stage').scrollIntoView({block: 'center'})")
    x, y, scale = corner(page, "$('paint')")
    page.drag([(x + u * scale, y + v * scale) for u, v in points])


def test_load_paint_fill_compare(address, tmp_path):
    truth = smooth(120, 160)
    photo = tmp_path / "photo.png"
    Image.fromarray(truth).save(photo)
    with Browser() as page:
        page.send("DOM.enable")
        page.open(address)
        page.wait("document.querySelectorAll('#fillers input').length > 5")
        assert page.look("$('fill').disabled")
        page.choose("#file", photo)
        page.wait("$('said').textContent.startsWith('160 x 120')")
        stroke(page, [(60, 40), (80, 60), (100, 60)])
        stroke(page, [(10, 100), (20, 110)])
        page.click("$('undo')")
        page.look(
            "document.querySelectorAll('#fillers input').forEach(b => "
            f"b.checked = {list(NAMES)}.includes(b.value))"
        )
        assert sorted(page.look(CHECKED)) == sorted(NAMES)
        page.click("$('fill')")
        page.wait("$('said').textContent === 'done'")
        results = page.look(
            "[...document.querySelectorAll('figure')].map(f => [f.dataset.filler, "
            "f.querySelector('img').src, f.querySelector('a').href])"
        )
        assert sorted(name for name, *_ in results) == sorted(NAMES)
        # What is painted, as the page sends it.
        hole = pixels(page.look("view.toDataURL()"))
        assert np.array_equal(hole, truth)  # shown as it is
        page.look(
            "mask().then(b => { const r = new FileReader(); r.onload = () => "
            "{ window.sent = r.result; }; r.readAsDataURL(b); })"
        )
        page.wait("window.sent")
        hole = pixels(page.look("window.sent"))[..., 0] > 0
        assert hole[60, 90] and hole[40, 60] and not hole[105, 15] and not hole[0, 0]
        for _, shown, link in results:
            found = pixels(shown)
            assert np.array_equal(found, pixels(link))
            assert np.array_equal(found[~hole], truth[~hole])
            assert (found[hole] != truth[hole]).any()
        # A result shows its hole when asked to.
        page.click("document.querySelector('figure button')")
        before = pixels(page.look("document.querySelector('figure img').src"))
        assert (before[hole] != truth[hole]).any()
        assert np.array_equal(before[0, 0], truth[0, 0])
        page.picture(tmp_path / "page.png")
        page.picture(tmp_path / "narrow.png", width=400, dark=True)
        assert page.complaints() == []
        assert all(url.startswith((address, "blob:")) for url in page.requests())


def test_keyboard_rectangle_example_and_errors(address, tmp_path):
    with Browser() as page:
        page.send("DOM.enable")
        page.open(address)
        page.wait("document.querySelectorAll('#example option').length > 3")
        page.click("$('take')")
        page.wait("$('said').textContent.includes('paint the hole')")
        page.look("$('stage').focus()")
        page.press("ArrowLeft", 37)
        page.press(" ", 32)
        assert page.look("strokes.length") == 1 and not page.look("$('fill').disabled")
        page.click("$('clear')")
        assert page.look("strokes.length") == 0 and page.look("$('fill').disabled")
        page.click("document.querySelector('input[value=rectangle]')")
        stroke(page, [(50, 50), (80, 70), (100, 90)])
        area = (
            "mask().then(b => createImageBitmap(b)).then(b => { const c = "
            "document.createElement('canvas'); c.width = b.width; c.height = b.height; "
            "const p = c.getContext('2d'); p.drawImage(b, 0, 0); window.area = "
            "p.getImageData(0, 0, c.width, c.height).data.filter((v, i) => i % 4 === 0 "
            "&& v > 0).length; })"
        )
        page.look(area)
        page.wait("window.area > 0")
        assert page.look("window.area") == pytest.approx(50 * 40, rel=0.15)
        page.look(
            "document.querySelectorAll('#fillers input')"
            ".forEach(b => b.checked = false)"
        )
        page.click("$('fill')")
        page.wait("$('said').textContent === 'choose at least one filler'")
        assert page.complaints() == []
        bad = tmp_path / "bad.jpg"
        bad.write_text("<svg/>")
        page.choose("#file", bad)
        page.wait("$('said').textContent.includes('is no JPEG')")
        assert page.look("$('said').classList.contains('wrong')")


def test_what_is_transparent_is_filled_and_the_rest_comes_back(address, tmp_path):
    rgba = np.dstack([smooth(60, 80), np.full((60, 80), 255, np.uint8)])
    rgba[20:40, 30:50, 3] = 0
    photo = tmp_path / "erased.png"
    Image.fromarray(rgba).save(photo, dpi=(300, 300))
    with Browser() as page:
        page.send("DOM.enable")
        page.open(address)
        page.wait("document.querySelectorAll('#fillers input').length > 5")
        assert page.look("$('transparent').hidden")
        page.choose("#file", photo)
        page.wait("!$('transparent').hidden")
        page.click("$('transparent')")
        page.wait("strokes.length === 1")
        page.look(
            "document.querySelectorAll('#fillers input').forEach(b => "
            "b.checked = b.value === 'telea')"
        )
        page.click("$('fill')")
        page.wait("$('said').textContent === 'done'")
        link = page.look("document.querySelector('figure a').href")
        assert page.look("document.querySelector('figure a').download") == "telea.png"
        result = Image.open(io.BytesIO(base64.b64decode(link.partition(",")[2])))
        found, hole = np.asarray(result), rgba[..., 3] == 0
        assert np.array_equal(found[~hole], rgba[~hole])
        assert (found[hole][:, 3] == 255).all() and round(result.info["dpi"][0]) == 300
        assert page.complaints() == []
