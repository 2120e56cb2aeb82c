"""Files of networks that cannot be built here, or that are another one's."""

import pytest
import torch

from ce_plugin.checkpoints import PretrainedEncoder, load_encoder
from ce_plugin.checkpoints.export.encoder import write_encoder
from ce_plugin.errors import InputError
from ce_plugin.models.backbones import CaffeNet


@pytest.mark.parametrize(
    "network",
    [dict(type="mypkg.Net"), dict(type="Conv4"), dict(type="CaffeNet", depht=3)],
)
def test_a_network_that_cannot_be_built_is_named(network, tmp_path):
    path = tmp_path / "encoder.pth"
    state = dict(weight=torch.ones(1))
    torch.save(dict(state_dict=state, meta=dict(backbone=network)), path)
    with pytest.raises(InputError, match=f"{network['type']}, cannot be built"):
        load_encoder(path)


@pytest.mark.parametrize("maps", [("conv5",), ("pool5",)])
def test_convolutions_in_place_of_pools_are_another_network(maps, tmp_path):
    path = tmp_path / "encoder.pth"
    without_pools = CaffeNet(out_indices=maps, pool="conv")
    write_encoder(without_pools.state_dict(), path, {})
    with pytest.raises(InputError, match="without a place in the network: pool1"):
        PretrainedEncoder(str(path))(CaffeNet(out_indices=maps))
    again = CaffeNet(out_indices=maps, pool="conv")
    PretrainedEncoder(str(path))(again)
    for ours, theirs in zip(again.parameters(), without_pools.parameters()):
        assert torch.equal(ours, theirs)
