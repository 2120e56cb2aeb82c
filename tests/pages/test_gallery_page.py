"""The page of a folder: what belongs together, what is shown, and in a browser."""

import base64
import errno
import io
import os
import re
import weakref
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from browser import Browser
from fillers_case import box, smooth
from PIL import Image, features

from ce_plugin.errors import InputError
from ce_plugin.evaluation.metrics.region_errors import region_errors
from ce_plugin.evaluation.scoring.scores import hole_errors, score_picture
from ce_plugin.inpainting.fillers import Filling
from ce_plugin.inpainting.jobs import Job
from ce_plugin.inpainting.outcome import Outcome, save
from ce_plugin.pages.gallery import encode, find_results, make_gallery, making, rows
from ce_plugin.pages.run.panel import HOLE

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


@pytest.fixture
def folder(tmp_path):
    """Results of two fillers, one with its parts, and their originals."""
    for name in NAMES:
        write(tmp_path / "photos" / f"{name}.bmp", truth_of(name))
        for filler, shift in SHIFTS.items():
            leave(tmp_path / "out" / filler, name, shift, parts=filler == "poor")
    return tmp_path


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


# What belongs together.


def test_what_inpaint_leaves_is_found(tmp_path):
    for name in NAMES:
        leave(tmp_path / "out", name)
    leave(tmp_path / "out", "alone", parts=False)
    found = find_results(tmp_path / "out")
    (column,) = found.columns
    assert found.rows == ["a9", "a10", "alone", "deep/b"]  # numbers by their value
    assert sorted(column.masks) == sorted(NAMES)
    assert column.masks["deep/b"].endswith("deep/b_mask.png")
    assert column.predictions == {}  # the same files as the pictures
    assert found.problems == found.notes == []
    leave(tmp_path / "out", "a9", prediction=truth_of("a9"))
    (column,) = find_results(tmp_path / "out").columns
    assert sorted(column.predictions) == sorted(NAMES)


def test_a_photograph_of_a_mask_is_one(tmp_path):
    for name in ("dog", "dog_mask", "cat_mask", "cat_prediction"):
        write(tmp_path / f"{name}.png", truth_of(name))
    write(tmp_path / "dog_mask_mask.png", MASK)
    found = find_results(tmp_path)
    assert found.rows == [
        "cat_mask",
        "cat_prediction",
        "dog",
        "dog_mask",
        "dog_mask_mask",
    ]
    assert not found.has_masks


def test_sub_folders_are_columns_where_names_are_the_same(folder):
    found = find_results(folder / "out")
    assert [column.name for column in found.columns] == ["good", "poor"]
    assert found.rows == list(NAMES)
    flat = find_results(folder / "out", flat=True)
    assert [column.name for column in flat.columns] == ["result"]
    assert "good/a9" in flat.rows and len(flat.rows) == 6
    chosen = find_results(folder / "out", columns=["poor", "good/", "poor"])
    assert [column.name for column in chosen.columns] == ["poor", "good"]
    write(folder / "out" / "overview.png", truth_of("x"))
    beside = find_results(folder / "out")
    assert len(beside.columns) == 1 and "overview.png" in beside.notes[0]
    # Names that differ: parts of one collection.
    write(folder / "more" / "cats" / "1.png", truth_of("x"))
    write(folder / "more" / "dogs" / "2.png", truth_of("y"))
    assert find_results(folder / "more").rows == ["cats/1", "dogs/2"]


def test_originals_and_masks_inside_the_folder_are_no_columns(folder):
    out = folder / "out"
    for name in NAMES:
        write(out / "photos" / f"{name}.png", truth_of(name))
        write(out / "masks" / f"{name}.png", MASK)
    found = find_results(out, truth=out / "photos", masks=out / "masks")
    assert [column.name for column in found.columns] == ["good", "poor"]
    assert sorted(found.originals) == sorted(found.masks) == sorted(NAMES)
    write(out / "good" / "one.png", MASK)  # one for all
    assert find_results(out, masks=out / "good" / "one.png", flat=True).rows[:2] == [
        "good/a9",
        "good/a10",
    ]
    assert "good/one" not in find_results(out, masks=out / "good" / "one.png").rows
    with pytest.raises(InputError, match="all its pictures are originals"):
        find_results(out / "photos", truth=out / "photos")


