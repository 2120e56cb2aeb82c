"""Digits: a small convolutional Context Encoder and its floors, minutes of a core."""

from dataclasses import replace

from harness.data import whole
from harness.generated import make_digits
from harness.methods import method
from harness.suite import Images, Suite
from harness.tasks import Digits

CONFIG = "pretrain/context-encoder_conv_mnist.py"
DIGITS = dict(mean=(0,) * 3, std=(255,) * 3)
NO_HOLE = {
    "model.type": "AutoEncoder",
    "model.data_preprocessor": dict(type="PicturePreprocessor", **DIGITS),
    "model.reconstruction": dict(type="ReconstructionLoss", region="full"),
    "train_dataloader.dataset.mask": None,
    "val_dataloader.dataset.mask": None,
    "val_evaluator": dict(type="PictureMetrics"),
}
ABOUT = """\
All of MNIST: `--data-root` is the folder of torchvision's. Every method sees 60,000
digits; the last map of a whole digit is judged by L2-regularised logistic regression,
accuracy in % on the 10,000 test digits. Bare pixels reach 92.6 (Ucar et al. 2021);
`benchmarks/mnist.py` measures them, the network on columns and 5,000 bundled digits."""

suite = Suite(
    name="mnist",
    title="MNIST: logistic regression on frozen features",
    about=ABOUT,
    encoder=dict(type="DCGANEncoder", input_size=64, base_channels=16, bottleneck=None),
    budget=Images(60_000),
    size=32,
    batch_size=32,
    data=dict(mnist=whole, pretraining=whole),
    generate=make_digits,
    methods=(
        method("random", normalization=DIGITS),
        replace(method("autoencoder"), config=CONFIG, changes=NO_HOLE),
        replace(
            method("context-encoder-blocks"),
            title="Context Encoder, square",
            config=CONFIG,
            changes={},
        ),
    ),
    tasks=(Digits(name="logistic", title="logistic regression"),),
)
