"""The score command on folders of a made-up tool, and on fillers."""

import json
import subprocess
import sys

import numpy as np
import pytest
from fillers_case import checkpoint
from runs import environment
from score_case import NAMES, load, rows, write

from ce_plugin.evaluation.scoring.scores import score_picture
from ce_plugin.inpainting.fillers import EncoderDecoder, build_filler

FILLS = ["results", "constant", "context-mean", "telea", "navier-stokes"]


def test_all_is_well(score, scored):
    code, out, err = score("--json", "scores.json")
    assert (code, err) == (0, "")
    result = json.loads((scored / "scores.json").read_text())
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


def test_one_mask_for_all(score, scored):
    code, out, _err = score(masks="masks/b.png")
    assert code == 0
    assert rows(out)[1][2][:2] == ["20-30 %", "3"]


def test_a_filler_is_scored_without_files(score, scored):
    code, out, err = score("--filler", "telea", "--json", "scores.json", results=None)
    assert (code, err) == (0, "")
    result = json.loads((scored / "scores.json").read_text())
    assert result["results"] == "telea, seed 0"
    found = result["summary"]
    assert found["results"]["total"]["hole"] == found["telea"]["total"]["hole"]
    assert not (scored / "telea").exists() and rows(out)


def test_a_network_is_scored_on_all_that_it_paints(score, scored):
    network = checkpoint(scored)
    code, _out, err = score("--checkpoint", network, "--json", "s.json", results=None)
    assert (code, err) == (0, "")
    result = json.loads((scored / "s.json").read_text())
    filler = EncoderDecoder(network)
    for name, picture in zip(NAMES, result["pictures"], strict=True):
        truth, hole = (load(f"{d}/{name}.png") for d in ("truth", "masks"))
        (filling,) = filler([truth], [hole.astype(bool)])
        expected = score_picture(
            filling.composite, truth, hole.astype(bool), prediction=filling.prediction
        )
        assert picture["scores"]["results"] == expected
        assert expected["prediction"] != expected["composite"]


def test_seeds_of_a_filler_are_those_of_inpaint(score, scored):
    found = []
    for seed in (0, 0, 1):
        given = ("--filler", "patchmatch", "--seed", seed, "--json", "s.json")
        code, _out, _err = score(*given, results=None)
        assert code == 0
        found.append(json.loads((scored / "s.json").read_text())["pictures"])
    assert found[0] == found[1] != found[2]
    filler = build_filler("patchmatch")
    truth, hole = (load(f"{d}/{NAMES[1]}.png") for d in ("truth", "masks"))
    (filling,) = filler([truth], [hole.astype(bool)], [1])
    expected = score_picture(filling.composite, truth, hole.astype(bool))
    assert found[0][1]["scores"]["results"]["hole"] == expected["hole"]


@pytest.mark.parametrize("white", [1, 255])
def test_what_counts_as_a_hole(score, scored, white):
    """White, or all but 0 where a file has only 0 and 1; grey below half is known."""
    mask = load("masks/b.png").astype(np.uint8) * white
    if white == 255:
        mask[~mask.astype(bool)] = 127
        mask[0, 0] = 128
    write(scored / "mask.png", mask)
    score("--json", "one.json", masks="mask.png")
    result = json.loads((scored / "one.json").read_text())
    area = (load("masks/b.png").sum() + (white == 255)) / 4000
    assert result["pictures"][1]["scores"]["results"]["area"] == pytest.approx(area)


def test_a_careless_tool_is_told(score, scored):
    for name in NAMES:
        picture = load(f"filled/{name}.png")
        picture[-5:] ^= 1
        write(scored / "filled" / f"{name}.png", picture)
    code, out, _err = score("--json", "scores.json")
    assert code == 0
    result = json.loads((scored / "scores.json").read_text())
    total = result["summary"]["results"]["total"]
    assert total["hole"]["l1"] == pytest.approx(100 * 10 / 255)
    assert total["changed"] == pytest.approx(
        np.mean([400 / (~load(f"masks/{name}.png")).sum() for name in NAMES])
    )
    assert f"known pixels changed: {100 * total['changed']:.2f} %" in out


def test_jpeg_results_are_scored_without_that(score, scored):
    for name in NAMES:
        picture = load(f"filled/{name}.png")
        (scored / "filled" / f"{name}.png").unlink()
        write(scored / "filled" / f"{name}.jpg", picture, quality=90)
    code, out, _err = score()
    assert code == 0
    assert "known pixels changed" not in out


def test_lpips_is_told_of(score, scored, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(scored / "hub"))
    code, out, _err = score("--json", "without.json")
    assert code == 0
    assert "LPIPS left out: LPIPS needs the ImageNet weights" in out
    assert not (scored / "hub").exists()
    result = json.loads((scored / "without.json").read_text())
    assert result["lpips"].startswith("left out")

    class Difference:
        def __call__(self, picture, truth):
            return float(abs(picture.astype(float) - truth).mean() / 255)

    monkeypatch.setattr("ce_plugin.evaluation.scoring.run.LPIPS", Difference)
    code, out, _err = score("--json", "with.json")
    assert code == 0
    result = json.loads((scored / "with.json").read_text())
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
def test_as_a_module(scored):
    (scored / "filled" / "b.png").write_bytes(b"")
    command = [sys.executable, "-m", "ce_plugin.tools.score", "filled", "truth"]
    done = subprocess.run(
        [*command, "--masks", "masks"],
        cwd=scored,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("2 pictures")
    assert "not scored: b: cannot read the picture" in done.stderr
    assert "\r" not in done.stderr  # no progress line in a log
