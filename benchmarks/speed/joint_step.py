"""The joint step of the released network against a plain loop of the same networks.

Batch 64, 128 px, centre mode. The plain loop is how it is commonly written: Conv2d and
ConvTranspose2d, Adam as it comes, a sigmoid with binary cross entropy, and gradients
that flow into the discriminator's weights during the generator's step. Losses and
first-step gradients are compared before any time is taken; weights are not, for Adam
magnifies rounding where a gradient is almost zero.

Timed twice: as memory is handled by default, and with `keep_memory`, which the training
tool calls and a plain loop does not.
"""

from __future__ import annotations

import copy
import itertools
import statistics

import torch
import torch.nn.functional as F
from _common import alternate, arguments, ratio, write
from torch import nn

from ce_plugin.engine.memory import keep_memory
from ce_plugin.registry import MODELS, OPTIM_WRAPPER_CONSTRUCTORS
from ce_plugin.structures import PretextSample

BATCH, SIZE, OVERLAP, LAM = 64, 128, 4, 0.999
CONFIG = dict(
    type="ContextEncoder",
    data_preprocessor=dict(
        type="InpaintingPreprocessor",
        mean=(127.5,) * 3,
        std=(127.5,) * 3,
        fill=(117, 104, 123),
    ),
    backbone=dict(type="DCGANEncoder"),
    decoder=dict(type="DCGANDecoder"),
    discriminator=dict(type="DCGANDiscriminator"),
    reconstruction=dict(
        type="ReconstructionLoss",
        region="full",
        overlap=OVERLAP,
        normalizer="elements",
    ),
    reconstruction_weight=LAM,
    window="center",
)
OPTIMIZER = dict(type="Adam", lr=2e-4, betas=(0.5, 0.999), fused=True)


def down(i: int, o: int, norm: bool = True) -> list[nn.Module]:
    """A strided convolution as commonly written."""
    conv = nn.Conv2d(i, o, 4, 2, 1, bias=False)
    return [conv] + [nn.BatchNorm2d(o)] * norm + [nn.LeakyReLU(0.2)]


def up(i: int, o: int, stride: int = 2) -> list[nn.Module]:
    """A transposed convolution as commonly written."""
    conv = nn.ConvTranspose2d(i, o, 4, stride, stride - 1, bias=False)
    return [conv, nn.BatchNorm2d(o), nn.ReLU()]


class PlainLoop:
    """Two networks, two optimizers and a loop."""

    def __init__(self) -> None:
        self.g = nn.Sequential(
            *down(3, 64, False),
            *down(64, 64),
            *down(64, 128),
            *down(128, 256),
            *down(256, 512),
            nn.Conv2d(512, 4000, 4, bias=False),
            nn.BatchNorm2d(4000),
            nn.LeakyReLU(0.2),
            *up(4000, 512, 1),
            *up(512, 256),
            *up(256, 128),
            *up(128, 64),
            nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False),
            nn.Tanh(),
        )
        self.d = nn.Sequential(
            *down(3, 64, False),
            *down(64, 128),
            *down(128, 256),
            *down(256, 512),
            nn.Conv2d(512, 1, 4, bias=False),
            nn.Sigmoid(),
            nn.Flatten(),
        )
        betas = (0.5, 0.999)
        self.optim_g = torch.optim.Adam(self.g.parameters(), 2e-3, betas)
        self.optim_d = torch.optim.Adam(self.d.parameters(), 2e-4, betas)
        self.fill = torch.tensor([117.0, 104.0, 123.0]).view(1, 3, 1, 1) / 127.5 - 1

    def step(self, data: dict) -> dict[str, float]:
        """One iteration; the losses by name."""
        o, q = OVERLAP, SIZE // 4
        x = data["inputs"].to(self.fill.dtype) / 127.5 - 1
        truth = x[:, :, q : 3 * q, q : 3 * q].clone()
        context = x.clone()
        context[:, :, q + o : 3 * q - o, q + o : 3 * q - o] = self.fill
        ones, zeros = x.new_ones(len(x), 1), x.new_zeros(len(x), 1)

        self.optim_d.zero_grad()
        real = F.binary_cross_entropy(self.d(truth), ones)
        real.backward()
        prediction = self.g(context)
        fake = F.binary_cross_entropy(self.d(prediction.detach()), zeros)
        fake.backward()
        self.optim_d.step()

        self.optim_g.zero_grad()
        adversarial = F.binary_cross_entropy(self.d(prediction), ones)
        weight = torch.full_like(truth, 10 * LAM)
        weight[:, :, o:-o, o:-o] = LAM
        reconstruction = (weight * (prediction - truth) ** 2).mean()
        ((1 - LAM) * adversarial + reconstruction).backward()
        self.optim_g.step()
        return dict(
            loss_real=real.item(),
            loss_fake=fake.item(),
            loss_adversarial=(1 - LAM) * adversarial.item(),
            loss_reconstruction=reconstruction.item(),
        )


