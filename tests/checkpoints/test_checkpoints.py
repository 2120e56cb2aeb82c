"""What may come in, what goes out, and that nothing is half-written."""

import os
import pickle

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.logging import HistoryBuffer
from tiny import build_model, dcgan_config

from ce_plugin.checkpoints import (
    check_state_dict,
    encoder_meta,
    export_encoder,
    inspect_checkpoint,
    paste_lines,
    replace_file,
    restore_history,
    to_plain,
)
from ce_plugin.errors import InputError


def state(**shapes):
    return {name: torch.zeros(shape) for name, shape in shapes.items()}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (state(a=2, b=(3, 3)), None),
        (state(a=2, b=(3, 3), x_num_batches_tracked=()), None),
        (state(a=2), "1 of 2 tensors fit; 1 missing: b"),
        (state(a=2, b=(3, 3), c=1), "1 left over: c"),
        (state(a=2, b=(3, 4)), r"1 of another shape: b \(\(3, 4\) for \(3, 3\)\)"),
        (state(**{f"k{i}": 1 for i in range(5)}), r"0 of 2 .* k0, k1, k2 \.\.\."),
    ],
)
def test_check_state_dict(given, said):
    expected = state(a=2, b=(3, 3))
    if said is None:
        check_state_dict(expected, given, "Net")
    else:
        with pytest.raises(InputError, match=said):
            check_state_dict(expected, given, "Net")


class Bomb:
    def __reduce__(self):
        return (os.system, ("touch /tmp/ce_plugin_bomb",))


def test_inspect_refuses_what_carries_code(tmp_path):
    path = tmp_path / "bomb.pth"
    torch.save(dict(state_dict={}, extra=Bomb()), path)
    with pytest.raises(InputError, match=r"carries code.*system"):
        inspect_checkpoint(path)
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(InputError):
        inspect_checkpoint(path)
    assert not os.path.exists("/tmp/ce_plugin_bomb")


def test_inspect_names_what_is_wrong(tmp_path):
    with pytest.raises(InputError, match=r"no checkpoint .*none\.pth"):
        inspect_checkpoint(tmp_path / "none.pth")
    # What the reader takes these for differs with their first bytes.
    for content in (b"", b"not a checkpoint", b"hello", b"h", b"r", b"PK\x03\x04 cut"):
        (tmp_path / "bad.pth").write_bytes(content)
        with pytest.raises(InputError, match="no checkpoint, or not whole"):
            inspect_checkpoint(tmp_path / "bad.pth")
    whole = tmp_path / "whole.pth"
    torch.save(dict(state_dict=state(a=1000)), whole)
    inspect_checkpoint(whole)
    (tmp_path / "cut.pth").write_bytes(whole.read_bytes()[:-600])
    with pytest.raises(InputError, match="not whole"):
        inspect_checkpoint(tmp_path / "cut.pth")
    torch.save(torch.zeros(3), whole)
    with pytest.raises(InputError, match="holds a Tensor"):
        inspect_checkpoint(whole)


def test_plain_state_loads_with_the_check_on(tmp_path):
    buffer = HistoryBuffer()
    for i in range(5):
        buffer.update(i / 3, 2)
    checkpoint = dict(
        message_hub=dict(log_scalars={"train/loss": buffer}, runtime_info={}),
        meta=dict(path=tmp_path, value=np.float32(2.5), many=np.arange(3), t=(1, "a")),
    )
    torch.save(to_plain(checkpoint), tmp_path / "a.pth")
    loaded = torch.load(tmp_path / "a.pth", weights_only=True)
    assert loaded["meta"]["value"] == 2.5 and loaded["meta"]["t"] == (1, "a")
    restore_history(loaded["message_hub"])
    again = loaded["message_hub"]["log_scalars"]["train/loss"]
    for a, b in zip(again.data, buffer.data):
        assert np.array_equal(a, b)
    again.update(7.0)
    assert again.current() == 7.0


