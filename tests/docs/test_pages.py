"""Every block and every command of the README and the pages is run, or said why not.

A Python or shell block either is run here, or stands behind a comment in the page's
source: ``<!-- run by tests/x.py::test_y -->`` or ``<!-- not run: the reason -->``.
Where one file of tests runs all blocks of a page, ``<!-- all run by tests/x.py -->``
stands under its title. Commands that are not run are at least read by their tools.
"""

import ast
import configparser
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest
from page_blocks import NAMES, PAGES, PYTHON, SHELL, blocks, commands
from runs import ROOT, environment, make_photos

CONFIGS = {path.name: path for path in (ROOT / "configs").rglob("*.py")}
# mim's own options, with how many words follow.
OF_MIM = {"--gpus": 1, "--gpus-per-node": 1, "--partition": 1, "-y": 0}
PLAIN = {"mkdir", "cp", "pip", "python3 -m pip", "srun", "torchrun"}
FILES = re.compile(r"^# ([\w/.-]+\.py)$", re.MULTILINE)


def test_no_language_is_forgotten():
    found = {block.language for page in PAGES for block in blocks(page)}
    assert found <= {"bash", "sh", "python", "yaml", ""}
    plain = [b for page in PAGES for b in blocks(page) if b.language == ""]
    for block in plain:
        assert not re.search(r"^(mim|python|pip|make) ", block.text, re.MULTILINE)
    assert len(SHELL) >= 30 and len(PYTHON) >= 15


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_a_mark_names_a_test_or_a_reason(page):
    for block in blocks(page):
        if block.run_by:
            path, _, name = block.run_by.partition("::")
            source = (ROOT / path).read_text()
            assert path.startswith("tests/")
            if name:
                assert re.search(rf"^def {name}\(", source, re.MULTILINE), block.run_by
            else:
                assert Path(block.page).name in source, f"{path} does not read it"
        if block.why_not:
            assert len(block.why_not.split()) >= 3, block.why_not


def test_a_file_that_several_pages_have_is_the_same_everywhere():
    """The test that runs a block reads one of the pages."""
    found: dict[str, set[str]] = {}
    for block in PYTHON:
        for name in FILES.findall(block.text.partition("\n")[0]):
            found.setdefault(name, set()).add(block.text)
    assert {"detector.py", "segmentor.py"} <= set(found)
    assert all(len(texts) == 1 for texts in found.values())


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_command_is_one(page, monkeypatch):
    files = {name for block in blocks(page) for name in FILES.findall(block.text)}
    for words in commands(page):
        check(words, files, monkeypatch)


def check(words: list[str], files: set[str], monkeypatch) -> None:
    """That a command exists and takes its options."""
    match words:
        case ["mim", "run", "ce_plugin", tool, *rest]:
            parse(f"ce_plugin.tools.{tool}", rest)
        case ["mim", "train", "ce_plugin", *rest]:
            parse("ce_plugin.tools.train", without_mim(rest), files)
        case ["mim", "train", "mmdet" | "mmsegmentation", *rest]:
            for config in without_mim(rest)[:1]:
                # By name mim finds a codebase's own alone.
                assert (ROOT / config).is_file() or config in files, words
        case ["mim", "run", "mmsegmentation", "voc_aug", _devkit, _sbd]:
            pass
        case ["python" | "python3", "-m", module, *rest] if module != "pip":
            if module == "pytest":
                assert all((ROOT / part).exists() for part in rest if "/" in part)
            else:
                parse(module, rest, files)
        case ["python" | "python3", script, *rest] if script.endswith(".py"):
            assert (ROOT / script).is_file(), script
            monkeypatch.syspath_prepend(ROOT / "benchmarks")
            parse(ROOT / script, rest)
        case ["make", *targets]:
            known = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M)
            assert {word for word in targets if "=" not in word} <= set(known), words
        case ["pip" | "python3", *rest]:
            extras(rest)
        case [variable, *rest] if re.match(r"[A-Z]+=", variable):
            check(rest, files, monkeypatch)
        case _:
            assert words[0] in PLAIN, f"what is {words}?"


