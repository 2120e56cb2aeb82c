"""Pretrain a timm model on a folder of pictures, in a plain PyTorch loop.

    python examples/pretrain_timm.py photos --model resnet18 --out encoder.pth

Patches of each picture are hidden; the network names, by a vocabulary of visual words,
what stands in them (docs/hidden-words.md). No labels, and no mmengine Runner.
"""

import argparse
from itertools import islice

import torch
from torch.optim.swa_utils import update_bn
from torch.utils.data import DataLoader
from torchvision.transforms import v2

from ce_plugin.checkpoints import export_encoder, normalization_of
from ce_plugin.datasets import ImageFolder, SeededSampler, collate_samples
from ce_plugin.masks import GridPatches
from ce_plugin.models.pretexts import TargetPrediction
from ce_plugin.models.targets import VisualWords

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("folder", help="pictures, nested as they like")
parser.add_argument("--model", default="resnet18", help="any timm model with features")
parser.add_argument("--size", type=int, default=128, help="side of the crops, pixels")
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--steps", type=int, default=2000)
parser.add_argument("--words", type=int, default=256, help="size of the vocabulary")
parser.add_argument("--out", default="encoder.pth")
args = parser.parse_args()
device = "cuda" if torch.cuda.is_available() else "cpu"
torch.manual_seed(0)
crops = [v2.RandomResizedCrop(args.size, scale=(0.2, 1)), v2.RandomHorizontalFlip()]
mask = GridPatches(patch_size=32, ratio=0.4)
pictures = ImageFolder(args.folder, transforms=crops, mask=mask)
loader = DataLoader(
    pictures, args.batch, sampler=SeededSampler(pictures), collate_fn=collate_samples
)

encoder = dict(type="TimmBackbone", model_name=args.model)
words = VisualWords(cell=16, words=args.words)
pretext = TargetPrediction(encoder, targets=dict(words=words)).to(device)
whole = (pretext.prepare(batch["inputs"])[0] for batch in loader)  # without holes
pretext.fit(list(islice(whole, 10)), seed=0)

optimizer = torch.optim.AdamW(pretext.parameters(), lr=1e-3, weight_decay=0.05)
for step, batch in enumerate(islice(loader, args.steps)):
    pretext.progress = step / args.steps
    loss = pretext.total_loss(batch["inputs"], batch["data_samples"].mask)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 50 == 0:
        print(f"step {step}: loss {loss.item():.3f}")

update_bn(islice(whole, 10), pretext.backbone)  # statistics of pictures without holes
meta = dict(backbone=encoder, normalization=normalization_of(pretext))
print(f"{args.out}: {export_encoder(pretext.backbone, args.out, meta)} tensors")