def test_two_endings_are_two_pictures_of_one_original(tmp_path):
    for name in ("x.bmp", "x.png", "y.png"):
        write(tmp_path / "out" / name, truth_of(name))
    write(tmp_path / "photos" / "x.webp", truth_of("x"))
    write(tmp_path / "photos" / "x.png", truth_of("x"))
    found = find_results(tmp_path / "out", truth=tmp_path / "photos")
    assert found.rows == ["x", "x.png", "y"]
    assert {Path(p).name for p in found.originals.values()} == {"x.png"}
    assert len(found.originals) == 2
    assert found.problems[0].startswith("y: no original in ")
    assert found.problems[1:] == [
        "x.webp: original x.png has the same name and is taken"
    ]


@pytest.mark.parametrize(
    "options, said",
    [
        (dict(folder="nowhere"), "no folder .*nowhere"),
        (dict(folder="photos/a9.bmp"), "not a folder: .*a9.bmp"),
        (dict(folder="empty"), "no pictures in .*empty"),
        (dict(truth="nowhere"), "no folder .*nowhere"),
        (dict(truth="other"), "no original in .* has the name of a result, such as a9"),
        (dict(masks="other"), "no mask in .* has the name of a result"),
        (dict(masks="nowhere.png"), "no folder .*nowhere.png"),
        (dict(columns=["good", "bad"]), "sub-folder bad of .*; there are good, poor"),
        (dict(columns=["good"], flat=True), "--columns and --flat"),
    ],
)
def test_what_cannot_be_found(folder, options, said):
    (folder / "empty").mkdir()
    write(folder / "other" / "other.png", MASK)
    for key in ("folder", "truth", "masks"):
        if key in options:
            options[key] = folder / options[key]
    with pytest.raises(InputError, match=said) as error:
        find_results(**dict(folder=folder / "out") | options)
    assert "data_root" not in str(error.value)


# What is shown.


def test_pictures_are_small_and_right():
    noise = np.random.default_rng(0).integers(0, 255, (300, 400, 3), np.uint8)
    photo, flat = smooth(300, 400), np.full((300, 400, 3), 99, np.uint8)
    small, thin = smooth(30, 20), smooth(2, 900)
    for picture, size, wanted in (
        (noise, 200, (200, 150)),
        (photo, 1000, (400, 300)),
        (flat, 100, (100, 75)),
        (small, 512, (20, 30)),
        (thin, 100, (100, 1)),
    ):
        tile = encode(picture, size)
        assert (tile.width, tile.height) == wanted
        assert pixels(dict(src=tile.source)).shape[:2] == wanted[::-1]
    lossy = "webp" if features.check("webp") else "jpeg"
    assert encode(noise, 512).source.startswith(
        (f"data:image/{lossy};", "data:image/j")
    )
    shown = pixels(dict(src=encode(photo, 512).source))
    assert np.abs(shown.astype(int) - photo).mean() < 3
    for exact in (flat, small):
        tile = encode(exact, 512)
        assert tile.source.startswith("data:image/png;")
        assert np.array_equal(pixels(dict(src=tile.source)), exact)


def test_rows_are_hole_results_original(folder):
    report, page = gallery(folder, truth=folder / "photos", title="Two <fillers>")
    assert (report.pictures, report.rows, report.problems) == (6, 3, [])
    cells = ("hole", "good", "poor", "original")
    assert [f["alt"] for f in page.figures] == [
        f"{n}, {c}" for n in NAMES for c in cells
    ]
    for name in NAMES:
        hole, truth = pixels(page.shown(f"{name}, hole")), truth_of(name)
        assert (hole[MASK] == HOLE).all()
        assert np.array_equal(hole[~MASK], truth[~MASK])
        assert np.array_equal(pixels(page.shown(f"{name}, original")), truth)
        for filler, shift in SHIFTS.items():
            figure = page.shown(f"{name}, {filler}")
            assert np.array_equal(pixels(figure), filled(name, shift))
            # good has no masks of its own.
            scores = score_picture(filled(name, shift), truth, MASK)["hole"]
            for key in ("l1", "psnr"):
                assert float(figure[f"data-{key}"]) == pytest.approx(scores[key], 1e-4)
            said = f"L1 {scores['l1']:.2f} %PSNR {scores['psnr']:.2f} dB"
            assert figure["said"] == f"{filler}{said}"
            hole = page.shown(f"{name}, hole")["id"]
            assert figure["data-hole"] == hole
    assert len({f["id"] for f in page.figures if "id" in f}) == 3
    assert (
        "Two <fillers>" in page.said and "the same 3 pictures, in the hole" in page.said
    )
    good, poor = (np.mean([100 * s / 255]) for s in SHIFTS.values())
    assert f"good{good:.2f}" in page.said and f"poor{poor:.2f}" in page.said
    assert page.html.count('<span class="best">') == 6
    assert page.html.count('<td class="best">') == 2