def without_mim(words: list[str]) -> list[str]:
    """The words that mim hands on to the tool."""
    kept, left = [], iter(words)
    for word in left:
        if word in OF_MIM:
            for _ in range(OF_MIM[word]):
                next(left)
        else:
            kept.append(word)
    return kept


def parse(module: str | Path, words: list[str], files: Collection[str] = ()) -> None:
    """Lets the tool's own parser read the words; capitals stand for something."""
    if "..." in words or not words or str(module).endswith(".TOOL"):
        return  # A tool is spoken of, not a command.
    if isinstance(module, Path):
        name = f"script_{module.stem}_{module.parent.name}"
        spec = importlib.util.spec_from_file_location(name, module)
        found = importlib.util.module_from_spec(spec)
        sys.modules[name] = found
        if not has_parser(module):
            return
        spec.loader.exec_module(found)
    else:
        found = importlib.import_module(module)
    try:
        args = found.parse_args(words)
    except SystemExit as stop:
        pytest.fail(f"{module} does not take {words}: {stop}")
    config = getattr(args, "config", None)
    if module == "ce_plugin.tools.train" and not re.match(r"[A-Z]+(\.py)?$", config):
        known = (ROOT / config).is_file() or config in CONFIGS or config in files
        assert known, f"no config {config}"


def has_parser(script: Path) -> bool:
    """Whether a script has a parser apart from its main function."""
    tree = ast.parse(script.read_text())
    return any(getattr(node, "name", "") == "parse_args" for node in tree.body)


def extras(words: list[str]) -> None:
    """That an extra which pip is asked for exists."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    known = setup["options.extras_require"]
    for word in words:
        for extra in re.findall(r"\[([\w,]+)\]", word):
            assert all(name in known for name in extra.split(",")), word


EXECUTE = """
import json, sys
from pathlib import Path
from mmengine.config import Config
for page, texts in json.load(open(sys.argv[1])).items():
    names = {}
    for number, text in enumerate(texts):
        print(page, number, flush=True)
        if "_base_ =" in text:
            path = Path(f"block{number}.py")
            path.write_text(text)
            names.update(Config.fromfile(path))
        else:
            exec(compile(text, f"{page}, block {number}", "exec"), names)
print("all done")
"""


@pytest.mark.slow
def test_python_blocks_run(tmp_path):
    """Block after block, those of a page with the names of the ones before."""
    make_photo(tmp_path)
    texts: dict[str, list[str]] = {}
    for block in PYTHON:
        if block.here:
            texts.setdefault(block.page, []).append(block.text)
    assert len(texts) >= 7
    (tmp_path / "blocks.json").write_text(json.dumps(texts))
    done = subprocess.run(
        [sys.executable, "-c", EXECUTE, "blocks.json"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(CUDA_VISIBLE_DEVICES=""),
    )
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-2000:]
    assert "all done" in done.stdout


MIM = """
set -euo pipefail
# mim takes the installed package; this is the same from the checkout.
mim() { shift 2; local tool=$1; shift; "$PYTHON" -m "ce_plugin.tools.$tool" "$@"; }
"""


def make_photo(folder):
    """A reader's photo.jpg."""
    make_photos(folder / "one", count=1, size=640)
    (folder / "one" / "part0" / "00.jpg").rename(folder / "photo.jpg")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where a reader may be: photos, a photo, the folder of a run."""
    from runs import train

    folder = tmp_path_factory.mktemp("reader")
    make_photos(folder / "photos", count=4)
    make_photo(folder)
    (folder / "work_dirs").mkdir()
    done = train(folder / "work_dirs" / "pretrain_ce")
    assert done.returncode == 0, done.stderr
    (folder / "benchmarks").symlink_to(ROOT / "benchmarks")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("page", sorted({b.page for b in SHELL if b.here}))
def test_shell_blocks_run(page, folder):
    text = "".join(b.text for b in SHELL if b.here and b.page == page)
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", MIM + text],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(PYTHON=sys.executable, PATH=path, CUDA_VISIBLE_DEVICES=""),
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
