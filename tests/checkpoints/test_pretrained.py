"""The encoder arrives whole in real detectors and segmentors, or nothing is loaded."""

import copy
import logging

import pytest
import torch
from checkpoints.encoders import (
    ENCODERS,
    detector,
    init_cfg,
    segmentor,
    timm,
    write_encoder_file,
)

from ce_plugin.checkpoints import PretrainedEncoder, load_encoder
from ce_plugin.checkpoints.key_styles import timm_to_v1c
from ce_plugin.errors import InputError
from ce_plugin.models.backbones import feature_contract
from ce_plugin.registry import MODELS

MAKERS = dict(mmdet=detector, mmseg=segmentor)


def build(maker, backbone, checkpoint, **kwargs):
    channels = feature_contract(build_backbone(backbone), size=128).out_channels
    cfg = copy.deepcopy(backbone) | dict(init_cfg=init_cfg(checkpoint))
    model = MAKERS[maker](cfg, channels, **kwargs)
    model.init_weights()
    return model


def build_backbone(cfg):
    from mmdet.registry import MODELS as DETECTORS
    from mmdet.utils import register_all_modules

    register_all_modules()
    return (MODELS if "." in cfg["type"] else DETECTORS).build(copy.deepcopy(cfg))


@pytest.fixture
def said(monkeypatch):
    """What is logged."""
    lines = []
    for module in ("initializer", "normalization"):
        monkeypatch.setattr(
            f"ce_plugin.checkpoints.load.{module}.print_log",
            lambda text, logger=None, level=logging.INFO: lines.append((level, text)),
        )
    return lines


@pytest.mark.slow
@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("name", ENCODERS)
def test_every_tensor_arrives(name, maker, tmp_path, said):
    pretrained, backbone = ENCODERS[name]
    encoder = write_encoder_file(pretrained, tmp_path / "encoder.pth")
    model = build(maker, backbone, tmp_path / "encoder.pth")
    arrived = model.backbone.state_dict()
    sent = encoder.state_dict()
    if "v1c" in name:
        sent = {timm_to_v1c(key): value for key, value in sent.items()}
    assert set(arrived) == set(sent)
    for key, value in sent.items():
        assert torch.equal(arrived[key], value), key
    count = sum(not key.endswith("num_batches_tracked") for key in sent)
    assert f"loaded {count}/{count} tensors" in said[0][1]
    assert said[0][0] == logging.INFO and len(said) == 1
    if name == "resnet50":
        assert count == 265


@pytest.mark.parametrize("form", ["raw", "wrapped", "safetensors", "detectron2"])
def test_every_form_of_file_arrives(form, tmp_path, said):
    from ce_plugin.checkpoints import write_encoder

    cfg = timm("resnet18")
    encoder = write_encoder_file(cfg, tmp_path / "encoder.pth")
    state, path = encoder.state_dict(), tmp_path / "file.pth"
    if form == "safetensors":
        path = tmp_path / "file.safetensors"
        write_encoder(state, path, dict(backbone=cfg))
    elif form == "detectron2":
        write_encoder(state, path, dict(backbone=cfg), style="detectron2")
    else:
        start = "module.backbone." if form == "wrapped" else "backbone."
        state = {start + key: value for key, value in state.items()}
        beside = {"decoder.layers.0.weight": torch.zeros(3), "fc.weight": torch.ones(2)}
        if form == "wrapped":
            beside = {f"module.{key}": value for key, value in beside.items()}
        torch.save(dict(state_dict=state | beside, optimizer=dict(lr=0.1)), path)
    model = build("mmdet", dict(type="ResNet", depth=18), path)
    for key, value in encoder.state_dict().items():
        counter = key.endswith("num_batches_tracked") and form == "detectron2"
        assert counter or torch.equal(model.backbone.state_dict()[key], value), key
    assert "loaded 100/100 tensors" in said[0][1]


def spoil(state, how):
    key = "layer2.0.conv1.weight"
    value = state.pop(key)
    if how == "renamed":
        state["layer2.0.conv_1.weight"] = value
    elif how == "reshaped":
        state[key] = value[:-1]
    elif how == "one prefix missing":
        state = {f"backbone.{k}": v for k, v in state.items()} | {key: value}
    elif how == "deeper":
        state |= {key: value, "layer2.9.conv1.weight": value}
        key = "layer2.9.conv1.weight"
    return state, key


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize(
    "how", ["dropped", "renamed", "reshaped", "one prefix missing", "deeper"]
)
def test_a_spoiled_file_raises_and_names_it(how, maker, tmp_path):
    path = tmp_path / "encoder.pth"
    encoder = write_encoder_file(timm("resnet18"), path)
    file = torch.load(path, weights_only=True)
    file["state_dict"], key = spoil(file["state_dict"], how)
    torch.save(file, path)
    with pytest.raises(InputError, match=key.replace(".", r"\.")) as caught:
        build(maker, dict(type="ResNet", depth=18), path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)
    assert (" of 100 tensors" in str(caught.value)) and encoder is not None


