"""The command that fills holes."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from runs import environment

from ce_plugin.inpainting.fillers import Telea
from ce_plugin.tools import inpaint as tool


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for i in range(3):
        pixels = np.full((40, 50, 3), 40 * i + 20, np.uint8)
        Image.fromarray(pixels).save(folder / f"{i}.png")
    return folder


def inpaint(monkeypatch, *args):
    monkeypatch.setattr(sys, "argv", ["inpaint", *map(str, args)])
    return tool.main()


def test_a_folder_with_a_bad_file(photos, tmp_path, monkeypatch, capsys):
    (photos / "bad.jpg").write_bytes(b"no picture")
    out = tmp_path / "out"
    args = (photos, "--box", "5,5,20,20", "--box", "30,10,40,20")
    code = inpaint(monkeypatch, *args, "--filler", "telea", "--out", out, "--parts")
    said = capsys.readouterr()
    assert code == 1 and "3 of 4 filled" in said.out
    assert "not filled" in said.err and "bad.jpg" in said.err
    assert sorted(p.name for p in out.iterdir()) == sorted(
        f"{i}{part}.png" for i in range(3) for part in ("", "_mask", "_prediction")
    )
    mask = np.asarray(Image.open(out / "0_mask.png"))
    assert mask.sum() == 15 * 15 + 10 * 10


def test_parts_beside_a_picture_of_the_name_of_one(photos, tmp_path, monkeypatch):
    (photos / "1.png").rename(photos / "0_mask.png")
    out = tmp_path / "out"
    args = (photos, "--box", "5,5,20,20", "--filler", "telea", "--parts")
    assert inpaint(monkeypatch, *args, "--out", out) == 0
    assert len(list(out.iterdir())) == 9
    assert np.asarray(Image.open(out / "0_mask.png")).sum() == 15 * 15
    assert (np.asarray(Image.open(out / "0_mask-2.png"))[0, 0] == 60).all()


@pytest.mark.parametrize("place", ["file", "file/x.png", "file/new"])
def test_a_file_in_the_place_of_the_folder(
    photos, tmp_path, monkeypatch, capsys, place
):
    (tmp_path / "file").touch()
    monkeypatch.setattr(Telea, "paint", None)  # is not called
    args = (photos / "0.png", "--box", "5,5,20,20", "--filler", "telea")
    assert inpaint(monkeypatch, *args, "--out", tmp_path / place) == 2
    assert capsys.readouterr().err == (
        f"ce_plugin: error: --out: {tmp_path}/file is a file and no folder to write "
        "to; give another name\n"
    )


def test_a_file_in_the_place_of_a_folder_of_the_results(
    photos, tmp_path, monkeypatch, capsys
):
    """Seen only when the result is written; the clean-up does not hide it."""
    (photos / "sub").mkdir()
    (photos / "0.png").rename(photos / "sub" / "0.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sub").touch()
    args = (photos, "--box", "5,5,20,20", "--filler", "telea")
    assert inpaint(monkeypatch, *args, "--out", tmp_path / "out") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"ce_plugin: error: cannot write {tmp_path}/out/sub")


def test_one_picture_to_one_file(photos, tmp_path):
    """In a process of its own, as a user calls it."""
    out = tmp_path / "new" / "filled.png"
    command = [sys.executable, "-m", "ce_plugin.tools.inpaint", str(photos / "1.png")]
    command += ["--generator", "RandomBlock", "max_area=0.2", "stop_area=0.1"]
    command += ["--filler", "context-mean", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stderr
    assert (np.asarray(Image.open(out)) == 60).all()
    assert [p.name for p in out.parent.iterdir()] == ["filled.png"]


@pytest.mark.parametrize(
    "args, said",
    [
        (["--checkpoint", "ce_plugin://r19"], "no weights 'r19' come with the pack"),
        (["--checkpoint", "nowhere.pth"], "no checkpoint"),
        (["--filler", "photoshop"], "no filler 'photoshop'; known are"),
        (["--filler", "telea", "--checkpoint", "x.pth"], "the filler telea"),
        (["--filler", "telea", "--start", "noise"], "the filler telea"),
        (["--filler", "telea", "--box", "1,1,9,9"], "2 of --mask, --box"),
        (["--filler", "telea", "--out", "x.xyz"], "no picture is written as .xyz"),
        (["--filler", "telea", "--format", "xyz"], "no picture is written as .xyz"),
        (["--filler", "telea", "--out", "x.png", "--format", "png"], "says the format"),
    ],
)
def test_wrong_arguments(photos, tmp_path, monkeypatch, capsys, args, said):
    given = [photos / "0.png", "--generator", "CenterRegion", "--out", tmp_path / "o"]
    assert inpaint(monkeypatch, *given, *args) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    "args, said",
    [
        (["--box", "1,2,3"], "LEFT,TOP,RIGHT,BOTTOM"),
        (["--box", "a,b,c,d"], "LEFT,TOP,RIGHT,BOTTOM"),
        (["--box", "60,0,70,9"], "no pixel in a picture of 50 x 40"),
        (["--generator", "Blob"], "known are .*RandomBlock"),
        (["--generator", "RandomBlock", "wide"], "KEY=VALUE"),
        (["--generator", "RandomBlock", "max_area=7"], "max_area"),
        (["--generator", "RandomBlock", "wide=7"], "wide"),
        (["--mask", "nowhere.png"], "no mask"),
    ],
)
def test_wrong_holes(photos, tmp_path, monkeypatch, capsys, args, said):
    given = [photos / "0.png", "--filler", "telea", "--out", tmp_path / "o"]
    assert inpaint(monkeypatch, *given, *args) == 2
    import re

    assert re.search(said, capsys.readouterr().err)


def test_no_checkpoint_and_no_filler(photos, tmp_path, monkeypatch, capsys):
    """The generator that comes with the package, from a folder that has nothing."""
    monkeypatch.chdir(tmp_path)
    box = ("--box", "5,5,20,20")
    assert inpaint(monkeypatch, "photos/1.png", *box, "--out", "filled.png") == 0
    assert "1 of 1 filled" in capsys.readouterr().out
    with Image.open("filled.png") as filled:
        changed = (np.asarray(filled) != 60).any(axis=2)
    assert changed[5:20, 5:20].any() and changed.sum() == changed[5:20, 5:20].sum()


@pytest.mark.slow
def test_mim_from_a_wheel(installed, mim, photos, tmp_path):
    """Masks, pictures and scores by the commands of the README; the page has come."""
    run = ("run", "ce_plugin")
    holes = ("RandomBlock", "--pictures", "photos", "--out", "masks")
    fill = ("photos", "--mask", "masks", "--filler", "patchmatch", "--out", "filled")
    for command in (
        ("inpaint", "photos/0.png", "--box", "5,5,20,20", "--out", "own.png"),
        ("make_masks", *holes),
        ("inpaint", *fill),
        ("score", "filled", "photos", "--masks", "masks", "--json", "scores.json"),
    ):
        done = mim(tmp_path, *run, *command)
        assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in (tmp_path / "filled").iterdir()) == [
        f"{i}.png" for i in range(3)
    ]
    total = json.loads((tmp_path / "scores.json").read_text())["summary"]["results"]
    assert total["total"]["hole"]["l1"] == 0  # each picture is of one colour
    show = (
        "import ce_plugin.pages.demo.app as demo; "
        "page = demo.create_app([]).test_client().get('/'); "
        "print(demo.__file__, page.status_code, b'<canvas' in page.data)"
    )
    env = environment() | {"PYTHONPATH": str(installed)}
    command = [sys.executable, "-c", show]
    done = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert done.stdout.split()[1:] == ["200", "True"], done.stderr
    assert done.stdout.startswith(str(installed))