def test_the_page_stands_alone(folder):
    _, page = gallery(folder, truth=folder / "photos")
    assert all(url.startswith("data:") for url in page.resources)
    assert len(page.resources) == 12 + 1  # the icon
    assert not re.search(r"https?:|@import|url\(", page.html)
    assert page.tags.count("script") == 1 and "default-src 'none'" in page.html
    assert "<title>out</title>" in page.html  # the folder's name


def test_scores_near_the_hole_are_those_of_the_whole_picture():
    truth = smooth(90, 120)
    holes = [box(90, 120, (0, 9, 0, 7)), box(90, 120, (40, 60, 50, 90))]
    holes += [
        box(90, 120, (80, 90, 100, 120)),
        box(90, 120, (0, 2, 0, 2), (88, 90, 9, 99)),
    ]
    for seed, hole in enumerate(holes):
        picture = smooth(90, 120, seed + 1)  # known pixels are changed too
        found = hole_errors(picture, truth, hole)
        wanted = score_picture(picture, truth, hole)["hole"]
        for figure in ("l1", "psnr"):
            assert found[figure] == pytest.approx(wanted[figure], rel=1e-12)
        pair = (p.transpose(2, 0, 1) / 255 for p in (picture, truth))
        assert found == pytest.approx(region_errors(*pair, hole), rel=1e-9)


def test_without_holes_nothing_is_scored(tmp_path):
    write(tmp_path / "out" / "a.png", filled("a", 30))
    write(tmp_path / "photos" / "a.png", truth_of("a"))
    report, page = gallery(tmp_path, truth=tmp_path / "photos")
    assert report.problems == [] and "give --masks" in report.notes[0]
    assert [f["said"] for f in page.figures] == ["result", "original"]
    assert "PSNR" not in page.said and "Means" not in page.said


def test_any_folder_of_pictures(tmp_path):
    for name in NAMES:
        write(tmp_path / "out" / f"{name}.png", truth_of(name))
    report, page = gallery(tmp_path)
    assert [f["alt"] for f in page.figures] == list(NAMES)
    assert report.problems == [] and "pink" not in page.said
    assert "PSNR" not in page.said and "original" not in page.said.split("Esc")[0]


def test_masks_of_a_folder_or_one_for_all(folder):
    other = box(HEIGHT, WIDTH, (0, 5, 0, 5))
    write(folder / "masks" / "a9.png", other)
    write(folder / "one.png", MASK)
    report, page = gallery(folder, truth=folder / "photos", masks=folder / "masks")
    assert len(report.problems) == 2 and "a10: no mask in " in report.problems[0]
    hole = pixels(page.shown("a9, hole"))
    assert (hole[other] == HOLE).all() and not (hole[~other] == HOLE).all(1).any()
    assert page.shown("a10, good")["said"] == "good (no hole to score)"
    report, page = gallery(folder, masks=folder / "one.png")
    assert report.problems == [] and "PSNR" not in page.said
    assert (pixels(page.shown("deep/b, hole"))[MASK] == HOLE).all()
    (folder / "one.png").write_text("no picture")
    with pytest.raises(InputError, match="cannot read the mask"):
        make_gallery(folder / "out", folder / "new.html", masks=folder / "one.png")
    assert not (folder / "new.html").exists()


