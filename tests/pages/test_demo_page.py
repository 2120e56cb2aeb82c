"""The page in a real browser: load, paint, fill, and compare."""

import base64
import io
import threading
import time

import numpy as np
import pytest
from browser import Browser
from fillers_case import checkpoint, smooth
from PIL import Image

from ce_plugin.pages.demo import list_offers
from ce_plugin.pages.demo.app import create_app
from ce_plugin.pages.demo.server import DemoServer, listen, url_of, visitors_of

NAMES = ("telea", "encoder-decoder")
DATA_URL = (
    "new Promise(done => { const r = new FileReader(); r.onload = () => "
    "done(r.result); r.readAsDataURL(%s); })"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A page that runs."""
    with listen("127.0.0.1", 0) as socket:
        network = checkpoint(tmp_path_factory.mktemp("network"), "full", 64)
        app = create_app(
            list_offers(network, device="cpu"),
            visitors=visitors_of(socket, "127.0.0.1"),
        )
        url = url_of(socket, "127.0.0.1")
        server = DemoServer(socket, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield url
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def chromium():
    with Browser() as page:
        page.send("DOM.enable")
        yield page


@pytest.fixture
def page(chromium, address):
    """The page, freshly opened; at the end it has complained of nothing."""
    chromium.send("Emulation.clearDeviceMetricsOverride")
    chromium.open(address)
    chromium.wait("document.querySelectorAll('#fillers input').length > 5")
    yield chromium
    assert chromium.complaints() == []
    asked = chromium.requests()
    assert all(url.startswith((address, f"blob:{address}")) for url in asked)


def by_id(name):
    return f"document.getElementById('{name}')"


def said(page, text):
    page.wait(f"{by_id('said')}.textContent.includes({text!r})")


def load(page, folder, pixels, name="photo.png", **options):
    Image.fromarray(pixels).save(folder / name, **options)
    page.choose("#file", folder / name)
    height, width = pixels.shape[:2]
    said(page, f"{width} x {height} pixels")


def frame(page):
    """Left, top, and window pixels to a picture's pixel."""
    return page.look(
        f"(() => {{ const e = {by_id('paint')}, r = e.getBoundingClientRect(); "
        "return [r.x, r.y, r.width / e.width]; })()"
    )


def at(page, points):
    x, y, scale = frame(page)
    return [(x + u * scale, y + v * scale) for u, v in points]


def stroke(page, points):
    page.look(f"{by_id('stage')}.scrollIntoView({{block: 'center'}})")
    page.drag(at(page, points))


def hole_of(page):
    """What is painted, as the page sends it: (H, W) bool."""
    sent = page.look(
        f"import('/stage.js').then(s => s.mask()).then(m => {DATA_URL % 'm.hole'})"
    )
    image = Image.open(io.BytesIO(base64.b64decode(sent.partition(",")[2])))
    return np.asarray(image.convert("L")) > 0


def painted(page):
    """How many pixels are."""
    return page.look(
        "(c => { const { data } = c.getContext('2d').getImageData(0, 0, c.width, "
        "c.height); return new Uint32Array(data.buffer).reduce((n, w) => n + (w >>> 31)"
        f", 0); }})({by_id('paint')})"
    )


def only(page, *names):
    page.look(
        "document.querySelectorAll('#fillers input').forEach(b => "
        f"b.checked = {list(names)}.includes(b.value))"
    )


def download(page, number, folder):
    """Clicks a card's download; the file that arrives."""
    behaviour = dict(behavior="allow", downloadPath=str(folder))
    page.send("Page.setDownloadBehavior", **behaviour)
    link = f"document.querySelectorAll('#cards .download')[{number}]"
    path = folder / page.look(f"{link}.download")
    page.click(link)
    until = time.monotonic() + 30
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.05)
    return path


