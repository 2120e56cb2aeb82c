"""Hand-made descriptors pass for encoders with the very same probes."""

import json
import sys

import numpy as np
import pytest
import torch
from runs import ROOT, make_photos

sys.path.insert(0, str(ROOT / "benchmarks"))
import run as command
from harness.data.generated import make_voc
from harness.programs import (
    floors,
    probe,  # noqa: F401  (registers the descriptors)
)
from harness.programs.descriptors import DescriptorEncoder
from harness.results.store import results_of

from ce_plugin.checkpoints import load_encoder
from ce_plugin.evaluation.probes.layers import open_layers
from ce_plugin.evaluation.probes.run import run_probe
from ce_plugin.tools.probe import parse_args

NORM = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])


def written(folder, **spec):
    photos = make_photos(folder / "photos", count=6, size=48)
    out = folder / "encoder" / "encoder.pth"
    known = dict(encoder={}, out=str(out), data=str(photos), size=32, images=8)
    path = folder / "spec.json"
    path.write_text(json.dumps(known | spec))
    assert floors.main(["descriptor", str(path)]) == 0
    return out


def test_pixels_are_pixels(tmp_path):
    """What is normalised for a network comes back; each grid is a layer."""
    out = written(tmp_path, target=None, grids=[4, 1], normalization=NORM)
    net, meta = load_encoder(out)
    assert meta["pretext"] == "descriptor" and meta["iterations"] == 0
    pictures = torch.rand(2, 3, 32, 32)
    mean, std = (torch.tensor(NORM[k]).view(1, 3, 1, 1) for k in ("mean", "std"))
    fine, coarse = net((pictures * 255 - mean) / std)
    assert fine.shape == (2, 48) and coarse.shape == (2, 3)
    cells = pictures.view(2, 3, 4, 8, 4, 8).mean(dim=(3, 5))
    assert torch.allclose(fine, cells.flatten(1), atol=1e-5)
    assert torch.allclose(coarse, pictures.mean(dim=(2, 3)), atol=1e-5)
    _, names = open_layers(lambda **given: load_encoder(out, **given)[0])
    assert names == ("stage1", "stage2")
    cost = json.loads((out.parent / "cost.json").read_text())
    assert cost["parameters"] == 0 and cost["minutes"] > 0


class FakeWords(torch.nn.Module):
    """Word 1 where a cell is bright, else word 0."""

    words = channels = 2

    def forward(self, pictures):
        cells = torch.nn.functional.avg_pool2d(pictures.mean(dim=1), 8)
        return (cells > 0.5).long()


def test_words_are_counted():
    plain = dict(mean=[0.0] * 3, std=[255.0] * 3)
    net = DescriptorEncoder(None, (1,), plain)
    net.target = FakeWords()
    picture = torch.zeros(1, 3, 16, 16)
    picture[:, :, :8, :8] = 1.0
    (bag,) = net(picture)
    # The root of the share: three of four cells are dark.
    assert torch.allclose(bag, torch.tensor([[0.75**0.5, 0.25**0.5]]))


@pytest.mark.slow
def test_the_probe_takes_a_descriptor(tmp_path):
    root = make_voc(tmp_path / "dev")
    out = written(tmp_path, target=None, grids=[4, 1], normalization=NORM)
    words = [str(out), "--data-root", str(root), "--year", "2007", "--size", "32"]
    words += ["--train", "train", "--test", "val", "--min-positives", "3"]
    words += ["--task", "svm", "knn", "--pool", "64", "--workers", "0", "--jobs", "1"]
    words += ["--neighbours", "3"]
    found = run_probe(parse_args(words))
    layers = found["tasks"]["svm"]["layers"]
    assert list(layers) == ["stage1", "stage2"]
    assert all(np.isfinite(layer["map"]) for layer in layers.values())
    assert found["settings"]["svm"]["dimensions"] == dict(stage1=48, stage2=3)


SUITE = """
from harness.suite import Method
from harness.suites import load_suite
from dataclasses import replace

SMOKE = load_suite("smoke")
PIXELS = dict(target=None, grids=[4, 1], images=8)
suite = replace(
    SMOKE,
    name="floors",
    methods=(Method("pixels", "pixels", kind="descriptor", changes=PIXELS),),
    floor="pixels",
    seeds=(0,),
)
"""


@pytest.mark.slow
def test_a_suite_runs_a_descriptor(tmp_path):
    suite = tmp_path / "floors.py"
    suite.write_text(SUITE)
    places = ["--results", str(tmp_path / "results"), "--work-dir", str(tmp_path / "w")]
    assert command.main([str(suite), *places, "--workers", "1"]) == 0
    found = {
        r["task"]: r for _, r in results_of("floors", tmp_path / "results").records()
    }
    assert {r["status"] for r in found.values()} == {"done"}
    assert found["pretraining"]["minutes"] > 0
    assert set(found["svm-voc07"]["figures"]["layers"]) == {"stage1", "stage2"}
