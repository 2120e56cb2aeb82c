"""Weights that come with the package: found by name, whole, and as cards say."""

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from mmengine.runner import load_checkpoint
from runs import ROOT, environment
from safetensors import safe_open

import ce_plugin
from ce_plugin.checkpoints import load_encoder, load_model, read_weights
from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS
from ce_plugin.zoo import (
    FOLDER,
    GENERATOR,
    card_of,
    named,
    resolve,
    weights_of,
    zoo_names,
)

NAMES = zoo_names()
MOST_BYTES = 6_000_000
ENCODER = "ce_plugin://r18-half"
RESULT = json.loads((ROOT / "benchmarks/results/zoo.json").read_text())


def test_names():
    assert NAMES == ["inpaint-128", "r18-half"]
    assert resolve(GENERATOR) == FOLDER / "inpaint-128.safetensors"
    assert str(resolve("runs/x.pth")) == "runs/x.pth" and named("runs/x.pth") is None


@pytest.mark.parametrize("name", NAMES)
def test_the_card_is_of_this_file(name):
    card, content = card_of(name), weights_of(name).read_bytes()
    assert card["name"] == name and len(content) <= MOST_BYTES
    assert card["file"]["bytes"] == len(content)
    assert card["file"]["sha256"] == hashlib.sha256(content).hexdigest()
    with safe_open(weights_of(name), framework="pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    assert card["file"]["tensors"] == len(tensors)
    read = load_model if card["part"] == "model" else ce_plugin.from_pretrained
    net, _ = read(f"ce_plugin://{name}")
    assert card["file"]["parameters"] == sum(p.numel() for p in net.parameters())
    # Only what is many numbers is rounded.
    kinds = {(v.ndim > 1, v.dtype) for v in tensors.values() if v.ndim}
    assert kinds == {(True, torch.float16), (False, torch.float32)}


@pytest.mark.parametrize("name", NAMES)
def test_the_card_says_all_that_one_has_to_know(name):
    card = card_of(name)
    assert card["part"] in ("model", "encoder") and card["what"]
    assert card["data"]["pictures"] > 1000 and len(card["data"]["fingerprint"]) == 16
    training = card["training"]
    config = ROOT / f"configs/pretrain/{training['config']}.py"
    assert config.is_file() and training["minutes"] > 10 and training["iterations"]
    assert card["rounding"]["error"] < 0.01
    assert "MIT" in card["licence"] and "Flickr" in card["licence"]
    # Where somebody's files lay is nobody else's business.
    for text in (json.dumps(card), json.dumps(read_weights(weights_of(name))[1])):
        assert "/work" not in text and "/home" not in text


@pytest.mark.parametrize("part, name", [("generator", NAMES[0]), ("encoder", NAMES[1])])
def test_its_figures_are_the_stored_ones_of_this_file(part, name):
    found, card = RESULT[part], card_of(name)
    assert found["weights"] == name and found["sha256"] == card["file"]["sha256"]
    assert card["figures"] and card["figures"].items() <= found.items()


def test_the_encoder_loads_whole():
    network, meta = ce_plugin.from_pretrained("r18-half")
    given, _ = read_weights(ENCODER)
    state = network.state_dict()
    assert state.keys() == given.keys()
    assert len(state) == card_of("r18-half")["file"]["tensors"]
    for key, value in state.items():
        assert torch.equal(value, given[key]) and value.dtype == given[key].dtype
        assert value.dtype != torch.float16, key
    assert not network.training and meta["normalization"]["std"]
    whole, _ = load_encoder(ENCODER, out_indices=(1, 2, 3, 4))
    maps = whole(torch.zeros(1, 3, 96, 96))
    assert [m.shape[1] for m in maps] == [32, 64, 128, 256]
    again, _ = load_encoder(ENCODER)
    assert all(torch.equal(v, state[k]) for k, v in again.state_dict().items())


def test_the_generator_loads_whole():
    network, meta = ce_plugin.from_pretrained("inpaint-128")
    other, _ = load_model(GENERATOR)
    state = other.state_dict()
    assert len(state) == card_of("inpaint-128")["file"]["tensors"]
    assert all(torch.equal(v, state[k]) for k, v in network.state_dict().items())
    assert meta["picture_size"] == 128 and meta["mask"]["type"] == "RandomChoice"
    encoder, _ = ce_plugin.from_pretrained("inpaint-128", part="encoder")
    for key, value in encoder.state_dict().items():
        assert torch.equal(value, state[f"backbone.{key}"])


@pytest.mark.parametrize("kind", ["Pretrained", "ce_plugin.PretrainedEncoder"])
def test_init_cfg_takes_the_name(kind):
    init = dict(type=kind, checkpoint=ENCODER)
    backbone = read_weights(ENCODER)[1]["backbone"]
    network = MODELS.build(dict(backbone, init_cfg=init))
    network.init_weights()
    given, _ = read_weights(ENCODER)
    for key, value in network.state_dict().items():
        assert torch.equal(value, given[key]), key


def test_a_stock_network_of_half_width_takes_it_with_mmengines_own_loader():
    pytest.importorskip("mmdet")
    from mmdet.models import ResNet

    network = ResNet(depth=18, base_channels=32, stem_channels=64)
    loaded = load_checkpoint(network, ENCODER, map_location="cpu", strict=True)
    assert loaded["meta"]["normalization"]
    given, _ = read_weights(ENCODER)
    for key, value in network.state_dict().items():
        assert torch.equal(value, given[key]), key


STOCK = """
custom_imports = dict(imports=["ce_plugin.checkpoints"])
model = dict(backbone=dict(type="mmdet.ResNet", depth=18, base_channels=32,
    stem_channels=64, init_cfg=dict(type="Pretrained", checkpoint="ce_plugin://r18-half")))
"""
OURS = """
model = dict(backbone=dict(type="ce_plugin.TimmBackbone", model_name="resnet18",
    channels=(32, 64, 128, 256),
    init_cfg=dict(type="Pretrained", checkpoint="ce_plugin://r18-half")))
"""
BUILD = """
import sys
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmdet.registry import MODELS
backbone = Config.fromfile(sys.argv[1]).model.backbone
init_default_scope("mmdet")
network = MODELS.build(backbone)
network.init_weights()
from ce_plugin.checkpoints import read_weights
given, _ = read_weights("ce_plugin://r18-half")
state = network.state_dict()
print(all(state[k].equal(v) for k, v in given.items()), len(state) == len(given))
"""


@pytest.mark.slow
@pytest.mark.parametrize("config", [STOCK, OURS])
def test_in_a_config_of_mmdet(config, tmp_path):
    """In a new process, where nothing but the config leads to this package."""
    pytest.importorskip("mmdet")
    (tmp_path / "config.py").write_text(config)
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(tmp_path / "config.py")],
        capture_output=True,
        text=True,
        env=environment(),
    )
    assert done.stdout.split()[-2:] == ["True", "True"], done.stderr[-2000:]


