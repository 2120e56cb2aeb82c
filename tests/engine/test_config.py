"""Configs of mmdet and mmseg that our tools read: options, and bases by package."""

import pytest

from ce_plugin.engine.config import load_config
from ce_plugin.engine.config_parts import without_scope
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
