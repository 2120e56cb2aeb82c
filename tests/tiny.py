"""Small networks and batches that several tests use."""

import torch
from mmengine.optim import OptimWrapper, OptimWrapperDict

from ce_plugin.registry import MODELS, OPTIM_WRAPPER_CONSTRUCTORS
from ce_plugin.structures import PretextSample

RELEASED = dict(
    type="InpaintingPreprocessor",
    mean=(127.5,) * 3,
    std=(127.5,) * 3,
    fill=(117, 104, 123),
)


def dcgan_config(
    size=128, window="center", joint=True, base=8, code=16, **kwargs
) -> dict:
    """The released network, narrow."""
    out = size // 2 if window == "center" else size
    cfg = dict(
        type="ContextEncoder",
        data_preprocessor=RELEASED,
        backbone=dict(
            type="DCGANEncoder", input_size=size, base_channels=base, bottleneck=code
        ),
        decoder=dict(type="DCGANDecoder", output_size=out, base_channels=base),
        reconstruction=dict(
            type="ReconstructionLoss", region="full", normalizer="elements"
        ),
        window=window,
    )
    if joint:
        cfg["discriminator"] = dict(
            type="DCGANDiscriminator", input_size=out, base_channels=base
        )
    return cfg | kwargs


def build_model(cfg: dict, seed: int = 0):
    """The model of ``cfg`` with its initial weights."""
    torch.manual_seed(seed)
    model = MODELS.build(cfg)
    model.init_weights()
    return model


def build_optim(model, **cfg) -> OptimWrapper | OptimWrapperDict:
    """The optimizers of ``model``; Adam as released unless told otherwise."""
    cfg.setdefault("optimizer", dict(type="Adam", lr=2e-4, betas=(0.5, 0.999)))
    constructor = dict(type="ContextEncoderOptimWrapper", optim_wrapper_cfg=cfg)
    return OPTIM_WRAPPER_CONSTRUCTORS.build(constructor)(model)


def batch(n=4, size=128, overlap=4, seed=0) -> dict:
    """Noise pictures with the released centre hole."""
    generator = torch.Generator().manual_seed(seed)
    pictures = torch.randint(
        0, 256, (n, 3, size, size), dtype=torch.uint8, generator=generator
    )
    mask = torch.zeros(n, 1, size, size, dtype=torch.bool)
    low, high = size // 4 + overlap, 3 * size // 4 - overlap
    mask[..., low:high, low:high] = True
    samples = PretextSample(mask=mask, metainfo=dict(path=[str(i) for i in range(n)]))
    return dict(inputs=pictures, data_samples=samples)
