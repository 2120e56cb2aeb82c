"""Files of commit 5b8293e mean today what they meant then; README.md says more."""

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from PIL import Image
from runs import ROOT, environment
from torchvision.io import read_image

from ce_plugin.checkpoints import from_pretrained, inspect_checkpoint, load_encoder
from ce_plugin.checkpoints import load_model as load
from ce_plugin.evaluation.scoring.mask_sets import (
    load_mask_set,
    make_mask_set,
    numbered,
)
from ce_plugin.inpainting.retrieval import collection
from ce_plugin.registry import FILLERS, MODELS

sys.path.insert(0, str(ROOT / "benchmarks"))
from harness.results.store import results_of

FILES = Path(__file__).parent / "files"
FIGURES = json.loads((FILES / "figures.json").read_text())
CHECKPOINTS = sorted(path.relative_to(FILES) for path in FILES.rglob("iter_2.pth"))


def wave(count, size):
    """The pictures that the figures were taken with."""
    at = torch.arange(count * 3 * size * size, dtype=torch.float64)
    return torch.sin(at * 0.37).float().view(count, 3, size, size)


def same(values, figures):
    """To the rounding of another machine's convolutions."""
    assert list(values.shape) == figures["shape"]
    flat = values.detach().double().flatten()
    found = [flat.mean(), flat.std(), *flat[:: len(flat) // 12 | 1]]
    expected = [figures["mean"], figures["std"], *figures["some"]]
    close = 1e-3 * figures["std"]
    assert found == pytest.approx(expected, rel=1e-4, abs=close)


def test_encoder_file():
    encoder, meta = load_encoder(FILES / "context-encoder/encoder.pth")
    for found, figures in zip(
        encoder(wave(2, 64)), FIGURES["encoder"]["maps"], strict=True
    ):
        same(found, figures)
    assert meta["pretext"] == "ContextEncoder" and meta["data"]["pictures"] == 6


@pytest.mark.parametrize("at", ["iter_2.pth", "."], ids=["file", "run"])
def test_whole_network_of_a_training_checkpoint(at):
    network, meta = load(FILES / "context-encoder" / at)
    expected = dict(FIGURES["model"])
    same(network.reconstruct(wave(2, 64)), expected.pop("reconstruction"))
    assert {key: meta[key] for key in expected} == expected


def test_folder_of_save_pretrained():
    network, meta = from_pretrained(FILES / "network")
    same(network.reconstruct(wave(2, 64)), FIGURES["model"]["reconstruction"])
    assert meta["mask"] == FIGURES["model"]["mask"]
    encoder, _ = from_pretrained(FILES / "network", part="encoder")
    same(encoder(wave(2, 64))[-1], FIGURES["encoder"]["maps"][-1])


def test_checkpoint_with_a_codebook():
    folder = FILES / "hidden-words"
    network = MODELS.build(
        Config.fromfile(folder / "hidden-words_r18-half-96.py").model
    )
    kept = torch.load(folder / "iter_2.pth", weights_only=True)
    network.load_state_dict(kept["state_dict"])
    network.eval()
    assert network.targets["words"].ready
    pictures = [read_image(str(FILES / f"collection/{i}.png")) for i in range(2)]
    words = network.targets["words"](torch.stack(pictures) / 255)
    assert words.tolist() == FIGURES["words"]["words"]
    same(network.backbone(wave(1, 64))[-1], FIGURES["words"]["features"])
    encoder, _ = load_encoder(folder / "iter_2.pth")
    assert torch.equal(encoder(wave(1, 64))[-1], network.backbone(wave(1, 64))[-1])


@pytest.mark.parametrize("path", CHECKPOINTS, ids=str)
def test_checkpoints_are_found_to_carry_no_code(path):
    inspect_checkpoint(FILES / path)


def test_index_of_a_collection_is_taken_as_it_is(tmp_path, monkeypatch):
    shutil.copytree(FILES / "collection", tmp_path / "collection")
    place = FILES / "collection-index" / FIGURES["collection"]["place"]
    said = json.loads((place / "index.json").read_text())
    for name, (size, changed) in said["marks"].items():
        path = tmp_path / "collection" / name
        assert path.stat().st_size == size
        os.utime(path, ns=(changed, changed))
    # As with the libraries of then, whose every version makes an index of its own.
    version = importlib.metadata.version
    monkeypatch.setattr(
        importlib.metadata, "version", lambda n: said["made_with"].get(n) or version(n)
    )
    monkeypatch.setattr(collection, "build_index", None)
    where = dict(collection=tmp_path / "collection", index=place.parent)
    filler = FILLERS.build(dict(type="NearestNeighbor", **where))
    figures = FIGURES["collection"]
    assert filler.index.folder == place
    assert filler.index.thumbnails.sum(dtype=np.int64) == figures["thumbnails"]
    gradients = filler.index.gradients.sum(dtype=np.float64)
    assert gradients == pytest.approx(figures["gradients"])
    picture = np.array(Image.open(tmp_path / "collection/0.png"))
    hole = np.zeros(picture.shape[:2], bool)
    hole[10:20, 10:20] = True
    (nearest,) = filler.search([picture], [hole], 2)
    for near, (name, distance) in zip(nearest, figures["nearest"], strict=True):
        assert Path(near.path).name == name
        assert near.distance == pytest.approx(distance, abs=1e-3)


@pytest.mark.parametrize("name", FIGURES["masks"])
def test_mask_sets(name, tmp_path):
    drawn = load_mask_set(FILES / "masks" / name)
    assert {key: mask.sum() for key, mask in drawn.items()} == FIGURES["masks"][name]
    # The generator still draws these very masks, and knows the set as its own.
    record = json.loads((FILES / "masks" / name / "masks.json").read_text())
    asked = record["generator"], numbered(4, 32, 48), record["seed"]
    assert make_mask_set(FILES / "masks" / name, *asked) is False
    assert make_mask_set(tmp_path / "again", *asked) is True
    again = load_mask_set(tmp_path / "again")
    assert all(np.array_equal(again[key], mask) for key, mask in drawn.items())


def test_results_of_a_suite():
    records = [record for _, record in results_of("toy", FILES / "results").records()]
    found = {f"{one['task']} {one['seed']}": one["value"] for one in records}
    assert found == FIGURES["results"]
    assert records[0]["config"]["layer"] == "last"
    assert records[-1]["error"] == "no disk"


@pytest.mark.slow
def test_run_goes_on_with_todays_tool(tmp_path):
    """By the config and the checkpoint that the run has left in its folder."""
    for name in ("context-encoder", "photos"):
        shutil.copytree(FILES / name, tmp_path / name)
    run = tmp_path / "context-encoder"
    command = [sys.executable, "-m", "ce_plugin.tools.train", run / "pretrain_ce.py"]
    command += ["--work-dir", run, "--resume", run / "iter_2.pth", "--cfg-options"]
    command += ["train_cfg.max_iters=3", "default_hooks.checkpoint.interval=1"]
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(),
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    before, after = (
        torch.load(run / f"iter_{i}.pth", weights_only=True) for i in (2, 3)
    )
    # What is in a checkpoint today is at least what was in it then.
    assert before.keys() <= after.keys()
    for part in ("meta", "optimizer", "state_dict"):
        assert before[part].keys() <= after[part].keys(), part
    assert before["meta"]["encoder"].keys() <= after["meta"]["encoder"].keys()
    steps = [
        kept["optimizer"]["generator"]["state"][0]["step"] for kept in (before, after)
    ]
    assert steps == [2, 3]
    assert after["meta"]["iter"] == 3
