"""The command for fixed mask sets, and the user's mistakes."""

import numpy as np
import pytest
from PIL import Image

from ce_plugin.evaluation.scoring.mask_sets import load_mask_set, read_record
from ce_plugin.registry import MASKS
from ce_plugin.tools import make_masks as tool


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def call(*args):
        monkeypatch.setattr("sys.argv", ["make_masks", *map(str, args)])
        code = tool.main()
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def test_a_set_of_numbered_masks(run, tmp_path):
    options = ["--option", "min_area=.2", "max_area=0.3", "--option", "strokes=(2, 3)"]
    command = ["BrushStrokes", *options, "--size", "64x48", "--count", 3]
    code, out, err = run(*command, "--seed", 7, "--out", "deep/set")
    assert (code, err) == (0, "")
    assert "3 masks drawn: deep/set" in out
    record = read_record("deep/set")
    assert record["sha256"] in out
    assert record["generator"] == dict(
        type="BrushStrokes", min_area=0.2, max_area=0.3, strokes=[2, 3]
    )
    masks = load_mask_set("deep/set")
    generator = MASKS.build(record["generator"])
    for number, mask in enumerate(masks.values()):
        expected = generator(48, 64, np.random.default_rng((7, number)))
        np.testing.assert_array_equal(mask, expected)
        assert 0.2 <= mask.mean() <= 0.3
    assert len(masks) == 3

    code, out, err = run(*command, "--seed", 7, "--out", "deep/set")
    assert (code, err) == (0, "")
    assert "3 masks already there and intact" in out
    code, out, err = run(*command, "--seed", 8, "--out", "deep/set")
    assert (code, out) == (2, "")
    assert "another set of masks (seed 7, not 8)" in err


def test_a_mask_for_each_picture(run, tmp_path):
    (tmp_path / "photos" / "day").mkdir(parents=True)
    Image.new("RGB", (40, 30)).save(tmp_path / "photos" / "a.jpg")
    Image.new("RGB", (20, 50)).save(tmp_path / "photos" / "day" / "b.png")
    code, _out, err = run(
        "Outpainting", "--option", "sides=left", "--pictures", "photos", "--out", "m"
    )
    assert (code, err) == (0, "")
    masks = load_mask_set("m")
    assert {n: m.shape for n, m in masks.items()} == {"a": (30, 40), "day/b": (50, 20)}
    assert all(mask[:, 0].all() and not mask[:, -1].any() for mask in masks.values())

    Image.new("RGB", (40, 30)).save(tmp_path / "photos" / "a.png")
    code, _out, err = run("Outpainting", "--pictures", "photos", "--out", "n")
    assert code == 2
    assert "the same name" in err
    (tmp_path / "photos" / "a.png").write_text("no picture")
    (tmp_path / "photos" / "a.jpg").unlink()
    code, _out, err = run("Outpainting", "--pictures", "photos", "--out", "n")
    assert code == 2
    assert "cannot read the picture" in err
    assert not (tmp_path / "n").exists()


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("BrushStroke", "no mask generator 'BrushStroke'; known are BrushStrokes"),
        ("BrushStrokes --option widht=3", "its options are strokes"),
        ("BrushStrokes --option width", "KEY=VALUE, not 'width'"),
        ("BrushStrokes --option width=thin", "width must be two numbers"),
        ("RandomRegion --option kind=shapes", "needs folder"),
        ("RandomRegion --option size=3", "no option 'size'"),
        ("RandomRegion --option type=3", "the type is its name"),
        ("ObjectRegion", "'folder'"),
        ("ObjectRegion --option folder=nowhere", "no folder of segmentation masks"),
        ("CenterRegion --size 0", "from 1 on, not 0 and 100"),
        ("CenterRegion --size 12x", "from 1 on"),
        ("CenterRegion --size big", "not big"),
        ("CenterRegion --count 0", "and 0"),
        ("CenterRegion --seed -1", "--seed is 0 or more"),
        ("CenterRegion --size 1", "1x1"),
        ("CenterRegion --pictures nowhere", "no folder"),
        ("CenterRegion --pictures . --count 3", "leave --count and --size out"),
        ("CenterRegion --pictures . --size 64", "leave --count and --size out"),
        ("CenterRegion --pictures .", "no pictures in"),
    ],
)
def test_mistakes_are_one_line(run, tmp_path, command, named):
    code, out, err = run(*command.split(), "--out", "set")
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert named in err
    assert list(tmp_path.iterdir()) == []
