"""The joint step against a loop written by hand, and what surrounds it."""

import copy

import pytest
import torch
import torch.nn.functional as F
from tiny import batch, build_model, build_optim, dcgan_config
from torch import nn

from ce_plugin.errors import InputError


def plain_networks(base: int, code: int):
    """Generator and discriminator as one commonly writes them."""

    def down(i, o, norm=True):
        conv = nn.Conv2d(i, o, 4, 2, 1, bias=False)
        return [conv] + [nn.BatchNorm2d(o)] * norm + [nn.LeakyReLU(0.2)]

    def up(i, o):
        conv = nn.ConvTranspose2d(i, o, 4, 2, 1, bias=False)
        return [conv, nn.BatchNorm2d(o), nn.ReLU()]

    b = base
    generator = nn.Sequential(
        *down(3, b, False),
        *down(b, b),
        *down(b, 2 * b),
        *down(2 * b, 4 * b),
        *down(4 * b, 8 * b),
        nn.Conv2d(8 * b, code, 4, bias=False),
        nn.BatchNorm2d(code),
        nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(code, 8 * b, 4, bias=False),
        nn.BatchNorm2d(8 * b),
        nn.ReLU(),
        *up(8 * b, 4 * b),
        *up(4 * b, 2 * b),
        *up(2 * b, b),
        nn.ConvTranspose2d(b, 3, 4, 2, 1, bias=False),
        nn.Tanh(),
    )
    discriminator = nn.Sequential(
        *down(3, b, False),
        *down(b, 2 * b),
        *down(2 * b, 4 * b),
        *down(4 * b, 8 * b),
        nn.Conv2d(8 * b, 1, 4, bias=False),
        nn.Sigmoid(),
        nn.Flatten(),
    )
    return generator.double(), discriminator.double()


def copy_in_order(source: dict, target: nn.Module) -> None:
    names = list(target.state_dict())
    assert len(names) == len(source)
    target.load_state_dict(dict(zip(names, source.values())))


def generator_state(model) -> dict:
    return {
        **model.backbone.state_dict(),
        **{f"d.{k}": v for k, v in model.decoder.state_dict().items()},
    }


def test_joint_step_equals_a_loop_by_hand():
    """Five steps of the released step order: same weights, same batches."""
    lam, overlap = 0.9, 4
    loss = dict(
        type="ReconstructionLoss", region="full", overlap=overlap, normalizer="elements"
    )
    cfg = dcgan_config(reconstruction=loss, reconstruction_weight=lam)
    model = build_model(cfg).double().train()
    g, d = plain_networks(8, 16)
    copy_in_order(generator_state(model), g)
    copy_in_order(model.discriminator.state_dict(), d)
    optim = build_optim(model)

    betas = (0.5, 0.999)
    optim_d = torch.optim.Adam(d.parameters(), 2e-4, betas)
    optim_g = torch.optim.Adam(g.parameters(), 10 * 2e-4, betas)
    weight = torch.full((64, 64), 10 * lam, dtype=torch.float64)
    weight[overlap:-overlap, overlap:-overlap] = lam
    fill = model.data_preprocessor.fill

    for step in range(5):
        data = batch(n=3, seed=step)
        log = model.train_step(copy.deepcopy(data), optim)

        x = 2 * data["inputs"].double() / 255 - 1
        truth = x[:, :, 32:96, 32:96].clone()
        context = x.clone()
        context[:, :, 36:92, 36:92] = fill
        optim_d.zero_grad()
        real = F.binary_cross_entropy(d(truth), torch.ones(3, 1).double())
        real.backward()
        prediction = g(context)
        fake = F.binary_cross_entropy(
            d(prediction.detach()), torch.zeros(3, 1).double()
        )
        fake.backward()
        optim_d.step()

        optim_g.zero_grad()
        running = copy.deepcopy(d.state_dict())
        adversarial = F.binary_cross_entropy(d(prediction), torch.ones(3, 1).double())
        error = (prediction - truth).square()
        total = (1 - lam) * adversarial + (weight * error).sum() / error.numel()
        total.backward()
        optim_g.step()
        # The generator's pass does not count for the running statistics.
        d.load_state_dict(running)

        assert log["loss"].item() == pytest.approx(total.item(), rel=1e-9)
        assert log["mse"].item() == pytest.approx(error.mean().item(), rel=1e-9)
        assert log["loss_real"].item() == pytest.approx(real.item(), rel=1e-9)
        assert log["loss_fake"].item() == pytest.approx(fake.item(), rel=1e-9)

    ours = [
        *generator_state(model).values(),
        *model.discriminator.state_dict().values(),
    ]
    theirs = [*g.state_dict().values(), *d.state_dict().values()]
    assert len(ours) == len(theirs) == 47 + 9 + 17 + 3
    for a, b in zip(ours, theirs):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-9)


