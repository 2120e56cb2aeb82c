"""Whole inpainting networks in files, for programs and folders."""

import torch
from tiny import RELEASED, build_model, dcgan_config

from ce_plugin.structures import PretextSample

CAFFE = dict(
    type="InpaintingPreprocessor", mean=(104, 117, 123), std=(1,) * 3, bgr=True
)
DIGITS = dict(
    type="InpaintingPreprocessor", mean=(0,) * 3, std=(255,) * 3, fill=(128,) * 3
)


def upconv(*channels, **kwargs) -> dict:
    return dict(type="UpConvDecoder", channels=(*channels, 3), **kwargs)


def context_encoder(backbone: dict, decoder: dict, **kwargs) -> dict:
    return dict(type="ContextEncoder", backbone=backbone, decoder=decoder, **kwargs)


# Config and side of the pictures, by name.
NETWORKS = {
    "dcgan-center": (dcgan_config(), 128),
    "dcgan-region": (dcgan_config(64, "full", joint=False), 64),
    # One mask for a batch, in training; a program's pictures each have their own.
    "default-job": (
        context_encoder(
            dict(type="DCGANEncoder", input_size=64, base_channels=4, bottleneck=None),
            upconv(16, 8, 8, norm="bn", output_padding=1, init="dcgan"),
            data_preprocessor=RELEASED | dict(one_mask_per_batch=True),
            discriminator=dict(
                type="DCGANDiscriminator", input_size=64, base_channels=4
            ),
        ),
        64,
    ),
    # The decoder sees all of the encoder's maps.
    "unet": (
        context_encoder(
            dict(
                type="DCGANEncoder",
                input_size=64,
                base_channels=4,
                bottleneck=None,
                out_indices=(0, 1, 2, 3),
            ),
            dict(type="UNetDecoder"),
            data_preprocessor=RELEASED,
        ),
        64,
    ),
    # Predicts normalised patches, which take their colours from the context.
    "resnet18-patches": (
        context_encoder(
            dict(type="TimmBackbone", model_name="resnet18", channels=(8, 8, 16, 16)),
            upconv(16, 8, 8, 8, norm="bn", output_padding=1, init="kaiming"),
            bottleneck=dict(type="ConvBottleneck", out_channels=16, kernel_size=1),
            reconstruction=dict(
                type="ReconstructionLoss", region="hole", target="patch", patch_size=16
            ),
        ),
        64,
    ),
    # Local response norm, groups, pools that round up, BGR, a resize at the end.
    "caffenet": (
        context_encoder(
            dict(type="CaffeNet", out_indices=("pool5",)),
            upconv(16, 8, 8, 8, init="kaiming"),
            bottleneck=dict(type="ChannelWiseFC", size=3),
            data_preprocessor=CAFFE,
        ),
        131,
    ),
    "convnext": (
        context_encoder(
            dict(type="TimmBackbone", model_name="convnext_atto"),
            upconv(16, 8, 8, 8, norm="bn", output_padding=1, init="kaiming"),
        ),
        64,
    ),
    "mlp": (
        context_encoder(
            dict(type="MLPEncoder", input_size=16, widths=(32, 16)),
            dict(type="MLPDecoder", output_size=16, widths=(32,)),
            data_preprocessor=DIGITS,
        ),
        16,
    ),
}


def make(name: str):
    """The network with statistics of its own, and its side."""
    cfg, size = NETWORKS[name]
    model = build_model(cfg).train()
    for seed in (1, 2):
        torch.manual_seed(seed)
        pictures = torch.rand(8, 3, size, size)
        model.reconstruct(pictures.sub(0.5).mul(3))
    return model.eval(), size


def write(name: str, path, **meta):
    """Saves it as a converted file has it; returns it and its side."""
    model, size = make(name)
    said = dict(model=NETWORKS[name][0], backbone=NETWORKS[name][0]["backbone"])
    said |= dict(picture_size=size, normalization=normalization(model), pretext="x")
    torch.save(dict(state_dict=model.state_dict(), meta=said | meta), path)
    return model, size


def normalization(model) -> dict:
    prep = model.data_preprocessor
    mean, std = prep.mean.flatten().tolist(), prep.std.flatten().tolist()
    return dict(mean=mean, std=std, bgr=prep.bgr)


def holes(n: int, size: int) -> torch.Tensor:
    """A hole of its own for each picture, float32."""
    mask = torch.zeros(n, 1, size, size)
    quarter = size // 4
    for i in range(n):
        mask[i, :, quarter + i : size // 2 + i, quarter + 2 : 3 * quarter] = 1
    return mask


def fill(model, pictures: torch.Tensor, mask: torch.Tensor) -> list[torch.Tensor]:
    """Prediction and composite as the model itself gives them, picture by picture."""
    found = []
    for picture, hole in zip(pictures, mask):
        sample = PretextSample(mask=hole[None] > 0.5)
        found += model.test_step(dict(inputs=picture[None] * 255, data_samples=sample))
    return [torch.stack([s.get(k) for s in found]) for k in ("prediction", "composite")]
