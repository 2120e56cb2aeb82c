"""Two processes give the gradient of one on the joined batch, for every pretext."""

import os
import traceback
from contextlib import nullcontext
from datetime import timedelta
from unittest import mock

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper
from models.pretext_cases import PRETEXTS, VARIANTS, fitted, registered
from tiny import build_model
from torch import nn
from torch.overrides import TorchFunctionMode

from ce_plugin.models.sync_norm import synchronize_norms

BATCH, STEPS = 8, 2


def joined_normalization():
    """Barlow Twins' loss with the statistics of the joined batch."""

    def normalize(z: torch.Tensor) -> torch.Tensor:
        norm = nn.BatchNorm1d(z.shape[1], affine=False, track_running_stats=False)
        holder = nn.Sequential(norm)
        synchronize_norms(holder)
        return holder(z)

    return mock.patch("lightly.loss.barlow_twins_loss._normalize", normalize)


# What takes away the reason that a row states; nothing else may be left then.
MENDS = {"BarlowTwins": joined_normalization}
CASES = PRETEXTS | VARIANTS
NAMES = [*sorted(set(PRETEXTS) & set(registered())), *VARIANTS]


class JoinedDraws(TorchFunctionMode):
    """What is drawn for each picture is this process's part of the joined batch's.

    In training every process has a generator of its own; here both have to draw what
    the single one does.
    """

    def __init__(self, rank: int, world: int) -> None:
        super().__init__()
        self.rank, self.world = rank, world

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        local = BATCH // self.world
        if func in (torch.rand_like, torch.randn_like):
            kwargs = dict(dtype=args[0].dtype, device=args[0].device) | kwargs
            func = torch.rand if func is torch.rand_like else torch.randn
            args = tuple(args[0].shape)
        elif func in (torch.rand, torch.randn):
            args = tuple(args[0]) if len(args) == 1 and args[0] != local else args
        elif func is torch.randint:
            *limits, shape = args
            if shape[0] == local:
                drawn = func(*limits, (BATCH, *shape[1:]), **kwargs)
                return drawn[self.rank * local :][:local]
        if func in (torch.rand, torch.randn) and args and args[0] == local:
            drawn = func((BATCH, *args[1:]), **kwargs)
            return drawn[self.rank * local :][:local]
        return func(*args, **kwargs)


def part_of(data: dict, rank: int, world: int) -> dict:
    """The pictures of one process."""
    each = BATCH // world
    mine = slice(rank * each, (rank + 1) * each)
    inputs, samples = data["inputs"], data["data_samples"]
    part = samples.new(metainfo={k: v[mine] for k, v in samples.metainfo_items()})
    part.set_data({k: v[mine] for k, v in samples.items()})
    many = isinstance(inputs, list)
    inputs = [view[mine] for view in inputs] if many else inputs[mine]
    return dict(inputs=inputs, data_samples=part)


def gradients(name: str, rank: int = 0, world: int = 1, mend=nullcontext) -> list[dict]:
    """Of each step, in double precision."""
    case = CASES[name]
    model = fitted(build_model(dict(type=name) | case.config)).double().train()
    synchronize_norms(model)
    names = {id(p): key for key, p in model.named_parameters()}
    net = model
    if world > 1:
        net = MMDistributedDataParallel(model, broadcast_buffers=False)
    sgd = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    found: list[dict] = []

    def keep(optim, *_):
        params = [p for group in optim.param_groups for p in group["params"]]
        grads = {names[id(p)]: p.grad for p in params if p.grad is not None}
        found.append({key: grad.clone() for key, grad in grads.items()})

    sgd.register_step_pre_hook(keep)
    optim = OptimWrapper(sgd)
    for i in range(STEPS):
        model.progress = i / STEPS
        torch.manual_seed(i)
        with mend(), JoinedDraws(rank, world):
            net.train_step(part_of(case.batch(BATCH, i), rank, world), optim)
    return found


def worker(rank: int, folder: str) -> None:
    os.environ.update(RANK=str(rank), WORLD_SIZE="2", LOCAL_RANK=str(rank))
    dist.init_process_group(
        "gloo",
        init_method=f"file://{folder}/store",
        rank=rank,
        world_size=2,
        timeout=timedelta(seconds=60),
    )
    torch.set_num_threads(1)
    found = {"BatchNorm1d": norm_gradients(rank, 2)}
    for name in NAMES:
        try:
            found[name] = gradients(name, rank, 2)
            if name in MENDS:
                found[f"{name}, mended"] = gradients(name, rank, 2, MENDS[name])
        except Exception:
            # The others are still to be judged.
            found[name] = traceback.format_exc()
    torch.save(found, f"{folder}/{rank}.pth")
    dist.destroy_process_group()


def norm_gradients(rank: int = 0, world: int = 1) -> list[dict]:
    """Through norms of one dimension, with and without weights and positions."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.BatchNorm1d(3), nn.BatchNorm1d(3, affine=False)).double()
    synchronize_norms(net)
    found = []
    for shape in ((BATCH, 3), (BATCH, 3, 5)):
        x, weight = torch.randn(2, *shape, dtype=torch.double)
        each = BATCH // world
        mine = slice(rank * each, (rank + 1) * each)
        x = x[mine].clone().requires_grad_()
        (net(x) * weight[mine]).sum().backward()
        part = torch.zeros(shape, dtype=torch.double)
        part[mine] = x.grad
        weight = net[0].weight.grad.clone()
        if world > 1:
            dist.all_reduce(part)
            dist.all_reduce(weight)
        net.zero_grad()
        found.append(dict(x=part, weight=weight, var=net[1].running_var.clone()))
    return found


@pytest.fixture(scope="module")
def of_two(tmp_path_factory) -> tuple[dict, dict]:
    """All gradients, from one pair of processes."""
    folder = tmp_path_factory.mktemp("processes")
    mp.spawn(worker, (str(folder),), nprocs=2)
    return tuple(torch.load(folder / f"{rank}.pth") for rank in (0, 1))


def difference(one: list[dict], two: list[dict]) -> float:
    """The largest of all steps, relative to the gradient's length."""
    assert [set(grads) for grads in one] == [set(grads) for grads in two]
    shares = []
    for a, b in zip(one, two):
        length = sum(g.square().sum() for g in a.values()).sqrt()
        apart = sum((a[k] - b[k]).square().sum() for k in a).sqrt()
        assert length > 1e-6
        shares.append((apart / length).item())
    return max(shares)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", NAMES)
def test_two_processes_give_the_gradient_of_one(name, of_two):
    for found in of_two:
        assert not isinstance(found[name], str), found[name]
    assert difference(of_two[0][name], of_two[1][name]) == 0
    apart = difference(gradients(name), of_two[0][name])
    reason = CASES[name].deviation
    assert bool(reason) == (name in MENDS), "the reason is to be proved, see MENDS"
    if reason:
        assert apart > 1e-3, f"it does by now: {reason}"
        mended = of_two[0][f"{name}, mended"]
        assert difference(gradients(name, mend=MENDS[name]), mended) < 1e-8
    else:
        assert apart < 1e-8


@pytest.mark.slow
def test_norms_of_one_dimension(of_two):
    for found in of_two:
        assert difference(norm_gradients(), found["BatchNorm1d"]) < 1e-10