def test_nothing_is_loaded_where_something_is_wrong(tmp_path):
    path = tmp_path / "encoder.pth"
    write_encoder_file(timm("resnet18"), path)
    file = torch.load(path, weights_only=True)
    del file["state_dict"]["bn1.bias"]
    torch.save(file, path)
    backbone = MODELS.build(timm("resnet18"))
    before = {k: v.clone() for k, v in backbone.state_dict().items()}
    with pytest.raises(InputError, match=r"1 missing: bn1\.bias"):
        PretrainedEncoder(str(path))(backbone)
    assert all(torch.equal(before[k], v) for k, v in backbone.state_dict().items())
    PretrainedEncoder(str(path), allowed_missing=1)(backbone)
    after = backbone.state_dict()
    assert torch.equal(after["bn1.bias"], before["bn1.bias"])
    assert torch.equal(after["conv1.weight"], file["state_dict"]["conv1.weight"])


def test_values_that_are_not_finite_are_named(tmp_path):
    path = tmp_path / "encoder.pth"
    write_encoder_file(timm("resnet18"), path)
    file = torch.load(path, weights_only=True)
    file["state_dict"]["bn1.bias"][3] = float("nan")
    torch.save(file, path)
    with pytest.raises(InputError, match=r"not finite, in 1 tensors: bn1\.bias; it is"):
        load_encoder(path)


def test_networks_that_do_not_fit_are_told_what_to_do(tmp_path):
    plain, deep = tmp_path / "plain.pth", tmp_path / "deep.pth"
    write_encoder_file(timm("resnet50"), plain)
    write_encoder_file(ENCODERS["resnet50-v1c"][0], deep)
    with pytest.raises(InputError, match=r"backbone\.type='ResNet'"):
        build("mmseg", dict(type="mmseg.ResNetV1c", depth=50), plain)
    with pytest.raises(InputError, match=r"backbone\.type='ResNetV1c'"):
        build("mmseg", dict(type="mmseg.ResNet", depth=50), deep)
    with pytest.raises(InputError, match="set style='pytorch'"):
        build("mmdet", dict(type="ResNet", depth=50, style="caffe"), plain)
    with pytest.raises(InputError, match="depth and width"):
        build("mmdet", dict(type="ResNet", depth=18), plain)
    with pytest.raises(InputError, match="is it another network's"):
        build("mmdet", dict(type="ce_plugin.CaffeNet", out_indices=(1, 2, 3, 4)), deep)
    with pytest.raises(InputError, match="leave prefix out"):
        PretrainedEncoder(str(plain), prefix="backbone")(
            build_backbone(timm("resnet50"))
        )
    with pytest.raises(InputError, match=r"no checkpoint .*none\.pth"):
        build("mmdet", dict(type="ResNet", depth=18), tmp_path / "none.pth")


def test_a_deeper_stage_of_a_file_does_not_slip_by(tmp_path):
    """Every tensor of a ResNet-18 is in a ResNet-34 as well."""
    write_encoder_file(timm("resnet34"), tmp_path / "e.pth")
    with pytest.raises(InputError, match=r"without a place.*layer1\.2"):
        build("mmdet", dict(type="ResNet", depth=18), tmp_path / "e.pth")


def test_a_deeper_last_stage_does_not_slip_by_either(tmp_path):
    """Of a network that ends before the encoder does."""
    path = tmp_path / "e.pth"
    write_encoder_file(timm("resnet101"), path)
    c4 = dict(type="ResNet", depth=50, num_stages=3, strides=(1, 2, 2))
    c4 |= dict(dilations=(1, 1, 1), out_indices=(2,), init_cfg=init_cfg(path))
    with pytest.raises(InputError, match=r"without a place.*layer3\.6.*depth and"):
        build_backbone(c4).init_weights()
    widths = dict(dims=(8, 16, 24, 32))
    deeper = timm("convnext_atto", depths=(1, 1, 3, 1), **widths)
    write_encoder_file(deeper, path)
    tiny = timm("convnext_atto", depths=(1, 1, 2, 1), out_indices=(2,), **widths)
    with pytest.raises(InputError, match=r"without a place.*blocks\.2"):
        PretrainedEncoder(str(path))(build_backbone(tiny))


