"""A run becomes weights of the package with their card, and they are measured."""

import hashlib
import json
import shutil
import subprocess
import sys

import pytest
import torch
from runs import ROOT, environment, train

from ce_plugin.checkpoints import load_encoder, load_model
from ce_plugin.errors import InputError
from ce_plugin.zoo import FOLDER

sys.path.insert(0, str(ROOT / "benchmarks"))
from packaged import measure

BENCHMARKS = ROOT / "benchmarks"
GENERATOR = ROOT / "configs/pretrain/context-encoder_unet_mixed-128.py"


def start(script, *arguments):
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / script), *map(str, arguments)],
        env=environment(CUDA_VISIBLE_DEVICES=""),
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.slow
def test_a_run_becomes_weights_with_a_card(tmp_path):
    run, folder = tmp_path / "run", tmp_path / "zoo"
    options = ["val_dataloader.dataset.crops_per_picture=1"]
    done = train(run, "--amp-anyway", config=GENERATOR, options=options)
    assert done.returncode == 0, done.stderr[-3000:]
    folder.mkdir()
    trained, _ = load_model(run)
    given = ("--minutes", 1, "--config", GENERATOR.stem, "--folder", folder)
    start("packaged/pack.py", "inpaint-128", run, *given)
    start("packaged/pack.py", "r18-half", run, *given)
    for name, network in {
        "inpaint-128": load_model(folder / "inpaint-128.safetensors")[0],
        "r18-half": load_encoder(folder / "r18-half.safetensors")[0],
    }.items():
        content = (folder / f"{name}.safetensors").read_bytes()
        card = json.loads((folder / f"{name}.json").read_text())
        assert card["file"]["sha256"] == hashlib.sha256(content).hexdigest()
        assert card["training"]["iterations"] == 6 and card["training"]["bfloat16"]
        assert card["rounding"]["error"] < 0.01
        whole = trained if card["part"] == "model" else trained.backbone
        state = network.state_dict()
        for key, value in whole.state_dict().items():
            assert state[key].dtype == value.dtype
            torch.testing.assert_close(state[key], value, rtol=1e-3, atol=1e-6)


def test_invented_figures_get_on_no_card():
    args = measure.parse_args(["--dry-run"])
    with pytest.raises(InputError, match="give it --out and --cards"):
        measure.measure(args)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_measured_on_bundled_photographs(tmp_path):
    """Also the encoder, on invented frames; the cards get the figures."""
    cards, out = tmp_path / "cards", tmp_path / "zoo.json"
    cards.mkdir()
    for card in FOLDER.glob("*.json"):
        shutil.copy(card, cards)
    small = ("--pictures", 2, "--seeds", 0, "--dry-run")
    said = start("packaged/measure.py", *small, "--out", out, "--cards", cards)
    found = json.loads(out.read_text())
    assert found["generator"]["pictures"] == 2
    assert set(found["generator"]["holes"]) == {"center", "region", "blocks", "box"}
    assert "| `inpaint-128` less OpenCV's better |" in said
    assert "| CamVid, encoder frozen | random init | `r18-half` |" in said
    for name, part in (("inpaint-128", "generator"), ("r18-half", "encoder")):
        card = json.loads((cards / f"{name}.json").read_text())
        assert card["figures"].items() <= found[part].items()
        assert found[part]["sha256"] == card["file"]["sha256"]
