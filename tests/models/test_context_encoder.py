"""The joint step against a loop written by hand, and what surrounds it."""

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from tiny import batch, build_model, build_optim, dcgan_config
from torch import nn

from ce_plugin.errors import InputError
from ce_plugin.models.layers import init_dcgan
from ce_plugin.registry import MASKS
from ce_plugin.structures import PretextSample


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


def test_l2_only_has_one_optimizer():
    model = build_model(dcgan_config(joint=False))
    log = model.train_step(batch(), build_optim(model))
    assert set(log) == {"loss", "loss_reconstruction", "mse"}
    torch.testing.assert_close(log["loss"].detach(), log["mse"])


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


@pytest.mark.parametrize("window", ["center", "full"])
def test_prediction_changes_the_hole_only(window):
    model = build_model(dcgan_config(window=window)).eval()
    data = batch(n=2, overlap=4)
    pictures = data["inputs"].float() / 255
    for i, sample in enumerate(model.val_step(data)):
        mask = sample.mask.expand(3, -1, -1)
        torch.testing.assert_close(sample.target, pictures[i])
        assert torch.equal(sample.composite[~mask], sample.target[~mask])
        torch.testing.assert_close(
            sample.input[:, 64, 64] * 255, torch.tensor([117.0, 104.0, 123.0])
        )
        size = 64 if window == "center" else 128
        assert sample.prediction.shape == (3, size, size)
        whole = F.pad(sample.prediction, [(128 - size) // 2] * 4)
        assert torch.equal(sample.composite[mask], whole[mask])
        assert sample.metainfo["path"] == str(i)


def test_a_hole_outside_the_window_is_refused():
    model = build_model(dcgan_config()).eval()
    data = batch(n=2)
    data["data_samples"].mask[1, :, 5, 5] = True
    with pytest.raises(InputError, match="out of the centre"):
        model.val_step(data)


def test_tensor_mode_and_unknown_mode():
    model = build_model(dcgan_config()).eval()
    data = model.data_preprocessor(dict(inputs=batch()["inputs"]))
    (code,) = model(data["inputs"], mode="tensor")
    assert code.shape == (4, 16, 1, 1)
    with pytest.raises(InputError, match="predcit"):
        model(data["inputs"], mode="predcit")


def test_parts_that_do_not_fit_say_so():
    wrong = dcgan_config(window="full")
    wrong["decoder"]["output_size"] = 64
    model = build_model(wrong)
    with pytest.raises(InputError, match="128x128 are to be predicted"):
        model.train_step(batch(), build_optim(model))
    with pytest.raises(InputError, match="window"):
        build_model(dcgan_config(window="centre", size=64))


def test_initial_weights_are_the_released_ones():
    model = build_model(dcgan_config(base=64, code=100))
    expected = copy.deepcopy(model)
    torch.manual_seed(3)
    init_dcgan(expected)
    for (name, a), b in zip(model.named_parameters(), expected.parameters()):
        if a.numel() > 1000:
            assert a.std().item() == pytest.approx(0.02, rel=0.1), name
            assert b.std().item() == pytest.approx(0.02, rel=0.1), name
        elif name.endswith("bias"):
            assert not a.any(), name
        else:
            assert a.mean().item() == pytest.approx(1, abs=0.02), name


KINDS = [
    dict(type="CenterRegion"),
    dict(type="RandomBlock"),
    dict(type="RandomRegion", kind="noise", pattern_size=1000),
    dict(type="RandomRegion", kind="shapes"),
    dict(type="GridPatches", patch_size=16),
    dict(type="NeighborColumns"),
    dict(type="BrushStrokes"),
    dict(type="Outpainting"),
    dict(type="ObjectRegion"),
    dict(
        type="RandomChoice",
        generators=[dict(type="CenterRegion"), dict(type="RandomBlock")],
    ),
]


def test_every_kind_of_mask_is_overfitted_below():
    MASKS.import_from_location()
    assert {cfg["type"] for cfg in KINDS} == set(MASKS.module_dict)


def save_label_map(folder):
    """An ellipse labelled 1 on a ground of 0, as VOC has its objects."""
    y, x = np.mgrid[:60, :80]
    inside = ((y - 30) / 15) ** 2 + ((x - 40) / 20) ** 2 < 1
    Image.fromarray(inside.astype(np.uint8)).save(folder / "one.png")


@pytest.mark.slow
@pytest.mark.parametrize("mask", KINDS, ids=lambda c: c["type"] + c.get("kind", ""))
def test_a_few_pictures_are_learned_by_heart(mask, tmp_path):
    """Every kind of hole can be filled exactly, given one picture set and time."""
    if mask.get("kind") == "shapes" or mask["type"] == "ObjectRegion":
        save_label_map(tmp_path)
        mask = mask | dict(folder=str(tmp_path))
    generator = MASKS.build(mask)
    rng = np.random.default_rng(0)
    masks = torch.stack(
        [torch.from_numpy(generator(64, 64, rng))[None] for _ in range(4)]
    )
    y, x = torch.meshgrid(torch.arange(64), torch.arange(64), indexing="ij")
    waves = [torch.sin(x / (3 + i)) * torch.cos(y / (5 + i)) for i in range(12)]
    pictures = ((torch.stack(waves).view(4, 3, 64, 64) + 1) * 127.5).to(torch.uint8)
    data = dict(inputs=pictures, data_samples=PretextSample(mask=masks))

    torch.set_num_threads(2)
    loss = dict(type="ReconstructionLoss", region="hole")
    cfg = dcgan_config(size=64, window="full", joint=False, base=16, code=64)
    model = build_model(cfg | dict(reconstruction=loss)).train()
    optim = build_optim(model, optimizer=dict(type="Adam", lr=2e-3, betas=(0.5, 0.999)))
    first = None
    for _ in range(150):
        value = model.train_step(data, optim)["loss"].item()
        first = first or value
    assert value < 0.03 * first, (first, value)
