"""Equal minutes on a part of PASCAL VOC at 320 px: what two CPU cores can compare."""

from harness.data import voc_pictures, whole
from harness.data.generated import make_voc
from harness.methods import method
from harness.suite import Minutes, Suite
from harness.tasks.sets import VOC320_CPU

# ResNet-18 at half width: mmdet and mmseg build the same one with base_channels=32.
ENCODER = dict(type="TimmBackbone", model_name="resnet18", channels=(32, 64, 128, 256))
DECODER = dict(
    type="UpConvDecoder",
    channels=(128, 64, 32, 32, 3),
    norm="bn",
    output_padding=1,
    init="kaiming",
)
# The same recipe for all, tuned for none.
RECIPE = {
    "optim_wrapper.type": "AutocastOptimWrapper",
    "optim_wrapper.optimizer": dict(
        type="AdamW", lr=1e-3, weight_decay=0.05, fused=True
    ),
    "optim_wrapper.paramwise_cfg": dict(norm_decay_mult=0.0, bias_decay_mult=0.0),
    # Small pictures stay decoded.
    "train_dataloader.dataset.cache_mb": 2048,
    "train_dataloader.dataset.split": "train",
    "train_dataloader.dataset.held_out": 0.02,
    "val_dataloader.dataset.held_out": 0.02,
}

# Two-layer heads and decoders as wide as the encoder; what follows the length of the
# training (queue, momentum) is cut to it.
RECONSTRUCTION = dict(model__decoder=DECODER, model__bottleneck=None)
METHODS = (
    method("random"),
    method("autoencoder", **RECONSTRUCTION),
    method("context-encoder-center"),
    method("context-encoder-blocks"),
    method("context-encoder-region"),
    method("context-encoder-patches"),
    method("rotation"),
    method("relative-location", model__hidden_channels=256),
    method("simclr", model__hidden_channels=None),
    # One batch of statistics would give the positive key away.
    method(
        "moco",
        model__hidden_channels=None,
        model__queue=4096,
        model__momentum=0.99,
        model__groups=4,
    ),
    method("byol", model__momentum=0.99),
)

ABOUT = """
ResNet-18 of half width, 96 px, one core for each run, bfloat16 in pretraining.
Pretraining sees the pictures that no `val` list of either year names (2,280 of 4,579);
the SVMs, kNN and the detector learn from `train` and are judged on `val`, the segmentor
learns from SBD's masks (`aug`). Counted are classes with at least 50 pictures on both
sides: bus, car, cat, person and train in VOC07; cat, chair, cow, dog, horse, person and
sheep in VOC12, and the same but chair for detection and segmentation. The SVM's layer
is chosen by cross-validation on training pictures; low-shot is the mean over 1, 4 and
16 positives. The data is a part of VOC at reduced size, the budgets are minutes, and no
method was tuned: no figure here can stand beside a published one.
"""

suite = Suite(
    name="voc320_cpu",
    title="A part of PASCAL VOC at 320 px, equal processor minutes",
    encoder=ENCODER,
    budget=Minutes(6),
    size=96,
    channels_last=True,
    batch_size=64,
    data=dict(voc=whole, pretraining=voc_pictures),
    generate=make_voc,
    pretraining=RECIPE,
    methods=METHODS,
    tasks=VOC320_CPU,
    about=ABOUT,
)
