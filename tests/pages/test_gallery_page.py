"""What the page of a folder shows: holes, results, originals, scores and names."""

import os
import re

import numpy as np
import pytest
from fillers_case import box, smooth
from gallery_case import (
    HEIGHT,
    MASK,
    NAMES,
    SHIFTS,
    WIDTH,
    filled,
    gallery,
    leave,
    pixels,
    truth_of,
    write,
)
from PIL import features

from ce_plugin.errors import InputError
from ce_plugin.evaluation.metrics.region_errors import region_errors
from ce_plugin.evaluation.scoring.scores import hole_errors, score_picture
from ce_plugin.pages.gallery import encode, make_gallery
from ce_plugin.pages.run.panel import HOLE


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
