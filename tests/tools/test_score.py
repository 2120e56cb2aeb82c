"""The score command on folders of a made-up tool, good and bad."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from fillers_case import checkpoint
from PIL import Image
from runs import environment

from ce_plugin.evaluation.scoring.scores import score_picture
from ce_plugin.inpainting.fillers import EncoderDecoder, build_filler
from ce_plugin.tools import score as tool

NAMES = ("a", "b", "deep/c")
FILLS = ["results", "constant", "context-mean", "telea", "navier-stokes"]


def write(path, array, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path, **options)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three pictures, their masks (10, 26 and 26 %), and what a tool made of them."""
    rng = np.random.default_rng(0)
    for name, side in zip(NAMES, (20, 32, 32)):
        small = rng.integers(40, 200, (5, 5, 3), np.uint8)
        image = Image.fromarray(small).resize((80, 50), Image.Resampling.BICUBIC)
        truth = np.asarray(image)
        hole = np.zeros((50, 80), bool)
        hole[5 : 5 + side, 30 : 30 + side] = True
        filled = truth.copy()
        filled[hole] += 10
        write(tmp_path / "truth" / f"{name}.png", truth)
        write(tmp_path / "masks" / f"{name}.png", hole)
        write(tmp_path / "filled" / f"{name}.png", filled)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder, monkeypatch, capsys):
    def call(*args, masks="masks", results="filled"):
        folders = [results, "truth"] if results else ["truth"]
        argv = ["score", *folders, "--masks", masks, *map(str, args)]
        monkeypatch.setattr("sys.argv", argv)
        code = tool.main()
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def load(path):
    with Image.open(path) as image:
        return np.array(image)


def rows(out):
    """Every Markdown table as a list of rows of cells."""
    found = [[]]
    for line in out.splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [table for table in found if table]


def test_all_is_well(run, folder):
    code, out, err = run("--json", "scores.json")
    assert (code, err) == (0, "")
    result = json.loads((folder / "scores.json").read_text())
    assert result["problems"] == []
    assert [picture["name"] for picture in result["pictures"]] == list(NAMES)
    for picture in result["pictures"]:
        assert list(picture["scores"]) == FILLS
        paths = (f"{d}/{picture['name']}.png" for d in ("filled", "truth", "masks"))
        expected = score_picture(*map(load, paths))
        assert picture["scores"]["results"] == expected
    total = result["summary"]["results"]["total"]
    assert total["hole"]["l1"] == pytest.approx(100 * 10 / 255)
    assert total["changed"] == 0

    assert out.startswith("3 pictures, holes of 20.4 % of a picture")
    assert "known pixels changed: 0.00 %" in out
    totals, deciles = rows(out)
    assert [row[0] for row in totals] == ["filled by", "---", *FILLS]
    assert totals[0][1:3] == ["hole L1 %", "hole L2 %"]
    assert totals[2][1] == "3.92"
    assert {len(row) for row in totals} == {13}
    assert [row[:2] for row in deciles[2:]] == [
        ["10-20 %", "1"],
        ["20-30 %", "2"],
        ["all", "3"],
    ]
    for fill, place in zip(FILLS[1:], range(-4, 0)):
        assert deciles[0][place] == f"PSNR of {fill}"
        mean = result["summary"][fill]["total"]["hole"]["psnr"]
        assert deciles[-1][place] == f"{mean:.2f}"
        one = result["pictures"][0]["scores"][fill]["hole"]["psnr"]
        assert deciles[2][place] == f"{one:.2f}"


def test_one_mask_for_all(run, folder):
    code, out, _err = run(masks="masks/b.png")
    assert code == 0
    assert rows(out)[1][2][:2] == ["20-30 %", "3"]


def test_a_filler_is_scored_without_files(run, folder):
    code, out, err = run("--filler", "telea", "--json", "scores.json", results=None)
    assert (code, err) == (0, "")
    result = json.loads((folder / "scores.json").read_text())
    assert result["results"] == "telea, seed 0"
    found = result["summary"]
    assert found["results"]["total"]["hole"] == found["telea"]["total"]["hole"]
    assert not (folder / "telea").exists() and rows(out)


def test_a_network_is_scored_on_all_that_it_paints(run, folder):
    network = checkpoint(folder)
    code, _out, err = run("--checkpoint", network, "--json", "s.json", results=None)
    assert (code, err) == (0, "")
    result = json.loads((folder / "s.json").read_text())
    filler = EncoderDecoder(network)
    for name, picture in zip(NAMES, result["pictures"], strict=True):
        truth, hole = (load(f"{d}/{name}.png") for d in ("truth", "masks"))
        (filling,) = filler([truth], [hole.astype(bool)])
        expected = score_picture(
            filling.composite, truth, hole.astype(bool), prediction=filling.prediction
        )
        assert picture["scores"]["results"] == expected
        assert expected["prediction"] != expected["composite"]


def test_seeds_of_a_filler_are_those_of_inpaint(run, folder):
    found = []
    for seed in (0, 0, 1):
        given = ("--filler", "patchmatch", "--seed", seed, "--json", "s.json")
        code, _out, _err = run(*given, results=None)
        assert code == 0
        found.append(json.loads((folder / "s.json").read_text())["pictures"])
    assert found[0] == found[1] != found[2]
    filler = build_filler("patchmatch")
    truth, hole = (load(f"{d}/{NAMES[1]}.png") for d in ("truth", "masks"))
    (filling,) = filler([truth], [hole.astype(bool)], [1])
    expected = score_picture(filling.composite, truth, hole.astype(bool))
    assert found[0][1]["scores"]["results"]["hole"] == expected["hole"]


