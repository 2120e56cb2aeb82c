"""Two processes do what one does on the joined batch."""

import os

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from mmengine.model import MMSeparateDistributedDataParallel
from tiny import batch, build_model, build_optim, dcgan_config
from torch import nn

from ce_plugin.errors import InputError
from ce_plugin.models import sync_norm
from ce_plugin.models.norm_statistics import take_norm_statistics
from ce_plugin.models.sync_norm import _GlobalBatchNorm, synchronize_norms

JOINT = dcgan_config(sync_norm=True)
MASKED_L2 = dcgan_config(
    joint=False,
    sync_norm=True,
    # Holes of different size in the two processes: the normaliser must be shared.
    reconstruction=dict(type="ReconstructionLoss", region="hole", normalizer="region"),
)
SGD = dict(optimizer=dict(type="SGD", lr=0.1, momentum=0.9))


def part_of(data: dict, rank: int, world: int) -> dict:
    samples = data["data_samples"].new()
    samples.set_data(dict(mask=data["data_samples"].mask[rank::world]))
    return dict(inputs=data["inputs"][rank::world], data_samples=samples)


def uneven_batch() -> dict:
    data = batch(n=4)
    data["data_samples"].mask[::2, :, 40:60] = False
    return data


def scaled(cfg: dict) -> nn.Module:
    model = build_model(cfg).double().train()
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(5 if p.ndim == 4 else 1)
    return model


def steps(model: nn.Module, optim, rank: int = 0, world: int = 1) -> None:
    for _ in range(2):
        model.train_step(part_of(uneven_batch(), rank, world), optim)


def worker(rank: int, cfg: dict, folder: str) -> None:
    store = f"file://{folder}/store"
    os.environ.update(RANK=str(rank), WORLD_SIZE="2", LOCAL_RANK=str(rank))
    dist.init_process_group("gloo", init_method=store, rank=rank, world_size=2)
    torch.set_num_threads(1)
    model = scaled(cfg)
    wrapped = MMSeparateDistributedDataParallel(model)
    steps(wrapped, build_optim(wrapped, **SGD), rank, 2)
    state = {k.replace("module.", ""): v for k, v in model.state_dict().items()}
    torch.save(state, f"{folder}/{rank}.pth")
    dist.destroy_process_group()


@pytest.mark.slow
@pytest.mark.parametrize("cfg", [MASKED_L2, JOINT], ids=["l2", "joint"])
def test_two_processes_equal_one(cfg, tmp_path):
    one = scaled(cfg)
    before = {k: v.clone() for k, v in one.state_dict().items()}
    steps(one, build_optim(one, **SGD))
    mp.spawn(worker, (cfg, str(tmp_path)), nprocs=2)
    first, second = (torch.load(tmp_path / f"{rank}.pth") for rank in (0, 1))
    moved = 0.0
    for name, value in one.state_dict().items():
        torch.testing.assert_close(first[name], value, rtol=1e-6, atol=1e-9, msg=name)
        torch.testing.assert_close(first[name], second[name], rtol=0, atol=0, msg=name)
        moved += (value - before[name]).abs().sum().item()
    assert moved > 1e-2


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        (nn.BatchNorm1d, (4, 3)),
        (nn.BatchNorm1d, (4, 3, 5)),
        (nn.BatchNorm2d, (4, 3, 5, 5)),
    ],
)
def test_global_norm_alone_is_batch_norm(kind, shape, affine):
    torch.manual_seed(0)
    plain, ours = (nn.Sequential(kind(3, affine=affine)) for _ in range(2))
    parameters = list(ours.parameters())
    synchronize_norms(ours)
    assert isinstance(ours[0], _GlobalBatchNorm)
    assert all(a is b for a, b in zip(parameters, ours.parameters()))
    x = torch.randn(shape)
    torch.testing.assert_close(ours(x), plain(x))
    torch.testing.assert_close(ours[0].running_var, plain[0].running_var)
    torch.testing.assert_close(ours.eval()(x), plain.eval()(x))


@pytest.fixture
def twins(monkeypatch):
    """As if a second process had the same pictures."""
    monkeypatch.setattr(sync_norm, "get_world_size", lambda: 2)
    monkeypatch.setattr(sync_norm, "all_reduce", lambda sums: 2 * sums)


@pytest.mark.parametrize("affine", [True, False])
def test_a_nearly_constant_channel_is_as_in_batch_norm(affine, twins):
    """Far from zero, where squares have no digit left for the variance."""
    torch.manual_seed(0)
    x = 100 + torch.tensor([0.0, 1e-3, 1.0]).view(3, 1, 1) * torch.randn(4, 3, 5, 5)
    plain, ours = (nn.BatchNorm2d(3, affine=affine) for _ in range(2))
    synchronize_norms(ours)
    found, expected = ours(x), plain(torch.cat([x, x]))[:4]
    torch.testing.assert_close(found, expected, rtol=0, atol=5e-3)
    torch.testing.assert_close(ours.running_var, plain.running_var, rtol=1e-5, atol=0)


def test_statistics_are_taken_anew_through_global_norms(twins):
    torch.manual_seed(0)
    batches = [torch.randn(4, 3, 5, 5) for _ in range(3)]
    plain, ours = nn.BatchNorm2d(3), nn.BatchNorm2d(3)
    synchronize_norms(ours)
    take_norm_statistics(ours, batches)
    take_norm_statistics(plain, [torch.cat([x, x]) for x in batches])
    torch.testing.assert_close(ours.running_mean, plain.running_mean)
    torch.testing.assert_close(ours.running_var, plain.running_var)


def test_a_norm_without_a_global_form_is_named():
    """One that holds its activation as well would lose it."""
    from timm.layers import BatchNormAct2d

    with pytest.raises(InputError, match=r"^0 is a BatchNormAct2d.*leave sync_norm"):
        synchronize_norms(nn.Sequential(BatchNormAct2d(3)))


def test_torch_s_own_synchronised_norm_works_without_an_accelerator():
    torch.manual_seed(0)
    network, plain = nn.Sequential(nn.SyncBatchNorm(3)), nn.BatchNorm2d(3)
    sync_norm.without_accelerator(network)
    x = torch.randn(4, 3, 5, 5)
    torch.testing.assert_close(network(x), plain(x))
    assert isinstance(network[0], _GlobalBatchNorm)
    assert network.state_dict().keys() == nn.Sequential(plain).state_dict().keys()