def test_load_paint_fill_compare(page, tmp_path):
    truth = smooth(120, 160)
    assert page.look(f"{by_id('fill')}.disabled")
    load(page, tmp_path, truth)
    stroke(page, [(60, 40), (80, 60), (100, 60)])
    stroke(page, [(10, 100), (20, 110)])
    page.click(by_id("undo"))
    only(page, *NAMES)
    page.click(by_id("fill"))
    said(page, "done")
    hole = hole_of(page)
    assert hole[60, 90] and hole[40, 60] and not hole[105, 15] and not hole[0, 0]
    cards = page.look(
        "[...document.querySelectorAll('#cards figure')].map(f => [f.dataset.filler, "
        "f.querySelector('.time').textContent])"
    )
    assert sorted(name for name, _ in cards) == sorted(NAMES)
    assert all(spent.endswith(" s") for _, spent in cards)
    for number, (name, _) in enumerate(cards):
        path = download(page, number, tmp_path)
        assert path.name == f"photo-{name}.png"
        found = np.asarray(Image.open(path))
        assert np.array_equal(found[~hole], truth[~hole])
        assert (found[hole] != truth[hole]).any()
    for width in (1280, 360):
        page.picture(tmp_path / f"{width}.png", width=width, dark=width < 400)
        assert page.look("document.documentElement.scrollWidth") <= width


def test_the_line_shows_what_was_there(page, tmp_path):
    truth = np.full((64, 64, 3), 200, np.uint8)
    truth[20:44, 20:44] = (0, 0, 255)
    load(page, tmp_path, truth)
    page.click("document.querySelector('[value=rectangle]')")
    stroke(page, [(16, 16), (30, 30), (48, 48)])
    only(page, "telea", "navier-stokes")
    page.click(by_id("fill"))
    said(page, "done")

    def shown(number):
        """The colour in the middle of a card's picture, in the window."""
        x, y, w, h = page.look(
            f"(() => {{ const e = document.querySelectorAll('.compare')[{number}]; "
            "e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect(); "
            "return [r.x, r.y, r.width, r.height]; })()"
        )
        page.picture(tmp_path / "seen.png", whole=False)
        seen = np.asarray(Image.open(tmp_path / "seen.png").convert("RGB"))
        return seen[round(y + h * 0.4), round(x + w * 0.6)].tolist()

    after = [shown(0), shown(1)]  # the line starts at the hole's left edge
    assert all(abs(np.subtract(colour, 200)).max() < 30 for colour in after)
    line = "document.querySelectorAll('.compare input')[1]"
    page.look(f"{line}.focus()")
    page.press("End", 35)
    assert [shown(0), shown(1)] == [[0, 0, 255]] * 2  # all lines move together
    page.click(by_id("pink"))
    page.wait("[...document.querySelectorAll('.before')].every(i => i.complete)")
    colour = shown(0)
    assert colour[0] > 100 and colour[2] < 255
    page.click("document.querySelectorAll('.again')[1]")
    said(page, "64 x 64 pixels")
    assert page.look(f"{by_id('results')}.hidden")


def test_keyboard_alone(page):
    page.look("document.querySelector('#examples button').focus()")
    page.press("Enter", 13)
    said(page, "paint the hole")
    page.look(f"{by_id('scroller')}.focus()")
    page.press(" ", 32)
    dab = painted(page)
    page.press(" ", 32, up=False)
    for _ in range(4):
        page.press("ArrowLeft", 37)
    page.press(" ", 32)
    line = painted(page)
    assert line > 1.5 * dab > 0
    page.press("z", 90, control=True)
    assert painted(page) == dab
    page.press("y", 89, control=True)
    assert painted(page) == line
    page.press("Delete", 46)
    assert painted(page) == 0 and page.look(f"{by_id('fill')}.disabled")
    page.press("z", 90, control=True)
    assert painted(page) == line
    page.press("e", 69)
    for _ in range(4):
        page.press("]", 221)
    page.press(" ", 32)
    assert 0 < painted(page) < line
    page.press("+", 187)
    assert page.look(f"{by_id('zoom')}.textContent") == "150 %"
    page.press("0", 48)
    assert page.look(f"{by_id('zoom')}.textContent") == "100 %"
    page.press("?", 191)
    assert page.look(f"{by_id('shortcuts')}.open")
    page.press("Escape", 27)
    assert not page.look(f"{by_id('shortcuts')}.open")
    only(page)
    page.press("Enter", 13, control=True)
    said(page, "choose at least one filler")
    only(page, "context-mean")
    page.press("Enter", 13, control=True)
    said(page, "done")


