"""The score command on bad pictures and masks, and the user's mistakes."""

import json
import re

import numpy as np
import pytest
from score_case import NAMES, load, write


@pytest.mark.parametrize(
    "results, given, said",
    [
        (None, [], "neither"),
        ("filled", ["--filler", "telea"], "both"),
        (None, ["--filler", "blur"], "no filler 'blur'"),
        (None, ["--filler", "nearest"], "needs .*collection"),
        (None, ["--filler", "telea", "--collection", "x"], "telea: .*collection"),
        (None, ["--filler", "telea", "--json", "/tmp"], "--json /tmp is a folder"),
        ("filled", ["--device", "cpu", "--seed", "0"], "takes no --device, --seed; "),
        ("filled", ["--strict", "--no-blend"], "takes no --strict, --no-blend; "),
        ("filled", ["--blend", "--start", "noise"], "takes no --blend, --start; "),
        (
            "filled",
            ["--collection", "truth", "--descriptor", "hog"],
            "takes no --collection, --descriptor; leave out",
        ),
    ],
)
def test_what_is_scored_is_said_once(score, results, given, said):
    code, _out, err = score(*given, results=results)
    assert code == 2 and re.search(f"^ce_plugin: error: .*{said}.*\n$", err)


def test_the_rest_is_scored_and_the_bad_ones_listed(score, scored):
    filled, truth, masks = (scored / d for d in ("filled", "truth", "masks"))
    for name in ("small", "broken", "unmasked", "empty", "full", "other", "lost"):
        write(truth / f"{name}.png", np.full((50, 80, 3), 90, np.uint8))
        write(filled / f"{name}.png", np.full((50, 80, 3), 90, np.uint8))
        write(masks / f"{name}.png", load("masks/a.png"))
    write(filled / "small.png", np.zeros((25, 40, 3), np.uint8))
    (filled / "broken.png").write_bytes(b"no picture at all")
    (masks / "unmasked.png").unlink()
    write(masks / "empty.png", np.zeros((50, 80), bool))
    write(masks / "full.png", np.ones((50, 80), bool))
    write(masks / "other.png", np.ones((5, 8), bool))
    (filled / "lost.png").unlink()
    write(filled / "stray.png", np.zeros((50, 80, 3), np.uint8))
    write(filled / "a.webp", np.zeros((50, 80, 3), np.uint8))

    code, out, err = score("--json", "scores.json")
    assert code == 1
    assert out.startswith("3 pictures")
    lines = err.splitlines()
    assert all(line.startswith("not scored: ") for line in lines)
    expected = {
        "small": "the finished picture has 40 x 25 pixels and the truth 80 x 50",
        "broken": "cannot read the picture",
        "unmasked": "no mask in masks",
        "empty": "the mask is empty",
        "full": "covers the whole picture",
        "other": "the mask has 8 x 5 pixels and the truth 80 x 50",
        "lost": "no finished picture in filled",
        "stray": "no truth in truth",
        "a.webp": "a.png has the same name and is taken",
    }
    for name, reason in expected.items():
        (line,) = [line for line in lines if line.startswith(f"not scored: {name}: ")]
        assert reason in line
    assert len(lines) == len(expected)
    problems = json.loads((scored / "scores.json").read_text())["problems"]
    assert [f"not scored: {problem}" for problem in problems] == lines


def test_nothing_to_score_is_an_error(score, scored):
    for name in NAMES:
        write(scored / "none" / f"{name}.png", np.zeros((50, 80), bool))
    code, out, err = score(masks="none")
    assert (code, out) == (2, "")
    assert re.search(r"could be scored; a: the mask .* \(and 2 more\)", err)
    code, _out, err = score(results="nowhere")
    assert code == 2
    assert "no folder" in err
    code, _out, err = score(masks="nowhere")
    assert code == 2
    code, _out, err = score("--json", "no/where.json")
    assert code == 2
    assert "make it first" in err
    (scored / "void").mkdir()
    code, _out, err = score(results="void")
    assert code == 2
    assert "no pictures in" in err


def test_a_damaged_mask_set_is_refused(score, scored, monkeypatch):
    from ce_plugin.tools import make_masks

    argv = ["make_masks", "BrushStrokes", "--pictures", "truth", "--out", "set"]
    monkeypatch.setattr("sys.argv", argv)
    assert make_masks.main() == 0
    assert score(masks="set")[0] == 0
    write(scored / "set" / "a.png", load("masks/a.png"))
    code, _out, err = score(masks="set")
    assert code == 2
    assert "not those that masks.json was written with" in err
