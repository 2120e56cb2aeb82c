"""The page of a folder in a browser: sorting, the large view, hostile names."""

from browser import Browser
from gallery_case import WIDTH, gallery, leave, truth_of, write

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
