"""Make holes within torchvision's v2 transforms, and look at some.

    python examples/masks_in_transforms.py photo.jpg --mask RandomBlock --out holes.png

The mask is a ``tv_tensors.Mask``: transforms that follow move it with the picture.
"""

import argparse

import numpy as np
import torch
from torchvision import tv_tensors
from torchvision.io import decode_image, write_png
from torchvision.transforms import v2
from torchvision.utils import draw_segmentation_masks, make_grid

from ce_plugin.masks import MaskGenerator
from ce_plugin.registry import MASKS


class AddHole(v2.Transform):
    """A picture becomes (picture, mask), True = hole, drawn by torch's generator."""

    def __init__(self, generator: MaskGenerator) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, picture: torch.Tensor) -> tuple[torch.Tensor, tv_tensors.Mask]:
        height, width = picture.shape[-2:]
        rng = np.random.default_rng(torch.randint(2**62, ()).item())
        return picture, tv_tensors.Mask(self.generator(height, width, rng))


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("picture")
parser.add_argument("--mask", default="RandomBlock", help="a name in ce_plugin.masks")
parser.add_argument("--count", type=int, default=8)
parser.add_argument("--size", type=int, default=128, help="side of the crops, pixels")
parser.add_argument("--out", default="holes.png")
args = parser.parse_args()

transform = v2.Compose(
    [
        v2.RandomResizedCrop(args.size),
        AddHole(MASKS.build(dict(type=args.mask))),
        v2.RandomHorizontalFlip(),  # moves picture and hole together
        v2.RandomRotation(15),
    ]
)
picture = tv_tensors.Image(decode_image(args.picture, mode="RGB"))
pairs = [transform(picture) for _ in range(args.count)]
shown = [draw_segmentation_masks(x, m, alpha=1, colors="magenta") for x, m in pairs]
write_png(make_grid(shown, nrow=4), args.out)
for _, mask in pairs:
    print(f"{100 * mask.float().mean().item():.1f} % of the picture is hole")
