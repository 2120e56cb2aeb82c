"""The result page: whole, escaped, and written at once or not at all."""

import base64
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ce_plugin.errors import TrainingError
from ce_plugin.files import write_atomic
from ce_plugin.pages.run.curves import Curve
from ce_plugin.pages.run.page import RunFacts, result_page
from ce_plugin.pages.run.verdict import figures_table, held_out_charts, verdict

METRICS = {
    f"inpainting/{row}hole_{figure}": value
    for row, values in {
        "": (9.87, 2.11, 18.456, 0.612),
        "constant/": (19.6, 5.5, 13.29, 0.401),
        "context-mean/": (15.4, 3.76, 15.72, 0.455),
    }.items()
    for figure, value in zip(("l1", "l2", "psnr", "ssim"), values)
}
GAIN = {"inpainting/psnr_gain": 18.456 - 15.72}
HOSTILE = "<script>alert('1')</script>\"&"


class Checker(HTMLParser):
    """Holds that tags are balanced and collects what the page would load."""

    void = {"meta", "img", "link", "br", "hr", "input"}

    def __init__(self):
        super().__init__()
        self.open, self.resources, self.tags, self.text = [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        names = ("src", "href", "xlink:href", "data", "action", "srcset")
        self.resources += [value for name, value in attributes if name in names]
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def checked(page):
    checker = Checker()
    checker.feed(page)
    checker.close()
    assert checker.open == []
    return checker


def full_facts():
    held_out = {name: Curve("", [100, 200], [v / 2, v]) for name, v in METRICS.items()}
    return RunFacts(
        title="pretrain_ce",
        metrics=METRICS | GAIN,
        metrics_step=200,
        pictures=[
            ("iteration 0", b"\x89PNG first"),
            ("iteration 200", b"\x89PNG last"),
        ],
        training=[Curve("loss_rec", [1, 2, 3], [0.5, 0.4, math.nan])],
        held_out=held_out_charts(held_out),
        facts=[("Seed", "42"), ("Device", "CPU")],
        skipped=["/photos/broken.jpg"],
        encoder="/work/encoder.pth",
        paste={"mmdet": "model = dict(backbone=dict())", "mmseg": "x = 1"},
        config="max_iters = 200",
    )


def test_page_is_whole_and_stands_alone():
    page = result_page(full_facts())
    checker = checked(page)
    assert checker.tags[:2] == ["html", "head"]
    assert "script" not in checker.tags and "script-src 'none'" in page
    icon, *pictures = checker.resources
    assert icon == "data:," and len(pictures) == 2
    for resource, png in zip(pictures, (b"\x89PNG first", b"\x89PNG last")):
        head, data = resource.split(",")
        assert head == "data:image/png;base64"
        assert base64.b64decode(data) == png
    assert not re.search(r"https?:|@import|url\(", page)


def test_page_says_everything():
    text = "".join(checked(result_page(full_facts())).text)
    for said in (
        "2.74 dB better than by the best trivial fill",
        "18.46",
        "15.72",
        "13.29",
        "0.612",
        "at iteration 200",
        "loss_rec",
        "Seed",
        "42",
        "/photos/broken.jpg",
        "/work/encoder.pth",
        "mmdet",
        "model = dict(backbone=dict())",
        "max_iters = 200",
    ):
        assert said in text, said


def test_every_string_of_the_run_is_escaped():
    facts = RunFacts(
        title=HOSTILE,
        metrics={HOSTILE: 1.0},
        pictures=[(HOSTILE, b"png")],
        training=[Curve(HOSTILE, [1, 2], [1.0, 2.0])],
        held_out={HOSTILE: [Curve(HOSTILE, [1, 2], [1.0, 2.0])]},
        facts=[(HOSTILE, HOSTILE)],
        skipped=[HOSTILE],
        encoder=HOSTILE,
        paste={HOSTILE: HOSTILE},
        config=HOSTILE,
    )
    page = result_page(facts)
    assert "<script" not in page
    checker = checked(page)
    assert "".join(checker.text).count(HOSTILE) >= 10


def test_page_without_anything_still_reads():
    text = "".join(checked(result_page(RunFacts(title="bare"))).text)
    assert "not judged on held-out pictures" in text
    assert "exported no encoder" in text


@pytest.mark.parametrize(
    "gain, said",
    [
        (1.234, "1.23 dB better"),
        (-0.5, "0.50 dB worse than by the best trivial fill"),
        (math.nan, "not numbers"),
    ],
)
def test_verdict_is_plain(gain, said):
    assert said in "".join(verdict({"inpainting/psnr_gain": gain}))


@pytest.mark.parametrize("gain, said", [(1.2, "1.20 dB nearer to"), (-0.5, "farther")])
def test_verdict_on_a_network_that_fills_nothing(gain, said):
    found = "".join(verdict({"psnr_gain": gain}, fills=False))
    assert said in found and "probe" in found and "of no use" not in found
    page = result_page(RunFacts(title="x", metrics={"psnr_gain": gain}, fills=False))
    assert said in page


def test_table_has_the_network_first_and_other_figures_below():
    rows, others = figures_table(METRICS | GAIN | {"probe/top1": 41.5})
    names = [name for name, *_ in rows]
    assert names == ["the network", "mean of the context", "constant colour"]
    assert rows[0][2] == ["9.87", "2.11", "18.46", "0.612"]
    assert others == [("probe/top1", "41.5")]


def test_regions_get_rows_of_their_own():
    rows, _ = figures_table({"hole_l1": 9.0, "composite_l1": 2.5})
    assert [(where, cells[0]) for _, where, cells in rows] == [
        ("in the hole", "9.00"),
        ("whole picture", "2.50"),
    ]


def test_charts_put_the_floors_beside_the_network():
    curves = {name: Curve("", [1], [value]) for name, value in METRICS.items()}
    charts = held_out_charts(curves | {"probe/top1": Curve("", [1], [40.0])})
    names = ["the network", "mean of the context", "constant colour"]
    assert [c.name for c in charts["PSNR dB"]] == names
    assert [c.values for c in charts["PSNR dB"]] == [[18.456], [15.72], [13.29]]
    assert [c.name for c in charts["probe/top1"]] == ["probe/top1"]
    assert len(charts) == 5


def test_write_atomic_replaces_and_leaves_nothing(tmp_path):
    path = tmp_path / "a" / "page.html"
    write_atomic(path, "first")
    write_atomic(path, b"second")
    assert path.read_text() == "second"
    assert [p.name for p in path.parent.iterdir()] == ["page.html"]


def test_write_atomic_of_two_threads(tmp_path, monkeypatch):
    path, replace = tmp_path / "page.html", Path.replace

    def slowly(self, target):
        monkeypatch.setattr(Path, "replace", replace)
        write_atomic(path, "second")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", slowly)
    write_atomic(path, "first")
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "first"


def test_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    path = write_atomic(tmp_path / "page.html", "first")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ce_plugin.files.os.replace", full)
    with pytest.raises(TrainingError, match=r"cannot write .*No space left"):
        write_atomic(path, "second")
    assert path.read_text() == "first"
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]