def test_fingers_paint_and_zoom(page, tmp_path):
    page.send("Emulation.setTouchEmulationEnabled", enabled=True)
    try:
        load(page, tmp_path, smooth(120, 160))
        path = at(page, [(40, 40), (60, 60), (80, 60)])
        page.touch(*[[place] for place in path])
        hole = hole_of(page)
        assert hole[60, 70] and not hole[100, 100]
        near, far = at(page, [(70, 60), (90, 60)]), at(page, [(40, 60), (120, 60)])
        page.touch([near[0]], near, far)
        zoomed = page.look(f"parseFloat({by_id('zoom')}.textContent)")
        assert zoomed == pytest.approx(400, abs=10)
        assert np.array_equal(hole_of(page), hole)
        # What was between the fingers still is.
        (x, y), middle = at(page, [(80, 60)])[0], np.mean(far, axis=0)
        assert abs(x - middle[0]) < 4 and abs(y - middle[1]) < 4
    finally:
        page.send("Emulation.setTouchEmulationEnabled", enabled=False)


def test_zoomed_in_the_brush_paints_where_it_is(page, tmp_path):
    load(page, tmp_path, smooth(120, 160))
    for _ in range(3):
        page.click(by_id("in"))
    stroke(page, [(80, 60), (84, 60)])
    hole = hole_of(page)
    rows, columns = np.nonzero(hole)
    assert rows.mean() == pytest.approx(60, abs=1)
    assert columns.mean() == pytest.approx(82, abs=1)
    page.click("document.querySelector('[value=move]')")
    before = frame(page)
    stroke(page, [(80, 60), (70, 55)])
    after = frame(page)
    assert np.subtract(after, before)[:2] == pytest.approx(
        (-10 * before[2], -5 * before[2]), abs=2
    )
    assert np.array_equal(hole_of(page), hole)


@pytest.mark.parametrize("how", ["paste", "drop"])
def test_pasted_and_dropped(page, how):
    out = io.BytesIO()
    Image.fromarray(smooth(30, 50)).save(out, "PNG")
    event = dict(
        paste="new ClipboardEvent('paste', {clipboardData: d})",
        drop="new DragEvent('drop', {dataTransfer: d})",
    )[how]
    page.look(
        f"(() => {{ const b = Uint8Array.from({list(out.getvalue())}), "
        "d = new DataTransfer(); d.items.add(new File([b], 'a.png', "
        f"{{type: 'image/png'}})); document.dispatchEvent({event}); }})()"
    )
    said(page, "50 x 30 pixels")


def test_colours_as_the_system_or_as_chosen(page, address):
    ground = "getComputedStyle(document.body).backgroundColor"

    def system(value):
        feature = dict(name="prefers-color-scheme", value=value)
        page.send("Emulation.setEmulatedMedia", features=[feature])

    system("light")
    light = page.look(ground)
    system("dark")
    dark = page.look(ground)
    assert light != dark
    choose = (
        f"{by_id('theme')}.value = '%s'; {by_id('theme')}"
        ".dispatchEvent(new Event('change'))"
    )
    page.look(choose % "light")
    assert page.look(ground) == light
    page.open(address)
    page.wait("document.querySelectorAll('#fillers input').length > 5")
    assert page.look(ground) == light  # is kept
    page.look(choose % "auto")
    assert page.look(ground) == dark
    system("light")