def test_replace_file_keeps_the_old_one_until_the_new_is_whole(tmp_path):
    old, part = tmp_path / "x", tmp_path / ".x.part"
    old.write_text("old")
    with pytest.raises(FileNotFoundError):
        replace_file(part, old)
    assert old.read_text() == "old"
    part.write_text("new")
    replace_file(part, old)
    assert old.read_text() == "new" and not part.exists()


def test_export_is_tensors_and_plain_values(tmp_path):
    cfg = dcgan_config(joint=False)
    model = build_model(cfg)
    run = Config(dict(model=cfg, train_dataloader=dict(batch_size=8)))
    meta = encoder_meta(model, run, dict(kind="test", pictures=3), 10, 7)
    path = tmp_path / "encoder.pth"
    count = export_encoder(model.backbone, path, meta)
    file = torch.load(path, weights_only=True)
    expected = model.backbone.state_dict()
    assert count == len(expected) and set(file["state_dict"]) == set(expected)
    assert all(torch.equal(file["state_dict"][k], v) for k, v in expected.items())
    assert not any(k.startswith("backbone.") for k in file["state_dict"])
    said = file["meta"]
    assert said["normalization"] == dict(mean=[127.5] * 3, std=[127.5] * 3, bgr=False)
    assert (said["iterations"], said["seed"], said["batch_size"]) == (10, 7, 8)
    assert said["pretext"] == "ContextEncoder" and said["out_channels"] == (16,)
    assert os.listdir(tmp_path) == ["encoder.pth"]


@pytest.mark.parametrize(
    "backbone",
    [
        dict(type="TimmBackbone", model_name="resnet18"),
        dict(type="TimmBackbone", model_name="resnet50"),
        dict(type="CaffeNet"),
        dict(type="ce_plugin.DCGANEncoder", input_size=64, bottleneck=16),
    ],
)
def test_paste_lines_are_configs(backbone, tmp_path):
    norm = dict(mean=[1.0, 2.0, 3.0], std=[1.0] * 3, bgr=backbone["type"] == "CaffeNet")
    lines = paste_lines(dict(backbone=backbone, normalization=norm), tmp_path / "e.pth")
    for text in lines.values():
        model = Config.fromstring(text, ".py").model
        assert model.backbone.init_cfg.checkpoint == str(tmp_path / "e.pth")
        assert model.data_preprocessor.bgr_to_rgb is not norm["bgr"]
        if "resnet" in str(backbone):
            assert model.backbone.type == "ResNet"
        else:
            assert model.backbone.type.startswith("ce_plugin.")


def test_pasted_lines_fit_the_stock_segmentor(tmp_path):
    """Of a narrow network too: the heads take what its maps have."""
    from mmengine.registry import DefaultScope
    from mmseg.registry import MODELS

    name = "mmseg::_base_/models/fcn_r50-d8.py"
    (tmp_path / "base.py").write_text(f"_base_ = {name!r}\n")
    norm = dict(mean=[1.0] * 3, std=[1.0] * 3, bgr=False)
    for backbone in (
        dict(type="TimmBackbone", model_name="resnet18", channels=(32, 64, 128, 256)),
        dict(type="TimmBackbone", model_name="resnet18"),
    ):
        lines = paste_lines(dict(backbone=backbone, normalization=norm), "e.pth")
        cfg = Config.fromfile(tmp_path / "base.py")
        cfg.merge_from_dict(Config.fromstring(lines["mmseg"], ".py").to_dict())
        cfg.model.backbone.init_cfg = None
        cfg.model.backbone.norm_cfg = cfg.model.decode_head.norm_cfg = dict(type="BN")
        cfg.model.auxiliary_head.norm_cfg = dict(type="BN")
        with DefaultScope.overwrite_default_scope("mmseg"):
            model = MODELS.build(cfg.model)
        maps = model.extract_feat(torch.zeros(2, 3, 64, 64))
        for head in (model.decode_head, model.auxiliary_head):
            assert head(maps).shape[:2] == (2, 19)
