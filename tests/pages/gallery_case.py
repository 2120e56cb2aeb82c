"""Results of two fillers and their originals, and a page of them, taken apart."""

import base64
import io
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
from fillers_case import box, smooth
from PIL import Image

from ce_plugin.inpainting.fillers import Filling
from ce_plugin.inpainting.jobs import Job
from ce_plugin.inpainting.outcome import Outcome, save
from ce_plugin.pages.gallery import make_gallery

HEIGHT, WIDTH = 32, 40
MASK = box(HEIGHT, WIDTH, (8, 20, 10, 26))
NAMES = ("a9", "a10", "deep/b")
SHIFTS = {"good": 5, "poor": 40}


def truth_of(name):
    return smooth(HEIGHT, WIDTH, sum(name.encode())) // 2 + 20


def filled(name, shift, mask=MASK):
    picture = truth_of(name)
    picture[mask] += np.uint8(shift)
    return picture


def write(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def leave(folder, name, shift=5, mask=MASK, parts=True, prediction=None):
    """What the command inpaint leaves of one picture."""
    composite = filled(name, shift, mask)
    prediction = composite if prediction is None else prediction
    job = Job(name, name, None, None, 0)
    save(Outcome(job, Filling(composite, prediction, mask)), folder, parts)


class Page(HTMLParser):
    """Figures of a page in order, its text, and what it would load."""

    void = {"meta", "img", "link", "br"}

    def __init__(self, path):
        super().__init__()
        self.open, self.tags, self.resources, self.text = [], [], [], []
        self.figures, self.html = [], Path(path).read_text()
        self.feed(self.html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.append(tag)
        names = ("src", "href", "srcset", "data", "action", "style")
        self.resources += [found[name] for name in names if name in found]
        assert not any(name.startswith("on") for name in found)
        if tag == "figure":
            self.figures.append(found | dict(said=""))
        if tag == "img" and "figure" in self.open:
            self.figures[-1] |= dict(alt=found["alt"], src=found["src"])
            self.figures[-1] |= dict(width=found["width"], height=found["height"])
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "script" in self.open or "style" in self.open:
            return
        self.text.append(data)
        if "figure" in self.open:
            self.figures[-1]["said"] += data

    def shown(self, alt):
        (figure,) = (f for f in self.figures if f.get("alt") == alt)
        return figure

    @property
    def said(self):
        return " ".join("".join(self.text).split())


def pixels(figure):
    data = base64.b64decode(figure["src"].partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def gallery(tmp_path, folder="out", **options):
    report = make_gallery(tmp_path / folder, tmp_path / "page.html", **options)
    assert report.bytes == (tmp_path / "page.html").stat().st_size
    return report, Page(tmp_path / "page.html")
