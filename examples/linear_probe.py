"""Judge a frozen encoder by a linear layer on its features.

    python examples/linear_probe.py encoder.pth classes/train classes/val

Both folders have a folder of pictures for each class.
"""

import argparse

import torch
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from ce_plugin.checkpoints import load_encoder

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("encoder", help="encoder.pth, or a run's folder")
parser.add_argument("train", help="a folder of pictures for each class")
parser.add_argument("val", help="folders of the same classes")
parser.add_argument("--size", type=int, default=128, help="side of the pictures, px")
parser.add_argument("--steps", type=int, default=200, help="of AdamW")
args = parser.parse_args()
device = "cuda" if torch.cuda.is_available() else "cpu"
torch.manual_seed(0)
encoder, meta = load_encoder(args.encoder)
encoder.to(device)
norm = meta["normalization"]  # of values in 0..255
steps = [
    v2.ToImage(),
    v2.Resize((args.size, args.size)),
    v2.ToDtype(torch.float32),
    v2.Lambda(lambda rgb: rgb.flip(0) if norm.get("bgr") else rgb),
    v2.Normalize(norm["mean"], norm["std"]),
]


@torch.no_grad()
def features(folder: str) -> tuple[torch.Tensor, torch.Tensor]:
    """The last map's mean of each picture (N, C), and the classes' numbers (N,)."""
    loader = DataLoader(ImageFolder(folder, v2.Compose(steps)), batch_size=64)
    found = [(encoder(x.to(device))[-1].mean((2, 3)).cpu(), y) for x, y in loader]
    return tuple(torch.cat(part) for part in zip(*found))


(train, labels), (val, truth) = features(args.train), features(args.val)
mean, std = train.mean(0), train.std(0) + 1e-6
train, val = (train - mean) / std, (val - mean) / std

layer = torch.nn.Linear(train.shape[1], int(labels.max()) + 1)
optimizer = torch.optim.AdamW(layer.parameters(), lr=1e-2, weight_decay=1e-2)
for _ in range(args.steps):
    loss = torch.nn.functional.cross_entropy(layer(train), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
right = (layer(val).argmax(1) == truth).float().mean().item()
print(f"top-1 {100 * right:.1f} %")
