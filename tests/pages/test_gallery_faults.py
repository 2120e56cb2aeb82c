"""Faulty pictures are listed; the page's file comes row by row, and whole or not."""

import errno
import re
import weakref

import numpy as np
import pytest
from fillers_case import box, smooth
from gallery_case import MASK, NAMES, gallery, leave, truth_of, write

from ce_plugin.errors import InputError
from ce_plugin.pages.gallery import make_gallery, making, rows


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
