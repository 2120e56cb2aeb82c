"""The command that makes a page of a folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from runs import ROOT, environment

from ce_plugin.tools import gallery as tool

NAMES = ("a", "b<", "deep/c")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Photos, masks, and results of two fillers."""
    rng = np.random.default_rng(0)
    hole = np.zeros((24, 30), bool)
    hole[6:14, 8:20] = True
    for name in NAMES:
        truth = rng.integers(60, 200, (24, 30, 3), np.uint8)
        pictures = dict(photos=truth, masks=hole)
        for filler, shift in dict(patchmatch=3, telea=9).items():
            pictures[f"out/{filler}"] = truth + np.uint8(shift) * hole[..., None]
        for place, pixels in pictures.items():
            path = tmp_path / place / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels.astype(pixels.dtype)).save(path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder, monkeypatch, capsys):
    def call(*args, out="page.html"):
        monkeypatch.setattr("sys.argv", ["gallery", *map(str, args), "--out", str(out)])
        code = tool.main()
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return code, told.out, told.err

    return call


def test_all_is_well(run, folder):
    Path("page.html").write_text("old")
    code, out, err = run(
        "out", "--truth", "photos", "--masks", "masks", "--title", "A <b>"
    )
    assert (code, err) == (0, "")
    size = round(Path("page.html").stat().st_size / 1000)
    said = "6 pictures in 3 rows of 2 columns (patchmatch, telea): page.html"
    assert out == f"{said}, {size} kB\n"
    page = Path("page.html").read_text()
    assert page.count("<figure") == 3 * 4 and page.count("data-psnr=") == 6
    assert "<h1>A &lt;b&gt;</h1>" in page and "b&lt;, telea" in page
    (best,) = set(re.findall(r'column="(\d)" data-l1="1\.17', page))
    assert best == "0"
    assert sorted(p.name for p in folder.iterdir()) == [
        "masks",
        "out",
        "page.html",
        "photos",
    ]


def test_size_columns_and_flat(run):
    for args, columns, wide in (
        (["--size", "16"], "2 columns (patchmatch, telea)", 16),
        (["--columns", "telea", "patchmatch"], "2 columns (telea, patchmatch)", 30),
        (["--columns", "telea"], None, 30),
        (["--flat"], None, 30),
    ):
        code, out, err = run("out", *args, out="new/page.html")
        assert (code, err) == (0, "")
        assert columns is None or columns in out
        page = Path("new/page.html").read_text()
        assert set(re.findall(r' width="(\d+)"', page)) == {str(wide)}
        assert page.count("<figure") == (3 if args == ["--columns", "telea"] else 6)


def test_what_cannot_be_shown_is_told(run, folder):
    Path("out/telea/a.png").write_text("no picture")
    Path("out/telea/bad\nname.png").write_text("no picture")
    Image.new("RGB", (10, 10)).save("photos/b<.png")
    code, out, err = run("out", "--truth", "photos", "--masks", "masks")
    assert code == 1 and "5 pictures in 3 rows" in out
    lines = err.splitlines()
    assert all(line.startswith("not shown or not scored: ") for line in lines)
    for said in (
        "a: cannot read",
        "bad name: cannot read",
        "b<: patchmatch: not scored",
    ):
        assert any(said in line for line in lines), said
    assert "Not shown, or not scored" in Path("page.html").read_text()


def test_notes(run):
    Image.new("RGB", (10, 10)).save("out/overview.png")
    code, _, err = run("out")
    assert code == 0 and err.startswith("note: one column, since overview.png")
    assert "--columns patchmatch telea" in err


@pytest.mark.parametrize(
    "args, said",
    [
        (["nowhere"], "no folder .*nowhere"),
        (["photos/a.png"], "not a folder: "),
        (["empty"], "no pictures in .*empty or its sub-folders: looked for .jpg"),
        (["broken"], "not one picture could be read; x: cannot read the picture"),
        (["out", "--truth", "empty"], "no pictures in .*empty"),
        (["out", "--truth", "out/telea/deep"], "no original in .* such as a;"),
        (["out", "--masks", "broken/x.png"], "cannot read the mask broken/x.png"),
        (["out", "--size", "0"], "--size is 16 to 4096"),
        (["out", "--columns", "nobody"], "there are patchmatch, telea"),
        (["out", "--out", "page.png"], "--out is the page"),
        (["out", "--out", "out"], "--out is the page"),
        (["out", "--out", "photos/a.png/page.html"], "cannot write photos/a.png/page"),
    ],
)
def test_wrong_input(run, folder, args, said):
    for name in ("empty", "broken"):
        (folder / name).mkdir()
    Path("broken/x.png").write_text("no picture")
    Path("page.html").write_text("old")
    args, out = (args[:-2], args[-1]) if "--out" in args else (args, "page.html")
    code, told, err = run(*args, out=out)
    assert (code, told) == (2, "")
    assert re.fullmatch(f"ce_plugin: error: .*{said}.*\n", err)
    assert Path("page.html").read_text() == "old"
    assert not any("partial" in p.name for p in folder.rglob("*"))


def test_a_full_disk(run, folder, monkeypatch):
    from ce_plugin.pages.gallery import making

    Path("page.html").write_text("old")

    def full(part, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(making, "replace_file", full)
    code, out, err = run("out")
    assert (code, out) == (1, "")
    assert err == (
        "ce_plugin: error: the disk is full (page.html); make room and start again\n"
    )
    assert Path("page.html").read_text() == "old"
    assert not any("partial" in p.name for p in folder.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_interrupted(run, folder, monkeypatch):
    from ce_plugin.pages.gallery import rows

    def stop(pixels, size):
        raise KeyboardInterrupt

    monkeypatch.setattr(rows, "encode", stop)
    code, _, err = run("out")
    assert code == 130 and "interrupted" in err
    assert not any("page" in p.name for p in folder.iterdir())


@pytest.mark.slow
def test_in_a_process_of_its_own(folder):
    """As a user calls it; the help needs nothing heavy."""
    command = [sys.executable, "-m", "ce_plugin.tools.gallery"]
    told = dict(capture_output=True, text=True, env=environment())
    done = subprocess.run([*command, "out", "--out", "page.html"], **told)
    assert done.returncode == 0, done.stderr
    assert "6 pictures" in done.stdout and Path("page.html").exists()
    lazy = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import runpy; "
    lazy += "sys.argv = ['x', '-h']\ntry: runpy.run_module('ce_plugin.tools.gallery', "
    lazy += "run_name='__main__')\nexcept SystemExit: print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", lazy], **told)
    assert done.stdout.endswith("False\n"), done.stderr


@pytest.mark.slow
def test_mim_from_a_wheel(installed, mim, folder):
    """The files of this and of all other pages have come with it."""
    pages = ROOT / "ce_plugin" / "pages"
    own = [p for p in pages.rglob("*") if p.suffix in (".css", ".html", ".js")]
    assert len(own) > 10
    for path in own:
        assert (installed / path.relative_to(ROOT)).is_file()
    args = ("out", "--truth", "photos", "--masks", "masks", "--out", "page.html")
    done = mim(folder, "run", "ce_plugin", "gallery", *args)
    assert done.returncode == 0, done.stderr
    assert "6 pictures in 3 rows" in done.stdout
    page = Path("page.html").read_text()
    assert "showModal" in page and "data-psnr=" in page
