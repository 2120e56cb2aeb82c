"""Pretexts with ResNet-50 at 224 px beside the bare encoder and lightly's loops."""

from __future__ import annotations

import functools
from typing import Any

import lightly_loops
import torch
from harness.runner.pretraining import set_size
from mmengine.config import Config

from ce_plugin.datasets import collate_samples
from ce_plugin.engine.config import hand_out, load_config
from ce_plugin.registry import DATASETS, MODELS, OPTIM_WRAPPER_CONSTRUCTORS
from gpu.device import Device
from gpu.fast_joint import timed
from gpu.floor import count, floor
from gpu.record import Record, read
from gpu.variants import Sizes, Variant

# Config, and pictures through the encoder for one in the batch.
METHODS = {
    "context-encoder": ("context-encoder_r50_blocks-224.py", 1),
    "hidden-words": ("hidden-words_r50-224.py", 1),
    "simclr": ("simclr_r50-224.py", 2),
    "moco": ("moco_r50-224.py", 2),
    "rotation": ("rotation_r50-224.py", 4),
}
VARIANTS = (
    Variant(),
    Variant(amp=True),
    Variant(amp=True, channels_last=True),
    Variant(amp=True, channels_last=True, captured=True),
)


def add_encoders(record: Record, device: Device, sizes: Sizes, methods) -> None:
    """The bare encoder, then each method in every way."""
    for variant in VARIANTS[:-1]:
        record.add(
            f"bare encoder, {variant}",
            lambda v=variant: bare(device, sizes, v),
            least=5,
        )
    facts = read(record.path.with_name("facts.json"))
    for name in methods:
        for variant in VARIANTS:
            record.add(
                f"{name}, {variant}",
                lambda n=name, v=variant: ours(device, sizes, n, v, facts),
                least=6,
            )
    for name in set(methods) & {"simclr", "moco"}:
        for variant in VARIANTS[:2]:
            record.add(
                f"lightly's {name}, {variant}",
                lambda n=name, v=variant: theirs(device, sizes, n, v),
                least=6,
            )


def bare(device: Device, sizes: Sizes, variant: Variant) -> dict[str, Any]:
    """Forward and backward pass of the encoder, nothing else."""
    net = dict(type="TimmBackbone", model_name="resnet50")
    model = MODELS.build(net).to(device.type).train()
    if variant.channels_last:
        model.to(memory_format=torch.channels_last)
    shape = (sizes.passes, 3, sizes.side, sizes.side)
    pictures = torch.randn(shape, device=device.type)

    def run() -> None:
        model.zero_grad()
        model(pictures)[-1].float().sum().backward()

    with variant.precision(device.type):
        return rates(timed(device, run, sizes), sizes)


def build(cfg: Config, variant: Variant) -> tuple[torch.nn.Module, Any]:
    """Model and optimizers of a config."""
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    model.init_weights()
    return model, dict(cfg.optim_wrapper, type=variant.wrapper)


def optimizers(model: torch.nn.Module, cfg: dict) -> Any:
    """As the runner builds them; the model is on its device."""
    cfg = dict(cfg)
    name = cfg.pop("constructor", "DefaultOptimWrapperConstructor")
    paramwise = cfg.pop("paramwise_cfg", None)
    return OPTIM_WRAPPER_CONSTRUCTORS.build(
        dict(type=name, optim_wrapper_cfg=cfg, paramwise_cfg=paramwise)
    )(model)


def ours(
    device: Device, sizes: Sizes, name: str, variant: Variant, facts: dict
) -> dict[str, Any]:
    """Our step on a batch that lies on the device, and its floor."""
    file, passes = METHODS[name]
    cfg = load_config(file, [])
    model, optim_cfg = build(cfg, variant)
    model.to(device.type).train()
    if not getattr(model, "ready", True):
        # What the vocabulary is fitted to does not change the time of a step.
        model.fit([torch.randn(16, 3, 224, 224, device=device.type)], seed=0)
    # A recipe that begins without holes has them by now.
    model.progress = 0.75
    optim = optimizers(model, optim_cfg)
    data = make_batch(name, sizes.passes // passes, sizes.side)
    data = {k: move(v, device) for k, v in data.items()}
    step = variant.step(model, optim)
    with variant.precision(device.type):
        found = rates(timed(device, lambda: step(data), sizes), sizes)
        if variant.captured:
            return found
        counted = count(model, lambda: model.train_step(data, optim))
    ceiling = "bfloat16" if variant.amp else "tf32" if device.cuda else "float32"
    return found | counted | floor(counted, facts, ceiling)


def theirs(device: Device, sizes: Sizes, name: str, variant: Variant) -> dict[str, Any]:
    """Lightly's own loop on views that are normalised already."""
    cfg = load_config(METHODS[name][0], [])
    net = lightly_loops.encoder("resnet50")
    if name == "simclr":
        loop = lightly_loops.SimCLR(net, cfg.model.hidden_channels, 128)
    else:
        loop = lightly_loops.MoCo(net, 2048, 128, cfg.model.queue)
    loop.start(device.type)
    shape = (sizes.passes // 2, 3, sizes.side, sizes.side)
    views = [torch.randn(shape, device=device.type) for _ in range(2)]
    with variant.precision(device.type):
        return rates(timed(device, lambda: loop.step(views), sizes), sizes)


@functools.lru_cache(maxsize=1)
def make_batch(name: str, size: int, side: int) -> dict[str, Any]:
    """A batch as the loader of a method gives it: holes, views and their draws too."""
    cfg = hand_out(load_config(METHODS[name][0], []))
    dataset = cfg.train_dataloader.dataset
    set_size(dataset.transforms, side)
    made = DATASETS.build(dataset)
    return collate_samples([made[i % len(made), i] for i in range(size)])


def move(part: Any, device: Device) -> Any:
    """A batch, its views or its sample on the device."""
    if isinstance(part, list):
        return [x.to(device.type) for x in part]
    return part.to(device.type)


def rates(found: dict[str, Any], sizes: Sizes) -> dict[str, Any]:
    """With the pictures that go through the encoder in a second."""
    return found | dict(pictures_per_s=round(1e3 * sizes.passes / found["ms"], 1))
