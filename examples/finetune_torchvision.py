"""Load a pretrained encoder into torchvision's ResNet and fine-tune it on classes.

    python examples/finetune_torchvision.py encoder.pth classes/train --model resnet18

The folder has one of pictures for each class. Nothing of ce_plugin is imported.
"""

import argparse

import torch
import torchvision
from torch.utils.data import DataLoader
from torchvision.transforms import v2

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("encoder", help="encoder.pth of a ResNet")
parser.add_argument("classes", help="a folder of pictures for each class")
parser.add_argument("--model", default="resnet18", help="the encoder's architecture")
parser.add_argument("--size", type=int, default=128, help="side of the crops, pixels")
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--out", default="classifier.pth")
args = parser.parse_args()
device = "cuda" if torch.cuda.is_available() else "cpu"

file = torch.load(args.encoder, weights_only=True)
norm = file["meta"]["normalization"]  # of values in 0..255
transform = v2.Compose(
    [
        v2.ToImage(),
        v2.RandomResizedCrop(args.size),
        v2.RandomHorizontalFlip(),
        v2.ToDtype(torch.float32),
        v2.Lambda(lambda rgb: rgb.flip(0) if norm.get("bgr") else rgb),
        v2.Normalize(norm["mean"], norm["std"]),
    ]
)
pictures = torchvision.datasets.ImageFolder(args.classes, transform)
loader = DataLoader(pictures, args.batch, shuffle=True)

network = torchvision.models.get_model(args.model, num_classes=len(pictures.classes))
missing, unexpected = network.load_state_dict(file["state_dict"], strict=False)
if unexpected or set(missing) != {"fc.weight", "fc.bias"}:
    raise SystemExit(f"{args.encoder} is no {args.model}: {missing + unexpected}")

network.to(device).train()
optimizer = torch.optim.AdamW(network.parameters(), lr=3e-4, weight_decay=0.05)
for epoch in range(args.epochs):
    right = 0
    for inputs, labels in loader:
        scores = network(inputs.to(device))
        loss = torch.nn.functional.cross_entropy(scores, labels.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        right += (scores.argmax(1).cpu() == labels).sum().item()
    print(f"epoch {epoch}: {100 * right / len(pictures):.1f} % right while training")
torch.save(network.state_dict(), args.out)