def test_an_encoder_is_used_for_its_maps_without_its_code(tmp_path, said):
    """The network ends earlier and computes the same up to there."""
    cfg = dict(type="ce_plugin.DCGANEncoder", base_channels=4, bottleneck=16)
    encoder = write_encoder_file(cfg, tmp_path / "e.pth").eval()
    maps = MODELS.build(dict(cfg, bottleneck=None, out_indices=(1, 4))).eval()
    PretrainedEncoder(str(tmp_path / "e.pth"))(maps)
    assert "left out: stages.5" in said[0][1]
    x = torch.rand(2, 3, 128, 128)
    encoder.out_indices = (1, 4)
    for a, b in zip(maps(x), encoder(x)):
        assert torch.equal(a, b)


def test_c4_takes_the_last_stage_into_its_shared_head(tmp_path, said):
    from mmdet.registry import MODELS as DETECTORS
    from mmdet.utils import register_all_modules

    register_all_modules()
    write_encoder_file(timm("resnet50"), tmp_path / "e.pth")
    sent = torch.load(tmp_path / "e.pth", weights_only=True)["state_dict"]
    body = dict(type="ResNet", depth=50, num_stages=3, strides=(1, 2, 2))
    body |= dict(
        dilations=(1, 1, 1), out_indices=(2,), init_cfg=init_cfg(tmp_path / "e.pth")
    )
    head = dict(type="ResLayer", depth=50, init_cfg=init_cfg(tmp_path / "e.pth"))
    parts = [DETECTORS.build(cfg) for cfg in (body, head)]
    for part in parts:
        part.init_weights()
    arrived = parts[0].state_dict() | parts[1].state_dict()
    assert set(arrived) == set(sent)
    assert all(torch.equal(arrived[key], value) for key, value in sent.items())
    assert "left out: layer4" in said[0][1]
    assert "left out: bn1, conv1, layer1, layer2, layer3" in said[1][1]
    head["style"] = "caffe"
    with pytest.raises(InputError, match="set style='pytorch'"):
        DETECTORS.build(head).init_weights()


PREPROCESSORS = {
    "channels BGR for RGB": dict(bgr_to_rgb=False),
    "mean (0, 0, 0)": dict(mean=[0, 0, 0]),
    "std (1, 1, 1)": dict(std=[1, 1, 1]),
}


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("phrase", PREPROCESSORS)
def test_another_normalisation_is_warned_of(phrase, maker, tmp_path, said):
    from checkpoints.encoders import rgb

    write_encoder_file(timm("resnet18"), tmp_path / "e.pth")
    prep = rgb() | PREPROCESSORS[phrase]
    build(maker, dict(type="ResNet", depth=18), tmp_path / "e.pth", preprocessor=prep)
    level, text = said[1]
    assert level == logging.WARNING and phrase in text
    assert "bgr_to_rgb=True" in text and "!!!" in text


def test_load_encoder_is_the_network_of_the_file(tmp_path):
    encoder = write_encoder_file(timm("resnet18"), tmp_path / "e.pth").eval()
    loaded, meta = load_encoder(tmp_path / "e.pth")
    x = torch.rand(2, 3, 64, 64)
    assert torch.equal(loaded(x)[0], encoder(x)[0]) and not loaded.training
    assert meta["pretext"] == "ContextEncoder"
    wide, _ = load_encoder(tmp_path / "e.pth", out_indices=(1, 4))
    assert wide.out_channels == (64, 512)
    torch.save(encoder.state_dict(), tmp_path / "bare.pth")
    with pytest.raises(InputError, match="does not say what network"):
        load_encoder(tmp_path / "bare.pth")


@pytest.mark.parametrize("given", [None, "torchvision://resnet18"])
def test_load_encoder_of_a_network_that_may_start_from_a_file(given, tmp_path):
    """mmdet and mmseg want a name or None, not False."""
    pytest.importorskip("mmdet")
    cfg = dict(type="mmdet.ResNet", depth=18, base_channels=8)
    encoder = write_encoder_file(cfg, tmp_path / "e.pth")
    file = torch.load(tmp_path / "e.pth", weights_only=True)
    file["meta"]["backbone"]["pretrained"] = given
    torch.save(file, tmp_path / "e.pth")
    loaded, _ = load_encoder(tmp_path / "e.pth")
    for key, value in encoder.state_dict().items():
        assert torch.equal(loaded.state_dict()[key], value), key


def test_a_stock_initialiser_reads_the_exported_file(tmp_path):
    """With nothing of this package in the config."""
    encoder = write_encoder_file(timm("resnet18"), tmp_path / "e.pth")
    cfg = dict(type="ResNet", depth=18)
    cfg["init_cfg"] = dict(type="Pretrained", checkpoint=str(tmp_path / "e.pth"))
    model = detector(cfg, [64, 128, 256, 512])
    model.init_weights()
    arrived = model.backbone.state_dict()
    assert all(torch.equal(arrived[k], v) for k, v in encoder.state_dict().items())