def test_discriminator_norms_update_twice_and_generator_once():
    model = build_model(dcgan_config()).train()
    model.train_step(batch(), build_optim(model))
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    judged = {id(m) for m in model.discriminator.modules()}
    for m in norms:
        assert m.num_batches_tracked == (2 if id(m) in judged else 1)
        assert m.track_running_stats
    assert all(p.requires_grad for p in model.parameters())


@pytest.mark.parametrize(
    ("lam", "factor", "names"),
    [
        (0.999, 10, {"loss_reconstruction", "loss_adversarial"}),
        (0.0, 1, {"loss_adversarial"}),
        (2.0, 1, {"loss_reconstruction", "loss_adversarial"}),
    ],
)
def test_lambda_decides_losses_and_learning_rates(lam, factor, names):
    model = build_model(dcgan_config(reconstruction_weight=lam))
    optim = build_optim(model)
    lr = {name: wrapper.get_lr()["lr"][0] for name, wrapper in optim.items()}
    assert lr == dict(generator=pytest.approx(2e-4 * factor), discriminator=2e-4)
    log = model.train_step(batch(), optim)
    assert {k for k in log if k.startswith("loss_")} == names | {
        "loss_discriminator",
        "loss_real",
        "loss_fake",
    }


def test_a_discriminator_needs_its_own_optimizer():
    alone = build_optim(build_model(dcgan_config(joint=False)))
    with pytest.raises(InputError, match="two optimizers"):
        build_model(dcgan_config()).train_step(batch(), alone)


@pytest.mark.parametrize("part", ["generator", "discriminator"])
def test_gradient_accumulation_equals_the_larger_batch(part):
    """Two halves, accumulated, take the step of the whole: both losses are means."""
    loss = dict(type="ReconstructionLoss", region="full", normalizer="elements")
    cfg = dcgan_config(reconstruction=loss)
    # With a discriminator that moved, the first half's adversarial gradient would be
    # another one than the whole's.
    sgd = dict(
        optimizer=dict(type="SGD", lr=0.1),
        discriminator=dict(optimizer=dict(lr=0.0 if part == "generator" else 0.1)),
    )
    start = build_model(cfg).double()
    with torch.no_grad():
        for p in start.parameters():
            p.mul_(5 if p.ndim == 4 else 1)
    whole, halves = copy.deepcopy(start), copy.deepcopy(start)
    for m in [*whole.modules(), *halves.modules()]:
        if isinstance(m, nn.BatchNorm2d):
            # Batch statistics would differ between a batch and its halves.
            m.eval().train = lambda mode=True, m=m: m
    whole.train_step(batch(n=4), build_optim(whole, **sgd))
    optim = build_optim(halves, accumulative_counts=2, **sgd)
    data = batch(n=4)
    for half in (slice(0, 2), slice(2, 4)):
        samples = data["data_samples"].new()
        samples.set_data(dict(mask=data["data_samples"].mask[half]))
        halves.train_step(
            dict(inputs=data["inputs"][half], data_samples=samples), optim
        )

    def parameters(model):
        if part == "discriminator":
            return list(model.discriminator.parameters())
        return [p for m in model.generator for p in m.parameters()]

    moved = 0.0
    for before, a, b in zip(*(parameters(m) for m in (start, whole, halves))):
        moved += (a - before).abs().sum().item()
        torch.testing.assert_close(a, b, rtol=1e-7, atol=1e-12)
    assert moved > 1e-3


def test_bfloat16_in_the_joint_step():
    model = build_model(dcgan_config())
    optim = build_optim(model, type="ce_plugin.AutocastOptimWrapper")
    seen = []
    model.backbone.stages[1].conv.register_forward_hook(
        lambda m, i, o: seen.append(o.dtype)
    )
    reference = build_model(dcgan_config())
    expected = reference.train_step(batch(), build_optim(reference))
    log = model.train_step(batch(), optim)
    assert seen == [torch.bfloat16]
    assert all(p.dtype == torch.float32 for p in model.parameters())
    for name, value in expected.items():
        assert log[name].dtype == torch.float32
        assert log[name].item() == pytest.approx(value.item(), rel=0.05, abs=0.02)