def test_predictions_where_they_differ(tmp_path):
    for name in ("a", "b"):
        painted = filled(name, 9)[::-1].copy()
        leave(tmp_path / "out", name, 9, prediction=painted)
    leave(tmp_path / "out", "c", 9, parts=False)
    _, page = gallery(tmp_path)
    assert [f.get("alt") for f in page.figures[:3]] == [
        f"a, {label}" for label in ("hole", "result", "result, as painted")
    ]
    figure = page.shown("b, result, as painted")
    assert np.array_equal(pixels(figure), filled("b", 9)[::-1])
    assert figure["data-hole"] == page.shown("b, hole")["id"]
    assert page.figures[-1]["said"] == "no pictureresult, as painted"


def test_different_holes_are_shown_and_not_compared(folder):
    other = box(HEIGHT, WIDTH, (0, 9, 0, 9))
    leave(folder / "out" / "good", "a9", 5, other)
    leave(folder / "out" / "third", "a9", 7, parts=False)
    report, page = gallery(folder, truth=folder / "photos")
    assert "1 row have filled different holes" in report.notes[0]
    holes = [page.shown(f"a9, hole of {name}") for name in ("good", "poor")]
    for name, hole, mask in zip(("good", "poor"), holes, (other, MASK)):
        assert page.shown(f"a9, {name}")["data-hole"] == hole["id"]
        assert (pixels(hole)[mask] == HOLE).all()
    third = page.shown("a9, third")
    assert "data-hole" not in third and "data-psnr" not in third  # it may be either
    assert page.html.count('<span class="best">') == 4  # those of the other two rows


def test_what_goes_wrong_is_listed_and_the_rest_is_shown(folder):
    out, photos = folder / "out", folder / "photos"
    (out / "good" / "a9.png").write_text("no picture")
    (out / "good" / "broken.png").write_bytes(b"")
    write(out / "good" / "small.png", smooth(20, 20))
    write(photos / "small.png", smooth(20, 30))
    write(out / "poor" / "lonely.png", truth_of("lonely"))
    (photos / "a10.bmp").write_text("no picture")
    (out / "poor" / "deep" / "b_mask.png").write_text("no mask")
    write(out / "poor" / "tiny.png", smooth(6, 6))
    write(out / "poor" / "tiny_mask.png", box(6, 6, (1, 3, 1, 3)))
    write(photos / "tiny.png", smooth(6, 6))
    report, page = gallery(folder, truth=photos)
    told = "\n".join(report.problems)
    for said in (
        "a9: cannot read the picture .*good/a9.png",
        "broken: cannot read the picture .*empty file",
        "broken: no original in",
        "lonely: no original in",
        "a10: cannot read the picture .*photos/a10.bmp",
        "small: good: not scored: it has 20 x 20 pixels and the original 30 x 20",
        "deep/b: cannot read the mask .*b_mask.png",
        "tiny: poor: not scored: .*11",
    ):
        assert re.search(said, told), said
        assert re.search(said, page.said), said
    assert told.count("\n") + 1 == 8
    assert f"Not shown, or not scored: {len(report.problems)}" in page.said
    assert report.rows == 6 and "broken, " not in str(
        [f.get("alt") for f in page.figures]
    )
    said = [f["said"] for f in page.figures if "alt" not in f]
    for note in ("cannot be readgood", "no picturegood", "no maskhole"):
        assert note in said
    assert "cannot be readoriginal" in said and "no originaloriginal" in said
    # Means are over what all columns have: nothing here.
    assert "Means" not in page.said


def test_a_mask_that_does_not_fit(folder):
    for name, mask in (("a9", np.zeros_like(MASK)), ("a10", MASK[:-1])):
        write(folder / "masks" / f"{name}.png", mask)
    write(folder / "masks" / "deep" / "b.png", MASK)
    report, page = gallery(folder, masks=folder / "masks")
    assert len(report.problems) == 4  # of two results each
    assert "a9: good: the mask is empty" in report.problems[0]
    assert "a10: poor: the mask has 40 x 31 pixels" in report.problems[3]
    assert [
        f["alt"] for f in page.figures if f["class"].startswith("hole") and "alt" in f
    ] == ["deep/b, hole"]


def test_not_one_picture(tmp_path):
    (tmp_path / "out").mkdir()
    for name in ("a.png", "b.jpg"):
        (tmp_path / "out" / name).write_text("no picture")
    (tmp_path / "page.html").write_text("old")
    with pytest.raises(InputError, match=r"not one .*a\.png.*\(and 1 more\)"):
        gallery(tmp_path)
    assert (tmp_path / "page.html").read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "page.html"]


