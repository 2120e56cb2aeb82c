"""The page's controls: keys, fingers, zoom, colours, and each one's name and focus."""

import numpy as np
import pytest
from demo_window import at, by_id, frame, hole_of, load, only, painted, said, stroke
from fillers_case import smooth


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
