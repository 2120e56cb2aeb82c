"""The figures of docs/methods.md and docs/views.md are those of the stored results."""

import re

import pytest
from stored_figures import Page, load

PAGE = Page("methods.md")


def test_speed_of_pretexts():
    """Every pretext's step is at most 5 % slower than lightly's own loop for it."""
    steps = load("speed/pretexts")["steps"]
    ratios = {name: step["ours_to_lightly"]["median"] for name, step in steps.items()}
    assert len(ratios) == 10 and max(ratios.values()) <= 1.05
    slowest = max(ratios, key=ratios.get)
    (share,) = PAGE.shown(rf"at most (\d+) % slower \({slowest}\)")
    assert share == round(100 * (ratios[slowest] - 1))
    faster = PAGE.shown(r"SwAV and DINO\s+(\d+)\s+to\s+(\d+) % faster")
    assert sorted(round(100 * (1 - ratios[n])) for n in ("SwAV", "DINO")) == faster


def test_speed_of_whole_iterations():
    """At least 1.3 times lightly's loop at half width, at full width never slower."""
    result = load("speed/pretexts")["iterations"]
    page = Page("views.md").text
    rows = re.findall(r"^\| `(\w+)` \| ([\d.]+) \| ([\d.]+) \|$", page, re.M)
    assert {name for name, *_ in rows} == set(result["half"]) and len(rows) == 6
    for name, half, full in rows:
        for width, shown_one, least in (("half", half, 1.3), ("full", full, 1)):
            value = result[width][name]["times_as_fast"]["median"]
            assert float(shown_one) == pytest.approx(value, abs=0.006), name
            assert value >= least, name
    values = [row["times_as_fast"]["median"] for row in result["half"].values()]
    told = r"([\d.]+) to ([\d.]+)\s+times\s+as\s+fast\s+as\s+lightly's loop"
    found = PAGE.shown(told)
    assert found == pytest.approx([min(values), max(values)], abs=0.006)
    simclr = result["half"]["SimCLR"]["milliseconds_a_picture"]
    told = re.search(r"in ([\d.]+) instead of ([\d.]+) ms \(SimCLR\)", page).groups()
    for number, which in zip(told, ("ours", "lightly")):
        assert float(number) == pytest.approx(simclr[which]["loading"], abs=0.06)
    conditions = re.search(r"\((\d+) pictures, two views of (\d+) px\)", page).groups()
    assert [int(x) for x in conditions] == [result["batch"], result["size"]]


def test_speed_of_jitter():
    page, result = Page("views.md").text, load("speed/jitter")
    rows = dict(zip(("colours", "blur"), re.findall(r"\| (0\.\d+) " * 3 + r"\|", page)))
    for change, row in rows.items():
        times = result[change]["milliseconds_a_view"]
        assert [float(x) for x in row] == list(times.values())
    assert len(rows) == 2 and result["colours"]["times_as_fast"]["than torchvision"][
        "median"
    ] == pytest.approx(5, abs=0.5)