def test_every_control_has_a_name_and_shows_its_focus(page, tmp_path):
    load(page, tmp_path, smooth(40, 60))
    page.press("b", 66)
    stroke(page, [(20, 20), (30, 20)])
    only(page, "context-mean")
    page.click(by_id("fill"))
    said(page, "done")
    page.send("Accessibility.enable")
    nodes = page.send("Accessibility.getFullAXTree")["nodes"]
    page.send("Accessibility.disable")
    roles = ("button", "link", "radio", "checkbox", "slider", "combobox", "application")
    controls = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if node.get("role", {}).get("value") in roles and not node["ignored"]
    ]
    assert {role for role, _ in controls} == set(roles)
    assert [role for role, name in controls if not name] == []
    seen = set()
    for _ in range(60):
        page.press("Tab", 9)
        outlined = page.look(
            "(() => { const e = document.activeElement; const near = [e, "
            "e.closest('label'), e.closest('.compare')].filter(Boolean); return "
            "[e.id || e.className || e.value || e.tagName, near.some(n => "
            "getComputedStyle(n).outlineStyle === 'solid')]; })()"
        )
        seen.add(outlined[0])
        if outlined[0] not in ("BODY", "HTML"):
            assert outlined[1], outlined
    assert {"new", "theme", "brush", "size", "undo", "in", "scroller", "fill"} <= seen


def test_stopped_enlarged_and_as_png(page, tmp_path):
    load(page, tmp_path, smooth(64, 96), "street.jpg", quality=70)
    stroke(page, [(30, 30), (40, 30)])
    page.look(f"{by_id('format')}.value = ''")
    only(page, "context-mean", "telea")
    page.look(
        "window.real = window.fetch, "
        "window.fetch = () => new Promise((_, no) => { window.give = no; })"
    )
    page.click(by_id("fill"))
    page.wait("!!window.give")
    assert page.look(f"{by_id('fill')}.textContent") == "Stop"
    assert page.look("document.querySelector('#cards figure').ariaBusy") == "true"
    page.click(by_id("fill"))
    page.look("window.give(new DOMException('', 'AbortError'))")
    said(page, "stopped")
    page.look("window.fetch = window.real")
    page.click(by_id("fill"))
    said(page, "done")
    box = "(r => [r.width, r.height])(%s.getBoundingClientRect())"
    box %= "document.querySelector('.compare')"
    before, _ = page.look(box)
    page.click("document.querySelector('.large')")
    width, height = page.look(box)
    assert width > 1.5 * before and width / height == pytest.approx(1.5, rel=0.01)
    path = download(page, 0, tmp_path)
    assert path.suffix == ".png"
    shown, kept = Image.open(tmp_path / "street.jpg"), Image.open(path)
    assert np.array_equal(np.asarray(kept)[0], np.asarray(shown)[0])


def test_errors_are_said(page, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_text("<svg/>")
    page.choose("#file", bad)
    said(page, "is no JPEG")
    assert page.look(f"{by_id('said')}.classList.contains('wrong')")
    page.events.clear()  # the browser itself notes the refusal


def test_what_is_transparent_is_filled_and_the_rest_comes_back(page, tmp_path):
    rgba = np.dstack([smooth(60, 80), np.full((60, 80), 255, np.uint8)])
    rgba[20:40, 30:50, 3] = 0
    assert page.look(f"{by_id('transparent')}.hidden")
    load(page, tmp_path, rgba, "erased.png", dpi=(300, 300))
    page.wait(f"!{by_id('transparent')}.hidden")
    page.click(by_id("transparent"))
    page.wait(f"!{by_id('fill')}.disabled")
    only(page, "telea")
    page.click(by_id("fill"))
    said(page, "done")
    path = download(page, 0, tmp_path)
    assert path.name == "erased-telea.png"
    result = Image.open(path)
    found, hole = np.asarray(result), rgba[..., 3] == 0
    assert np.array_equal(found[~hole], rgba[~hole])
    assert (found[hole][:, 3] == 255).all() and round(result.info["dpi"][0]) == 300


def test_a_jpeg_comes_back_as_one(page, tmp_path):
    load(page, tmp_path, smooth(64, 96), "street.jpg", quality=70)
    stroke(page, [(30, 30), (40, 30)])
    only(page, "context-mean")
    page.click(by_id("fill"))
    said(page, "done")
    path = download(page, 0, tmp_path)
    assert path.name == "street-context-mean.jpg"
    tables = [Image.open(p).quantization for p in (path, tmp_path / "street.jpg")]
    assert tables[0] == tables[1]
