"""docs/adding-a-method.md, followed to the letter."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
import torch
from runs import ROOT, make_photos

TEXT = (ROOT / "docs/adding-a-method.md").read_text()
# first comment of a block (where it goes), and the block without it
BLOCKS = dict(re.findall(r"```(?:python|yaml)\n# (.*?)\n(.*?)```", TEXT, re.DOTALL))
COMMANDS = re.findall(r"```sh\n(.*?)\n```", TEXT, re.DOTALL)
SMALL = [
    "train_cfg.max_iters=2",
    "train_dataloader.batch_size=4",
    "train_dataloader.num_workers=0",
    "train_dataloader.persistent_workers=False",
]


def start(command: list[str], folder, path) -> str:
    done = subprocess.run(
        [sys.executable if part == "python" else part for part in command],
        capture_output=True,
        text=True,
        cwd=folder,
        env=dict(os.environ, PYTHONPATH=str(path), OMP_NUM_THREADS="1"),
        timeout=800,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-3000:]
    return said


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the checkout with the document's blocks where they say."""
    folder = tmp_path_factory.mktemp("checkout")
    leave = shutil.ignore_patterns("__pycache__", "results", "*.pth")
    for name in ("ce_plugin", "configs", "benchmarks", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=leave)
    for name in ("pyproject.toml", "README.md", "model-index.yml"):
        shutil.copy(ROOT / name, folder / name)
    for where, block in BLOCKS.items():
        name, _, how = where.partition(", ")
        path = folder / name
        if not how:
            assert not path.exists()
            path.write_text(block)
        elif how == "in PRETEXTS":
            head, start, rest = path.read_text().partition("PRETEXTS = {\n")
            assert start
            path.write_text(head + start + block + rest)
        else:
            assert how in ("one line more", "at its end")
            path.write_text(path.read_text() + block)
    make_photos(folder / "photos", count=8)
    return folder


def command(word: str) -> list[str]:
    (found,) = (line for line in COMMANDS if word in line)
    return shlex.split(found)


def test_nothing_of_the_document_is_left_out():
    assert len(BLOCKS) == len(re.findall("```(?:python|yaml)", TEXT)) == 6
    assert len(COMMANDS) == len(re.findall("```sh", TEXT)) == 3
    (task,) = (block for where, block in BLOCKS.items() if "upside_down.py" in where)
    body = task.partition("class ")[2]
    assert len([line for line in body.splitlines() if line.strip()]) <= 20


@pytest.mark.slow
def test_it_trains_and_exports(checkout):
    start(command("tools.train") + SMALL, checkout, checkout)
    work_dir = checkout / "work_dirs" / "upside-down_r18-96"
    encoder = torch.load(work_dir / "encoder.pth", weights_only=True)
    assert encoder["meta"]["pretext"] == "UpsideDown"
    assert encoder["meta"]["data"]["pictures"] == 8
    assert (work_dir / "iter_2.pth").exists()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_contract_takes_it_in(checkout):
    said = start(
        [*command("pytest"), "-q", "-p", "no:cacheprovider"], checkout, checkout
    )
    passed = int(re.search(r"(\d+) passed", said)[1])
    assert passed >= 9 and "failed" not in said


@pytest.mark.slow
def test_the_benchmark_runs_it(checkout):
    said = start(command("benchmarks/run.py"), checkout, checkout)
    assert "upside-down" in said and "failed" not in said


@pytest.mark.slow
def test_without_a_checkout(installed, tmp_path):
    task = BLOCKS["ce_plugin/models/pretexts/upside_down.py"]
    task = task.replace("from .base", "from ce_plugin.models.pretexts.base")
    (tmp_path / "upside_down.py").write_text(task)
    config = BLOCKS["configs/pretrain/upside-down_r18-96.py"]
    config = config.replace("../_base_", "ce_plugin::_base_")
    config += 'custom_imports = dict(imports=["upside_down"])\n'
    (tmp_path / "mine.py").write_text(config)
    make_photos(tmp_path / "photos", count=8)
    options = ["--cfg-options", "data_root=photos", *SMALL]
    train = ["python", "-m", "ce_plugin.tools.train", "mine.py", *options]
    start(train, tmp_path, installed)
    assert (tmp_path / "work_dirs" / "mine" / "encoder.pth").exists()