def test_names_are_escaped(tmp_path):
    bad = (
        "<script>window.hacked=1<.script>",
        '"><img src=x onerror=alert(1)>',
        "a&amp;b",
    )
    for column in bad[:2]:
        for name in bad:
            leave(tmp_path / "out" / column, name)
    (tmp_path / "out" / bad[0] / f"{bad[1]}2.png").write_text("no picture")
    _, page = gallery(tmp_path, title=bad[0])
    assert page.tags.count("script") == 1 and page.tags.count("title") == 1
    assert page.tags.count("img") == 9 + 1  # the large view's
    columns = sorted(bad[:2], reverse=True)
    assert {f["alt"] for f in page.figures} == {
        f"{name}, {label}" for name in bad for label in ("hole", *columns)
    }
    assert page.said.startswith(bad[0]) and f"{bad[1]}2: cannot read" in page.said


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX only")
def test_names_that_are_no_text(tmp_path):
    (tmp_path / "out").mkdir()
    source = write(tmp_path / "a.png", truth_of("a"))
    try:
        os.rename(source, os.path.join(os.fsencode(tmp_path / "out"), b"\xff<.png"))
    except OSError:
        pytest.skip("this disk takes text only")
    report, page = gallery(tmp_path)
    assert report.pictures == 1 and page.figures[0]["alt"] == "?<"


# The file.


def test_pictures_are_not_kept(folder, monkeypatch):
    """When one is read, no more than its original is still there."""
    for name in NAMES:
        leave(folder / "out" / "poor", name, 40, prediction=truth_of(name))
    alive, most, read = [], [0], rows.read_picture

    def watched(path):
        most[0] = max(most[0], sum(ref() is not None for ref in alive))
        picture = read(path)
        alive.append(weakref.ref(picture))
        return picture

    monkeypatch.setattr(rows, "read_picture", watched)
    gallery(folder, truth=folder / "photos")
    assert len(alive) == 12 and most[0] == 1


def test_a_full_disk_leaves_the_old_page(folder, monkeypatch):
    (folder / "page.html").write_text("old")
    before = sorted(folder.iterdir())
    written = making._write

    def full(file, text):
        if "</html>" in text:  # nearly done
            raise OSError(errno.ENOSPC, "No space left on device")
        written(file, text)

    monkeypatch.setattr(making, "_write", full)
    with pytest.raises(OSError) as error:
        gallery(folder)
    assert error.value.errno == errno.ENOSPC
    assert error.value.filename == str(folder / "page.html")
    assert (folder / "page.html").read_text() == "old"
    assert sorted(folder.iterdir()) == before
    monkeypatch.undo()
    gallery(folder)
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    "out, size, said",
    [
        ("page.png", 512, "--out is the page"),
        ("out", 512, "--out is the page"),
        ("page.html", 0, "--size is 16 to 4096"),
        ("photos/a9.bmp/page.html", 512, "cannot write .*page.html"),
    ],
)
def test_where_nothing_can_be_written(folder, out, size, said):
    with pytest.raises(InputError, match=said):
        make_gallery(folder / "out", folder / out, size=size)
    assert not (folder / "page.html").exists()


# In a browser.

ORDER = "[...document.querySelectorAll('.row h3')].map(h => h.textContent)"
SHOWN = "[shown.alt, shown.src === imageOf(at).src]"


def key(page, kind, letter):
    given = dict(key=letter, code=f"Key{letter.upper()}")
    code = ord(letter.upper())
    page.send("Input.dispatchKeyEvent", type=kind, windowsVirtualKeyCode=code, **given)


