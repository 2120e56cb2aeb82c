"""The figures of docs/speed.md are those of the stored results."""

import pytest
from stored_figures import Page, load

PAGE = Page("speed.md")


def test_speed():
    number = r"([\d.,]+)"
    step = load("speed/joint_step")
    for label, key in (
        ("memory as it comes", "times_faster"),
        ("freed memory kept, for both", "times_faster_with_memory_kept_for_both"),
        ("as the tool runs, against the plain loop", "times_faster_as_the_tool_runs"),
    ):
        (value,) = PAGE.shown(rf"{label} \| {number}x")
        assert value == pytest.approx(step[key]["median"], abs=0.006)
        assert value >= 2
    (share,) = PAGE.shown(rf"hooks and loop \| {number} %")
    assert share == pytest.approx(
        100 * load("speed/overhead")["configs"]["pretrain_ce.py"]["overhead_share"],
        abs=0.06,
    )
    for case, value in load("speed/data")["cases"].items():
        (plain, masks) = PAGE.shown(rf"\| {case} \| {number}x \| {number}x")
        assert plain == pytest.approx(value["speedup"]["ours"]["median"], abs=0.006)
        assert masks == pytest.approx(
            value["speedup"]["ours, masks"]["median"], abs=0.006
        )
    for name, value in load("speed/masks").items():
        if isinstance(value, int) and name[0].isupper():
            (rate,) = PAGE.shown(rf"`{name}` \| {number}")
            assert rate == value


def test_speed_of_filling():
    result = load("speed/inpainting")
    number = r"([\d.]+)"
    for name, found in result["batch"]["fillers"].items():
        (times,) = PAGE.shown(rf"\| {name} \| {number}x \|")
        assert times == pytest.approx(found["ratio"]["median"], abs=0.006)
    table = PAGE.text.partition("| a hole of 200x150 in 4000x3000 |")[2]
    for name, found in result["large"]["fillers"].items():
        row = f"| {name} | {found['seconds']} | {found['megabytes']} |\n"
        assert row in table
        assert found["seconds"] < 60 and found["megabytes"] < 500
