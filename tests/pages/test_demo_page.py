"""The page in a real browser: load, paint, fill, and compare."""

import io

import numpy as np
import pytest
from demo_window import by_id, download, hole_of, load, only, said, stroke
from fillers_case import smooth
from PIL import Image

NAMES = ("telea", "encoder-decoder")


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
