"""Whole inpainting networks come back from what holds them, or are refused."""

import json

import pytest
import torch
from mmengine.config import Config
from safetensors.torch import save_file
from tiny import batch, build_model, dcgan_config

from ce_plugin.checkpoints import export_encoder, last_checkpoint, load_model
from ce_plugin.checkpoints.load.config_text import config_values
from ce_plugin.checkpoints.load.model import find_weights
from ce_plugin.checkpoints.metadata import describe_run
from ce_plugin.errors import InputError

MASK = dict(type="CenterRegion", overlap=4)
NORMALIZATION = dict(mean=[127.5] * 3, std=[127.5] * 3, bgr=False)


def run_config(model: dict, transforms=()) -> dict:
    data = dict(type="Pictures", transforms=[*transforms], mask=MASK)
    return dict(model=model, train_dataloader=dict(batch_size=4, dataset=data))


@pytest.fixture(scope="module")
def trained():
    """A network whose every tensor is drawn, running statistics as well."""
    cfg = dcgan_config()
    model = build_model(cfg).train()
    model.forward(**model.data_preprocessor(batch()), mode="loss")
    return cfg, model.eval()


def save(path, model, meta):
    torch.save(dict(state_dict=model.state_dict(), meta=meta), path)
    return path


def as_plain(path, cfg, model):
    crop = dict(type="RandomCrop", size=128)
    meta = describe_run(run_config(cfg, [crop])) | dict(encoder=dict(pretext="x"))
    return save(path / "iter_2.pth", model, meta)


def as_text(path, cfg, model):
    text = Config(run_config(cfg, [dict(type="CenterCrop", size=128)])).pretty_text
    return save(path / "iter_2.pth", model, dict(cfg=text))


def as_folder(path, cfg, model):
    as_plain(path, cfg, model)
    # The folder has moved since.
    (path / "last_checkpoint").write_text("/nowhere/iter_2.pth")
    return path


def as_safetensors(path, cfg, model):
    meta = describe_run(run_config(cfg), picture_size=128)
    state = {k: v.contiguous() for k, v in model.state_dict().items()}
    save_file(state, path / "ce.safetensors", dict(meta=json.dumps(meta)))
    return path / "ce.safetensors"


@pytest.mark.parametrize("form", [as_plain, as_text, as_folder, as_safetensors])
def test_the_whole_network_comes_back(form, trained, tmp_path):
    cfg, model = trained
    found, meta = load_model(form(tmp_path, cfg, model))
    assert not found.training
    for key, value in model.state_dict().items():
        assert torch.equal(found.state_dict()[key], value), key
    assert meta["mask"] == MASK
    assert meta["picture_size"] == 128
    assert meta["normalization"] == NORMALIZATION
    pictures = torch.rand(2, 3, 128, 128)
    assert torch.equal(found.reconstruct(pictures), model.reconstruct(pictures))


def test_a_bottleneck_tells_the_size(trained, tmp_path):
    cfg, model = trained
    path = save(tmp_path / "converted.pth", model, dict(model=cfg))
    _, meta = load_model(path)
    assert meta["picture_size"] == 128
    assert meta["mask"] is None


def test_an_encoder_alone_is_refused_and_the_whole_named(trained, tmp_path):
    cfg, model = trained
    meta = dict(backbone=cfg["backbone"])
    export_encoder(model.backbone, tmp_path / "encoder.pth", meta)
    with pytest.raises(InputError, match=r"only the encoder; give .*iter_N\.pth"):
        load_model(tmp_path / "encoder.pth")
    as_folder(tmp_path, cfg, model)
    with pytest.raises(InputError, match=r"only the encoder; give .*iter_2\.pth"):
        load_model(tmp_path / "encoder.pth")


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda s: s.pop("decoder.stages.0.conv.weight"), "1 missing: decoder"),
        (lambda s: s.update(extra=torch.zeros(1)), "1 left over: extra"),
        (lambda s: s.update({"decoder.stages.1.norm.bias": torch.zeros(3)}), "shape"),
    ],
)
def test_no_half_load(change, said, trained, tmp_path):
    cfg, model = trained
    state = model.state_dict()
    change(state)
    torch.save(dict(state_dict=state, meta=dict(model=cfg)), tmp_path / "a.pth")
    with pytest.raises(InputError, match=said):
        load_model(tmp_path / "a.pth")


@pytest.mark.parametrize(
    "model, said",
    [
        (dict(type="SimCLR"), "SimCLR, which fills no holes"),
        (dict(type="AutoEncoder"), "AutoEncoder, which fills no holes"),
        (dict(type="NoSuchThing"), "NoSuchThing, which fills no holes"),
        (dict(type="ContextEncoder", backbone=dict(type="Mine")), "cannot be built"),
        (dict(type="ContextEncoder", nonsense=1), "cannot be built"),
    ],
)
def test_other_models_are_refused(model, said, trained, tmp_path):
    path = save(tmp_path / "a.pth", trained[1], dict(model=model))
    with pytest.raises(InputError, match=said) as caught:
        load_model(path)
    assert "\n" not in str(caught.value)


def test_a_folder_without_checkpoint_and_no_file(tmp_path):
    with pytest.raises(InputError, match="holds no checkpoint"):
        load_model(tmp_path)
    with pytest.raises(InputError, match="no checkpoint"):
        load_model(tmp_path / "iter_1.pth")


def test_a_folder_that_was_moved_or_copied(trained, tmp_path):
    """Its own file is taken, not the one at the path that was written down."""
    cfg, model = trained
    run, copy = tmp_path / "run", tmp_path / "copy"
    for folder in (run, copy):
        folder.mkdir()
        save(folder / "iter_1.pth", model, dict(model=cfg))
        (folder / "last_checkpoint").write_text(str(run / "iter_1.pth"))
    assert last_checkpoint(copy) == str(copy / "iter_1.pth")
    assert find_weights(copy) == copy / "iter_1.pth"
    (copy / "iter_1.pth").unlink()
    assert find_weights(copy) == run / "iter_1.pth"
    assert last_checkpoint(tmp_path) is None


@pytest.mark.parametrize(
    "value",
    [
        "__import__('os').system('touch {mark}')",
        "dict(type=open('{mark}', 'w'))",
        "[x for x in (1,)]",
        "dict(1)",
        "other",
    ],
)
def test_a_config_text_is_not_run(value, trained, tmp_path):
    mark = tmp_path / "mark"
    text = f"other = 1\nmodel = {value.format(mark=mark)}\n"
    path = save(tmp_path / "a.pth", trained[1], dict(cfg=text))
    with pytest.raises(InputError, match="does not say what model") as caught:
        load_model(path)
    assert "\n" not in str(caught.value)
    assert not mark.exists()


def test_values_of_a_real_config_text():
    values = dict(a=[1, (2.5, -3)], b={"x.y": None, "z": {"k": True}}, c="it's")
    text = Config(dict(model=values, rest=dict(q=1))).pretty_text
    assert config_values(text, ["model"]) == dict(model=values)


@pytest.mark.parametrize(
    "transforms, size",
    [
        ([dict(type="ShortSideResize", size=70), dict(type="CenterCrop", size=64)], 64),
        ([dict(type="RandomCrop", size=(64, 64)), dict(type="RandomRotation")], 64),
        ([dict(type="RandomCrop", size=(64, 32))], None),
        ([dict(type="RandomCrop", size=64), dict(type="Pad", padding=2)], None),
        ([], None),
    ],
)
def test_the_last_crop_tells_the_size(transforms, size):
    said = describe_run(run_config(dict(type="ContextEncoder"), transforms))
    assert said["picture_size"] == size
