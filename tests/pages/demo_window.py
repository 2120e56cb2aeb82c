"""What a visitor does in the window of the page, and what is seen there."""

import base64
import io
import time

import numpy as np
from PIL import Image

DATA_URL = (
    "new Promise(done => { const r = new FileReader(); r.onload = () => "
    "done(r.result); r.readAsDataURL(%s); })"
)


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