def make_batch(seed: int, size: int) -> dict:
    """Smooth random pictures with the released hole."""
    g = torch.Generator().manual_seed(seed)
    small = torch.rand(size, 3, 9, 9, generator=g)
    pictures = F.interpolate(small, (SIZE, SIZE), mode="bicubic").clamp(0, 1) * 255
    mask = torch.zeros(size, 1, SIZE, SIZE, dtype=torch.bool)
    low, high = SIZE // 4 + OVERLAP, 3 * SIZE // 4 - OVERLAP
    mask[..., low:high, low:high] = True
    return dict(inputs=pictures.to(torch.uint8), data_samples=PretextSample(mask=mask))


def copy_weights(model: nn.Module, plain: PlainLoop) -> None:
    """Gives the plain networks the model's weights, in order."""
    ours = [*model.backbone.state_dict().values(), *model.decoder.state_dict().values()]
    plain.g.load_state_dict(dict(zip(plain.g.state_dict(), copy.deepcopy(ours))))
    ours = model.discriminator.state_dict().values()
    plain.d.load_state_dict(dict(zip(plain.d.state_dict(), copy.deepcopy([*ours]))))


def build(wrapper: str = "OptimWrapper") -> tuple[nn.Module, object, PlainLoop]:
    """Our model with its optimizers, and the plain loop with the same weights."""
    torch.manual_seed(0)
    model = MODELS.build(CONFIG)
    model.init_weights()
    model.train()
    cfg = dict(
        type="ContextEncoderOptimWrapper",
        optim_wrapper_cfg=dict(type=wrapper, optimizer=OPTIMIZER),
    )
    plain = PlainLoop()
    copy_weights(model, plain)
    return model, OPTIM_WRAPPER_CONSTRUCTORS.build(cfg)(model), plain


def first_step() -> dict:
    """Losses and gradients of the first step of both, in double precision.

    In single precision a rounding that moves a value across the kink of a LeakyReLU
    changes gradients by a thousandth, which would hide a real difference.
    """
    model, optim, plain = build()
    model.double()
    plain.g.double()
    plain.d.double()
    plain.fill = model.data_preprocessor.fill
    grads: dict[str, list[torch.Tensor]] = {}

    def keep(name: str, optimizer: torch.optim.Optimizer) -> None:
        def hook(opt: torch.optim.Optimizer, *_: object) -> None:
            params = [p for group in opt.param_groups for p in group["params"]]
            grads[name] = [p.grad.clone() for p in params]

        optimizer.register_step_pre_hook(hook)

    keep("ours_g", optim["generator"].optimizer)
    keep("ours_d", optim["discriminator"].optimizer)
    keep("plain_g", plain.optim_g)
    keep("plain_d", plain.optim_d)
    data = make_batch(0, 8)
    log, said = model.train_step(data, optim), plain.step(data)
    losses = {k: dict(ours=log[k].item(), plain=v) for k, v in said.items()}
    result = dict(
        losses=losses,
        largest_relative_loss_difference=max(
            abs(v["ours"] - v["plain"]) / abs(v["plain"]) for v in losses.values()
        ),
        largest_relative_gradient_difference=max(
            ((a - b).norm() / b.norm()).item()
            for net in "gd"
            for a, b in zip(grads[f"ours_{net}"], grads[f"plain_{net}"])
        ),
    )
    for name in ("loss", "gradient"):
        if result[f"largest_relative_{name}_difference"] > 1e-6:
            raise SystemExit(f"not the same step: {result}")
    return result


def main() -> None:
    """Compares, times, writes."""
    args = arguments(__doc__.splitlines()[0], rounds=8, batch=BATCH)
    compared = first_step()
    model, optim, plain = build()
    batches = [make_batch(i, args.batch) for i in range(4)]
    turn = dict(plain=itertools.cycle(batches), ours=itertools.cycle(batches))

    def ours() -> None:
        log = model.train_step(next(turn["ours"]), optim)
        for value in log.values():
            value.item()

    runs = dict(plain=lambda: plain.step(next(turn["plain"])), ours=ours)
    times = alternate(runs, args.rounds)
    keep_memory()
    kept = alternate(runs, args.rounds)
    write(
        "joint_step",
        dict(
            what=f"joint DCGAN step, batch {args.batch}, {SIZE} px, centre mode, "
            "float32",
            times_faster=ratio(times["plain"], times["ours"]),
            times_faster_with_memory_kept_for_both=ratio(kept["plain"], kept["ours"]),
            times_faster_as_the_tool_runs=ratio(times["plain"], kept["ours"]),
            seconds={k: round(statistics.median(v), 3) for k, v in times.items()},
            seconds_with_memory_kept={
                k: round(statistics.median(v), 3) for k, v in kept.items()
            },
            rounds=args.rounds,
            first_step_in_float64=compared,
            bound="convolutions of encoder and decoder, about two thirds of the step; "
            "the two matrix products of the bottleneck, about a fifth",
        ),
        args.out,
    )


if __name__ == "__main__":
    main()