@pytest.mark.parametrize(
    "load",
    [
        lambda: ce_plugin.from_pretrained("ce_plugin://resnet18"),
        lambda: load_model("ce_plugin://resnet18"),
        lambda: load_encoder("ce_plugin://resnet18"),
        lambda: load_checkpoint(torch.nn.Linear(1, 1), "ce_plugin://resnet18"),
    ],
)
def test_a_wrong_name_lists_the_names(load):
    with pytest.raises(InputError) as raised:
        load()
    said = str(raised.value)
    assert "no weights 'resnet18'" in said and "\n" not in said
    assert all(name in said for name in NAMES)


def test_what_is_neither_folder_nor_name_lists_them_too(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="inpaint-128, r18-half"):
        ce_plugin.from_pretrained("resnet18")
    with pytest.raises(InputError, match="comes with the package, which has no rev"):
        ce_plugin.from_pretrained("r18-half", revision="main")
    with pytest.raises(InputError, match="holds only the encoder"):
        ce_plugin.from_pretrained("r18-half", part="model")
    # A folder of that name is what is meant.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r18-half").mkdir()
    with pytest.raises(InputError, match=r"r18-half has no config\.json"):
        ce_plugin.from_pretrained("r18-half")


def test_a_collection_is_described_by_the_packaged_encoder():
    from ce_plugin.inpainting.retrieval.descriptors import EncoderDescriptor

    network = EncoderDescriptor(ENCODER, "cpu")
    given, _ = read_weights(ENCODER)
    for key, value in network.encoder.state_dict().items():
        assert torch.equal(value, given[key])
    assert network.digest.hex() == card_of("r18-half")["file"]["sha256"]


def test_the_inferencer_fills_without_a_checkpoint():
    from ce_plugin.inference import InpaintingInferencer

    picture = np.full((150, 200, 3), 90, np.uint8)
    found = InpaintingInferencer(show_progress=False)(
        picture, masks=[(60, 40, 120, 90)]
    )
    (filled,) = found["predictions"]
    assert filled["mask"].sum() == 60 * 50 and not filled["notes"]
    changed = (filled["composite"] != picture).any(axis=2)
    assert changed.any() and not changed[~filled["mask"]].any()


def test_the_cards_are_found_without_an_import_of_their_own():
    code = "import ce_plugin; print(ce_plugin.zoo.card_of('r18-half')['name'])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment(),
        check=True,
    )
    assert done.stdout.strip() == "r18-half"
