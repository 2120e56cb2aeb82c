"""docs/adding-a-mask.md, adding-a-target.md, adding-a-filler.md, adding-a-suite.md.

What they add is built as it stands, and they are followed to the letter.
"""

import doctest
import re
import sys
from types import ModuleType

import numpy as np
import pytest
import torch
from adding import Page, passed, start
from fillers_case import case
from models.targets.cases import pictures
from runs import ROOT

from ce_plugin.registry import FILLERS, MASKS, MODELS

sys.path.insert(0, str(ROOT / "benchmarks"))
from harness.suites import load_suite

PAGES = {
    kind: Page.read(f"adding-a-{kind}")
    for kind in ("mask", "target", "filler", "suite")
}
# Appended to a page's training: two steps, small.
SMALL = [
    "train_cfg.max_iters=2",
    "train_cfg.val_interval=2",
    "train_dataloader.batch_size=4",
    "train_dataloader.num_workers=0",
    "train_dataloader.persistent_workers=False",
    "val_dataloader.num_workers=0",
    "val_dataloader.persistent_workers=False",
    "model.backbone.channels=[8,16,32,64]",
]


@pytest.fixture
def part():
    """Runs a page's class as if its file lay in the package; forgets it afterwards."""
    made = []

    def run(kind, registry, name):
        (where,) = (w for w in PAGES[kind].blocks if re.fullmatch(r"ce_plugin/\S+", w))
        path = where.removesuffix(".py").replace("/", ".")
        module = ModuleType(path)
        module.__package__ = path.rpartition(".")[0]
        made.append((registry, name))
        exec(compile(PAGES[kind].blocks[where], where, "exec"), vars(module))
        return module

    yield run
    for registry, name in made:
        registry._module_dict.pop(name)


def test_mask(part):
    module = part("mask", MASKS, "Checkerboard")
    assert doctest.testmod(module) == (0, 2)
    hole = MASKS.build(dict(type="Checkerboard", cell=8))(
        64, 48, np.random.default_rng(0)
    )
    assert hole.shape == (64, 48) and 0.4 < hole.mean() < 0.6
    assert (hole[8:] != hole[:-8]).all() and (hole[:, 8:] != hole[:, :-8]).all()


def test_target(part):
    part("target", MODELS, "MeanColour")
    target = MODELS.build(dict(type="MeanColour", cell=8))
    described = target(pictures(2, size=32))
    assert described.shape == (2, target.channels, 4, 4)
    prediction = described.clone().requires_grad_()
    weight = torch.ones(2, 1, 4, 4)
    assert target.compare(prediction, described, weight) == 0
    target.compare(prediction + 1, described, weight).backward()
    assert (prediction.grad > 0).all()
    assert torch.equal(target.show(described, (32, 32))[..., ::8, ::8], described)


def test_filler(part):
    part("filler", FILLERS, "RowMeanFill")
    picture, hole = case("middle")
    (filling,) = FILLERS.build(dict(type="RowMeanFill"))([picture], [hole])
    row = np.flatnonzero(hole.any(axis=1))[0]
    mean = picture[row][~hole[row]].mean(axis=0).round()
    assert (filling.composite[row][hole[row]] == mean).all()


def test_suite(tmp_path):
    path = tmp_path / "holes.py"
    path.write_text(PAGES["suite"].blocks["benchmarks/suites/holes.py"])
    suite = load_suite(str(path))
    assert suite.name == "holes" and len(suite.methods) == 3 and len(suite.tasks) == 1


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "kind, tests, made",
    [
        ("mask", 15, "masks/0003.png"),
        ("target", 6, "work_dirs/colours/encoder.pth"),
        ("filler", 20, "filled/part0/00.png"),
        ("suite", 1, None),
    ],
)
def test_to_the_letter(kind, tests, made, tmp_path):
    page = PAGES[kind]
    folder = page.checkout(tmp_path / "checkout")
    checks, use = map(page.command, ("pytest", page.commands[-1]))
    assert len(page.commands) == 2
    assert passed(start([*checks, "-p", "no:cacheprovider"], folder, folder)) >= tests
    said = start([*use, *(SMALL if kind == "target" else ())], folder, folder)
    if made:
        assert (folder / made).is_file(), said
    else:
        assert "holes" in said or "random" in said
