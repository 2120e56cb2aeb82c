"""The suite of fillers: each of its rows fills, is stored, and stands in the tables."""

import json
import sys
from pathlib import Path

import pytest
from checkpoints.encoders import write_encoder_file
from fillers_case import checkpoint
from runs import ROOT
from tiny import dcgan_config

sys.path.insert(0, str(ROOT / "benchmarks"))
import run as command
from harness.data.generated import make_voc
from harness.programs import filling
from harness.results.read import read_results
from harness.results.store import results_of
from harness.suite import Run
from harness.suites import load_suite
from harness.tables.leaderboard import Leaderboard
from harness.tables.markdown import markdown

SUITE = load_suite("inpainting")
FILLERS = [method for method in SUITE.methods if method.kind == "filler"]
CENTER, REGION = SUITE.tasks[0], SUITE.tasks[1]


def test_what_is_compared():
    assert len(FILLERS) == 9 + 2 * 4  # PatchMatch from four starts, at two depths
    assert {m.trained_as for m in FILLERS} == {"", "center", "region"}
    # Described by an encoder is a collection for the hole in the center alone.
    assert not any(CENTER.reason_against(method) for method in FILLERS)
    against = [m.name for m in FILLERS if REGION.reason_against(m)]
    assert against == ["nearest, center features", "nearest, region features"]


@pytest.mark.slow
def test_every_row_fills_and_is_tabled(tmp_path):
    root, work = make_voc(tmp_path / "voc", pictures=30), tmp_path / "work"
    data = {name: str(entry(root, work)) for name, entry in SUITE.data.items()}
    trained = tmp_path / "network"
    trained.mkdir()
    last = checkpoint(trained, "full", 128)
    (trained / "last_checkpoint").write_text(f"{last}")
    backbone = dcgan_config(128, "full", joint=False)["backbone"]
    write_encoder_file(backbone, trained / "encoder.pth")
    store = results_of("inpainting", tmp_path / "results")
    for number, method in enumerate(FILLERS):
        one = Run(
            method=method.name,
            seed=0,
            encoder=trained / "encoder.pth",
            folder=tmp_path / f"{number}" / CENTER.name,
            data=data,
            options=method.changes,
            dry=True,
        )
        one.folder.mkdir(parents=True)
        ((_, module, spec),) = CENTER.commands(one)
        assert module == "harness.programs.filling"
        filling.fill(json.loads(Path(spec).read_text()))
        found = CENTER.figures(one)
        entries = dict(suite="inpainting", method=method.name, task=CENTER.name, seed=0)
        entries |= dict(status="done", value=found.pop("value"), figures=found)
        store.append(entries)
    board = Leaderboard(SUITE, read_results(SUITE, tmp_path / "results"))
    text = markdown(board)
    assert "#### voc, center: 2 pictures" in text
    for method in FILLERS:
        hole = board.of(method.name, CENTER.name)[0].figures["total"]["hole"]
        assert f"| {method.name} | {hole['l1']:.2f} | {hole['l2']:.2f} |" in text
    assert text.count(" less from ") == 2 * 2 * 2
    assert "| Context Encoder, joint (CVPR version) | 10.33 |" in text


def test_says_what_it_needs(tmp_path, capsys):
    given = ["--data-root", str(tmp_path), "--work-dir", str(tmp_path / "work")]
    assert command.main(["inpainting", *given]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: no pictures in {tmp_path}; --data-root is")
    assert said.count("\n") == 1
