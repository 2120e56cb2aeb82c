"""Configs of mmdet and mmseg that our tools read: options, and bases by package."""

import pytest

from ce_plugin.engine.config import load_config
from ce_plugin.engine.config_parts import without_scope
from ce_plugin.engine.downstream import _hand_out_classes, _hand_out_root
from ce_plugin.errors import InputError

OWN = "faster-rcnn_r18-fpn_own.py"


def test_a_key_like_one_that_an_option_has_added_is_no_slip():
    """As the encoder that comes with the package wants it, in either order."""
    wide = ["model.backbone.base_channels=32", "model.backbone.stem_channels=64"]
    for options in (wide, wide[::-1]):
        network = load_config(OWN, options).model.backbone
        assert (network.base_channels, network.stem_channels) == (32, 64)
    with pytest.raises(InputError, match="did you mean 'depth'"):
        load_config(OWN, [*wide, "model.backbone.dept=34"])


def test_types_of_mmdet_stay_its_own_in_a_base_named_by_this_package():
    """mmengine marks every type of such a base with the package."""
    base = dict(type="CocoDataset", _scope_="ce_plugin", pipeline=[])
    base["pipeline"] = [dict(type="PackDetInputs", _scope_="ce_plugin")]
    stock = dict(type="ResNet", _scope_="mmdet")
    cfg = dict(train=dict(dataset=base), model=(stock, 3), names=["a"])
    without_scope(cfg)
    assert cfg == dict(
        train=dict(
            dataset=dict(type="CocoDataset", pipeline=[dict(type="PackDetInputs")])
        ),
        model=(dict(type="ResNet", _scope_="mmdet"), 3),
        names=["a"],
    )


def test_the_judges_file_moves_with_the_pictures(tmp_path):
    """COCO's figures are taken from a file, whose path was made of the old root."""
    (tmp_path / "coco.py").write_text(
        "_base_ = 'mmdet::faster_rcnn/faster-rcnn_r50_fpn_1x_coco.py'\n"
    )
    cfg = load_config(str(tmp_path / "coco.py"), [])
    cfg.test_evaluator = [dict(type="Other"), cfg.test_evaluator, dict(ann_file="a/b")]
    _hand_out_root(cfg, tmp_path)
    moved = str(tmp_path / "annotations" / "instances_val2017.json")
    assert cfg.val_evaluator.ann_file == cfg.test_evaluator[1].ann_file == moved
    assert cfg.test_evaluator[2].ann_file == "a/b"
    assert cfg.val_dataloader.dataset.data_root == str(tmp_path)


@pytest.mark.parametrize("given", [7, ["7"], "names.txt"])
def test_classes_of_one_name(given, tmp_path, monkeypatch):
    """A number is a name, and an empty line none."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "names.txt").write_text("7\n\n")
    cfg = load_config(OWN, [])
    cfg.classes = given
    _hand_out_classes(cfg)
    assert cfg.train_dataloader.dataset.metainfo == dict(classes=("7",))
    assert cfg.model.roi_head.bbox_head.num_classes == 1