def test_in_a_browser(tmp_path):
    hostile = "<script>window.hacked=1<.script>"
    image = '"><img src=x onerror="window.hacked=2">'
    shifts = {"a": (9, 30), "b": (30, 20), hostile: (20, 10), image: (3, 4)}
    for name, of in shifts.items():
        write(tmp_path / "photos" / f"{name}.png", truth_of(name))
        for filler, shift in zip(("one", image), of):
            leave(tmp_path / "out" / filler, name, shift)
    (tmp_path / "photos" / f"{image}.png").unlink()  # no scores
    _, parsed = gallery(tmp_path, truth=tmp_path / "photos", title=hostile)
    by_name = [f["alt"][:-6] for f in parsed.figures if f["class"].startswith("hole")]
    with Browser() as page:
        page.open(tmp_path / "page.html")
        pictures = page.look(
            "[...document.querySelectorAll('#rows img')].map(i => i.naturalWidth)"
        )
        assert pictures == [WIDTH] * (4 * 4 - 1)
        assert page.look("document.title") == hostile
        assert page.look(ORDER) == by_name and len(by_name) == 4

        # Sorting: the best first; rows without a score last, whichever way.
        def sorted_by(value):
            page.look(
                f"sort.value = '{value}', sort.dispatchEvent(new Event('change'))"
            )
            return page.look(ORDER)

        column = page.look(
            "document.querySelector('figure[data-column=\"1\"] b').textContent"
        )
        first = list(zip(*shifts.values()))[column != "one"]
        ranks = [n for _, n in sorted(zip(first, shifts)) if n != image]
        assert sorted_by("psnr 1") == [*ranks, image]
        assert sorted_by("l1 1") == [*ranks, image]
        page.click("$('reverse')")
        assert page.look(ORDER) == [*ranks[::-1], image]
        assert sorted_by("name") == by_name[::-1]
        page.click("$('reverse')")
        assert page.look(ORDER) == by_name

        # The large view.
        assert not page.look("large.open")
        page.click("document.querySelector('figure[data-column=\"0\"] img[alt^=a]')")
        label = page.look("shown.alt")
        assert page.look("large.open") and label.startswith("a, ")
        assert page.look(SHOWN) == [label, True]
        assert page.look("shown.getBoundingClientRect().width") > 500
        assert "PSNR" in page.look("$('told').textContent")
        for letter, other in (("h", "a, hole"), ("o", "a, original")):
            key(page, "keyDown", letter)
            assert page.look(SHOWN) == [other, False]
            key(page, "keyUp", letter)
            assert page.look(SHOWN) == [label, True]
        page.click("$('hole')")  # stays
        assert page.look(SHOWN) == ["a, hole", False]
        page.press("ArrowRight", 39)
        assert page.look("at.dataset.column") == "1"
        assert page.look(SHOWN) == ["a, hole", False]
        page.click("$('hole')")
        assert page.look(SHOWN)[1]
        mouse = dict(x=600, y=400, button="left", clickCount=1)
        page.send("Input.dispatchMouseEvent", type="mousePressed", **mouse)
        assert page.look(SHOWN) == ["a, original", False]
        page.send("Input.dispatchMouseEvent", type="mouseReleased", **mouse)
        assert page.look(SHOWN)[1]
        page.press("ArrowDown", 40)
        assert page.look("at.dataset.column") == "1"
        assert page.look("shown.alt").startswith(f"{by_name[by_name.index('a') + 1]}, ")
        # On a hole there is none to look at; keys are heard all the same.
        page.look("$('hole').focus()")
        page.look("show(document.querySelector('.row .hole'))")
        assert page.look("$('hole').disabled")
        page.wait("document.activeElement === document.body")
        page.press("ArrowRight", 39)
        assert page.look("at.dataset.column") == "0"
        page.press("Escape", 27)
        assert not page.look("large.open")
        page.wait("document.activeElement.closest('figure') === at")
        page.press("Enter", 13)  # what has the focus opens again
        assert page.look("large.open")
        page.press("Escape", 27)

        assert page.look("window.hacked") is None
        assert page.complaints() == [] and page.requests() == []
        for width in (400, 1200):
            size = dict(width=width, height=800, deviceScaleFactor=1, mobile=False)
            page.send("Emulation.setDeviceMetricsOverride", **size)
            assert page.look("document.documentElement.scrollWidth") <= width
        # Even a name that got through would not be run.
        page.look(
            "document.body.insertAdjacentHTML('beforeend', "
            '\'<img src="data:," onerror="window.hacked = 3">\')'
        )
        page.look("fetch('http://localhost:9/').catch(() => { window.refused = true })")
        page.wait("window.refused")
        assert page.look("window.hacked") is None
        assert any("Content Security Policy" in said for said in page.complaints())
