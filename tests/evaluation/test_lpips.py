"""The weights are random here: what is tested is the way to them and the arithmetic."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision

from ce_plugin.errors import InputError
from ce_plugin.evaluation.metrics import lpips as room
from ce_plugin.evaluation.metrics.lpips import LEAST_SIDE, LPIPS, check_weights

NAME = "alexnet-owt-7be5be79.pth"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty torch hub, and no way to fetch anything."""

    def fetch(*args, **kwargs):
        raise AssertionError("tried to download")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("torch.hub.download_url_to_file", fetch)
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def test_without_weights_it_says_how_to_get_them(hub):
    with pytest.raises(InputError, match=f"put {NAME} into {hub}") as error:
        LPIPS()
    assert "alexnet(weights=" in str(error.value)


def test_a_damaged_file_is_not_used(hub):
    (hub / NAME).write_bytes(b"half of it")
    with pytest.raises(InputError, match="is damaged"):
        check_weights()


def test_without_torchmetrics_the_extra_is_named(hub, monkeypatch):
    monkeypatch.setitem(sys.modules, "torchmetrics.image.lpip", None)
    with pytest.raises(InputError, match=r"pip install 'ce_plugin\[lightly\]'"):
        LPIPS()


@pytest.fixture(scope="module")
def weights():
    torch.manual_seed(0)
    network = torchvision.models.alexnet(weights=None)
    return network.state_dict()


def slow_lpips(one, two, weights, linear):
    """Zhang et al. 2018, equation 1, layer by layer."""
    shift = torch.tensor([-0.030, -0.088, -0.188]).view(3, 1, 1)
    scale = torch.tensor([0.458, 0.448, 0.450]).view(3, 1, 1)
    network = torchvision.models.alexnet(weights=None)
    network.load_state_dict(weights)
    network.eval()
    total, maps = 0.0, []
    for picture in (one, two):
        x = torch.from_numpy(picture).permute(2, 0, 1).float() / 127.5 - 1
        x, found = ((x - shift) / scale)[None], []
        for number, layer in enumerate(network.features[:12]):
            x = layer(x)
            if number in (1, 4, 7, 9, 11):  # behind each ReLU
                found.append(x[0])
        maps.append(found)
    for k, (a, b) in enumerate(zip(*maps)):
        a, b = (m / (1e-8 + (m**2).sum(0)).sqrt() for m in (a, b))
        weight = linear[f"lin{k}.model.1.weight"].view(-1, 1, 1)
        total += (weight * (a - b) ** 2).sum(0).mean()
    return float(total)


@pytest.mark.slow
def test_equals_the_slow_reference(hub, monkeypatch, weights):
    import torchmetrics.functional.image

    torch.save(weights, hub / NAME)
    with pytest.raises(InputError, match="is damaged"):  # random: another hash
        LPIPS()
    monkeypatch.setattr(room, "sha256", lambda path: "7be5be79" + "0" * 56)
    lpips = LPIPS()
    rng = np.random.default_rng(0)
    place = Path(torchmetrics.functional.image.__file__).parent
    linear = torch.load(place / "lpips_models" / "alex.pth", map_location="cpu")
    for shape in ((LEAST_SIDE, LEAST_SIDE, 3), (64, 48, 3)):
        one, two = rng.integers(0, 256, (2, *shape), np.uint8)
        with torch.no_grad():
            expected = slow_lpips(one, two, weights, linear)
        assert expected > 0.001
        # Twice: what was measured before has no part in it.
        for _ in range(2):
            assert lpips(one, two) == pytest.approx(expected, rel=1e-4)
        assert lpips(one, one) == 0
