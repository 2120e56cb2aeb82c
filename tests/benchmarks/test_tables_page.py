"""The page of a suite in a browser."""

import itertools
import json
import re

import pytest
import tables_case as case
from browser import Browser
from harness.results.read import read_results
from harness.suites import load_suite
from harness.tables.leaderboard import Leaderboard
from harness.tables.page.page import page

FIRST = "document.querySelector('table.sortable')"
HEADS = f"[...{FIRST}.tHead.rows[0].cells]"


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    suite = load_suite(case.write(folder, case.results()))
    return Leaderboard(suite, read_results(suite, folder / "results"))


@pytest.fixture(scope="module")
def browser(board, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_text(page(board))
    with Browser() as found:
        found.page = path
        yield found


@pytest.fixture(autouse=True)
def fresh(browser):
    """Every test gets the page as it is when it has just been loaded."""
    browser.open(browser.page)


def head(name):
    return f"{HEADS}.find((h) => h.querySelector('span').textContent === '{name}')"


def column(browser, name):
    at = f"{HEADS}.indexOf({head(name)})"
    return browser.look(
        f"[...{FIRST}.tBodies[0].rows].map((r) => r.cells[{at}].textContent)"
    )


def test_no_complaint_and_no_request(browser):
    assert browser.complaints() == []
    assert browser.requests() == []


def test_complaints_are_heard(browser, tmp_path):
    """The test above can fail."""
    path = tmp_path / "bad.html"
    path.write_text(
        "<img src='http://127.0.0.1:9/a.png'>"
        "<script>console.error('x'); oops()</script>"
    )
    browser.open(path)
    assert len(browser.complaints()) >= 2
    assert browser.requests() == ["http://127.0.0.1:9/a.png"]


def test_charts_are_drawn(browser, board):
    charts = browser.look(
        """[...document.querySelectorAll("svg.chart")].map((svg) => ({
            box: [svg.getBBox().width, svg.getBBox().height],
            marks: [...svg.querySelectorAll(".mark")].map((m) => {
                const r = m.getBoundingClientRect(), s = svg.getBoundingClientRect();
                return r.width > 2 && r.height > 2 && r.left >= s.left
                    && r.right <= s.right && r.top >= s.top && r.bottom <= s.bottom
                    && getComputedStyle(m).fill !== "none";
            }),
            lines: [...svg.querySelectorAll("polyline")].map((l) =>
                l.getTotalLength() > 50 && getComputedStyle(l).stroke !== "none"),
            names: [...svg.querySelectorAll(".name")].map((t) => {
                const b = t.getBBox();
                return [b.x, b.y, b.x + b.width, b.y + b.height];
            }),
            width: svg.viewBox.baseVal.width,
        }))"""
    )
    ran = len(board.suite.methods) - 1
    curve, *quality = charts
    assert len(curve["marks"]) == 3 * ran and len(curve["lines"]) == ran
    assert len(quality) == len(board.suite.tasks)
    for chart in charts:
        assert min(chart["box"]) > 100
        assert all(chart["marks"]) and all(chart["lines"])
        # No name upon another, and none cut off.
        assert len(chart["names"]) == ran
        for one, other in itertools.combinations(chart["names"], 2):
            apart = [one[i] >= other[i + 2] - 3 or other[i] >= one[i + 2] - 3
                     for i in (0, 1)]  # fmt: skip
            assert any(apart), (one, other)
        assert all(x >= 0 and end <= chart["width"] for x, _, end, _ in chart["names"])
    assert all(len(chart["marks"]) == ran for chart in quality)


def test_a_point_stands_where_its_figure_is(browser, board):
    """Read back from the pixels: the svm chart's highest point is the best method."""
    tops = browser.look(
        """Object.fromEntries([...[...document.querySelectorAll("svg.chart")]
            .find((s) => s.getAttribute("aria-label").startsWith("SVM"))
            .querySelectorAll(".series")].map((g) => [g.dataset.method,
            [+g.querySelector(".mark").getAttribute("cx"),
             +g.querySelector(".mark").getAttribute("cy")]]))"""
    )
    means = {name: board.summary(name, "svm").mean for name in tops}
    by_height = sorted(tops, key=lambda name: tops[name][1])
    assert by_height == sorted(means, key=means.__getitem__, reverse=True)
    heights = [tops[n][1] for n in ("random", "simclr", "supervised")]
    values = [means[n] for n in ("random", "simclr", "supervised")]
    share = (heights[1] - heights[0]) / (heights[2] - heights[0])
    wanted = (values[1] - values[0]) / (values[2] - values[0])
    assert share == pytest.approx(wanted, abs=0.01)
    assert tops["random"][0] == min(x for x, _ in tops.values())


def numbers(cells):
    found = [re.match(r"[\d.]+", cell) for cell in cells]
    return [float(one.group()) if one else None for one in found]


def test_columns_sort_as_numbers_and_back(browser):
    before = column(browser, "kNN")
    browser.click(head("kNN"))
    falling = numbers(column(browser, "kNN"))
    # 99.9 and 9.9 tell numbers from text; what is missing comes last.
    assert falling[0] == pytest.approx(99.9) and falling[-2] == pytest.approx(9.9)
    assert falling[-1] is None and column(browser, "kNN")[-1] == "\u2013"
    assert falling[:-1] == sorted(falling[:-1], reverse=True)
    assert browser.look(f"{head('kNN')}.getAttribute('aria-sort')") == "descending"
    browser.click(head("kNN"))
    rising = numbers(column(browser, "kNN"))
    assert rising == [*falling[:-1][::-1], None]
    assert browser.look(f"{head('kNN')}.getAttribute('aria-sort')") == "ascending"
    assert sorted(column(browser, "kNN")) == sorted(before)


def test_only_one_column_says_that_it_is_sorted(browser):
    browser.click(head("kNN"))
    browser.click(head("pretraining"))
    sorted_by = browser.look(
        f"{HEADS}.map((h) => h.getAttribute('aria-sort')).filter((s) => s)"
    )
    assert sorted_by == ["ascending"]  # less is better
    minutes = numbers(column(browser, "pretraining"))
    assert minutes[0] == 0 and minutes[:-1] == sorted(minutes[:-1])


def test_keys_sort_as_well(browser):
    browser.look(f"{head('method')}.querySelector('button').focus()")
    browser.press("Tab", 9)
    browser.press("Enter", 13)
    assert browser.look(f"{head('SVM, VOC07')}.getAttribute('aria-sort')") == (
        "descending"
    )
    found = numbers(column(browser, "SVM, VOC07"))
    assert found[:-1] == sorted(found[:-1], reverse=True)


def test_every_table_sorts(browser):
    bad = browser.look(
        """[...document.querySelectorAll("table.sortable")].filter((table) => {
            const head = [...table.tHead.rows[0].cells].find((h) =>
                "numeric" in h.dataset);
            const at = head.cellIndex;
            head.querySelector("button").click();
            const found = [...table.tBodies[0].rows].map((r) =>
                r.cells[at].dataset.value).filter((v) => v !== "").map(Number);
            return found.length < 2 || found.some((v, i) => i && v > found[i - 1]);
        }).length"""
    )
    assert bad == 0


def test_a_method_is_singled_out(browser):
    key = "document.querySelector('.key button[data-method=simclr]')"
    browser.click(key)
    assert browser.look(f"{key}.getAttribute('aria-pressed')") == "true"
    lit = browser.look(
        "[...document.querySelectorAll('.series.lit')].map((s) => s.dataset.method)"
    )
    assert set(lit) == {"simclr"}
    browser.click(key)
    assert browser.look(f"{key}.getAttribute('aria-pressed')") == "false"


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_no_wider_than_the_screen(browser, width, tmp_path):
    browser.picture(tmp_path / "page.png", width=width, dark=True)
    assert browser.look("document.documentElement.scrollWidth") <= width


def test_the_page_carries_all_it_needs(browser):
    text = browser.page.read_text()
    assert not re.search(r"<(link|script|img|iframe)[^>]*(src|href)=.(?!data:)", text)
    assert "@import" not in text and "url(" not in text
    assert json.dumps(case.ERROR) not in text and "<item>" not in text