@pytest.mark.parametrize(
    "results, given, said",
    [
        (None, [], "neither"),
        ("filled", ["--filler", "telea"], "both"),
        (None, ["--filler", "blur"], "no filler 'blur'"),
        (None, ["--filler", "nearest"], "needs .*collection"),
        (None, ["--filler", "telea", "--collection", "x"], "telea: .*collection"),
    ],
)
def test_what_is_scored_is_said_once(run, results, given, said):
    code, _out, err = run(*given, results=results)
    assert code == 2 and re.search(f"^ce_plugin: error: .*{said}.*\n$", err)


@pytest.mark.parametrize("white", [1, 255])
def test_what_counts_as_a_hole(run, folder, white):
    """White, or all but 0 where a file has only 0 and 1; grey below half is known."""
    mask = load("masks/b.png").astype(np.uint8) * white
    if white == 255:
        mask[~mask.astype(bool)] = 127
        mask[0, 0] = 128
    write(folder / "mask.png", mask)
    run("--json", "one.json", masks="mask.png")
    result = json.loads((folder / "one.json").read_text())
    area = (load("masks/b.png").sum() + (white == 255)) / 4000
    assert result["pictures"][1]["scores"]["results"]["area"] == pytest.approx(area)


def test_a_careless_tool_is_told(run, folder):
    for name in NAMES:
        picture = load(f"filled/{name}.png")
        picture[-5:] ^= 1
        write(folder / "filled" / f"{name}.png", picture)
    code, out, _err = run("--json", "scores.json")
    assert code == 0
    result = json.loads((folder / "scores.json").read_text())
    total = result["summary"]["results"]["total"]
    assert total["hole"]["l1"] == pytest.approx(100 * 10 / 255)
    assert total["changed"] == pytest.approx(
        np.mean([400 / (~load(f"masks/{name}.png")).sum() for name in NAMES])
    )
    assert f"known pixels changed: {100 * total['changed']:.2f} %" in out


def test_jpeg_results_are_scored_without_that(run, folder):
    for name in NAMES:
        picture = load(f"filled/{name}.png")
        (folder / "filled" / f"{name}.png").unlink()
        write(folder / "filled" / f"{name}.jpg", picture, quality=90)
    code, out, _err = run()
    assert code == 0
    assert "known pixels changed" not in out


def test_the_rest_is_scored_and_the_bad_ones_listed(run, folder):
    filled, truth, masks = (folder / d for d in ("filled", "truth", "masks"))
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

    code, out, err = run("--json", "scores.json")
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
    problems = json.loads((folder / "scores.json").read_text())["problems"]
    assert [f"not scored: {problem}" for problem in problems] == lines


def test_nothing_to_score_is_an_error(run, folder):
    for name in NAMES:
        write(folder / "none" / f"{name}.png", np.zeros((50, 80), bool))
    code, out, err = run(masks="none")
    assert (code, out) == (2, "")
    assert re.search(r"could be scored; a: the mask .* \(and 2 more\)", err)
    code, _out, err = run(results="nowhere")
    assert code == 2
    assert "no folder" in err
    code, _out, err = run(masks="nowhere")
    assert code == 2
    code, _out, err = run("--json", "no/where.json")
    assert code == 2
    assert "make it first" in err
    (folder / "void").mkdir()
    code, _out, err = run(results="void")
    assert code == 2
    assert "no pictures in" in err


def test_a_damaged_mask_set_is_refused(run, folder, monkeypatch):
    from ce_plugin.tools import make_masks

    argv = ["make_masks", "BrushStrokes", "--pictures", "truth", "--out", "set"]
    monkeypatch.setattr("sys.argv", argv)
    assert make_masks.main() == 0
    assert run(masks="set")[0] == 0
    write(folder / "set" / "a.png", load("masks/a.png"))
    code, _out, err = run(masks="set")
    assert code == 2
    assert "not those that masks.json was written with" in err


def test_lpips_is_told_of(run, folder, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(folder / "hub"))
    code, out, _err = run("--json", "without.json")
    assert code == 0
    assert "LPIPS left out: LPIPS needs the ImageNet weights" in out
    assert not (folder / "hub").exists()
    result = json.loads((folder / "without.json").read_text())
    assert result["lpips"].startswith("left out")

    class Difference:
        def __call__(self, picture, truth):
            return float(abs(picture.astype(float) - truth).mean() / 255)

    monkeypatch.setattr("ce_plugin.evaluation.scoring.run.LPIPS", Difference)
    code, out, _err = run("--json", "with.json")
    assert code == 0
    result = json.loads((folder / "with.json").read_text())
    assert result["lpips"] == "alex"
    for fill in FILLS:
        found = result["summary"][fill]["total"]["composite"]
        assert found["lpips"] == pytest.approx(found["l1"] / 100)
    totals, deciles = rows(out)
    assert totals[0][-1] == "composite LPIPS"
    assert "composite LPIPS" in deciles[0]
    assert "LPIPS left out" not in out
    # The first picture's square is too small: no mean over the other two.
    assert "prediction LPIPS" not in totals[0]


@pytest.mark.slow
def test_as_a_module(folder):
    (folder / "filled" / "b.png").write_bytes(b"")
    command = [sys.executable, "-m", "ce_plugin.tools.score", "filled", "truth"]
    done = subprocess.run(
        [*command, "--masks", "masks"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("2 pictures")
    assert "not scored: b: cannot read the picture" in done.stderr
    assert "\r" not in done.stderr  # no progress line in a log
