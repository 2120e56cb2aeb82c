"""Figures that others have published, for rows of their own beside the measured ones.

They are never averaged with measured figures or ranked among them: network, data and
protocol differ. A suite whose protocol nobody has published on has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A published figure.

    Attributes:
        value: The figure, or the lower end where several were published.
        high: The upper end of a range.
        spread: Standard deviation, where one was published.
    """

    value: float
    high: float | None = None
    spread: float | None = None

    @property
    def text(self) -> str:
        """The figure in writing, with its range or spread."""
        if self.spread is not None:
            return f"{self.value:.2f} ± {self.spread:.2f}"
        ends = [self.value] if self.high is None else [self.value, self.high]
        return "\u2013".join(str(end) for end in ends)


@dataclass(frozen=True)
class Published:
    """A row.

    Attributes:
        method: As its source names it.
        network: Network that was pretrained.
        protocol: How it was judged.
        source: Where the figures stand.
        figures: By what they are.
    """

    method: str
    network: str
    protocol: str
    source: str
    figures: Mapping[str, Figure]


def _figures(names: tuple[str, ...], *values: float | None) -> dict[str, Figure]:
    return {n: Figure(v) for n, v in zip(names, values) if v is not None}


_TABLE2 = (
    "VOC07 classification, mAP",
    "VOC07 detection, mAP",
    "VOC12 segmentation, mIoU",
)


def _table2(method: str, *values: float | None) -> Published:
    return Published(
        method,
        "AlexNet (CaffeNet)",
        "all layers fine-tuned: crops of VOC07 trainval; Fast R-CNN; FCN-32s",
        "Pathak et al. 2016, Table 2",
        _figures(_TABLE2, *values),
    )


_PAPER_ALEXNET = (
    _table2("ImageNet labels (3 days)", 78.2, 56.8, 48.0),
    _table2("random Gaussian", 53.3, 43.4, 19.8),
    _table2("autoencoder (14 h)", 53.8, 41.9, 25.2),
    _table2("Agrawal et al., egomotion (10 h)", 52.9, 41.8, None),
    _table2("Doersch et al., context (4 weeks)", 55.3, 46.6, None),
    _table2("Wang and Gupta, motion (1 week)", 58.4, 44.0, None),
    _table2("Context Encoder (14 h)", 56.5, 44.5, 29.7),
    Published(
        "Doersch et al., rescaled after Krähenbühl et al.",
        "AlexNet (CaffeNet)",
        "as for the other rows; the weights rescaled by the data first",
        "Pathak et al. 2016, text on Table 2",
        _figures(_TABLE2, 65.3, 51.1),
    ),
)

_MMSELFSUP = "mmselfsup, model zoo"
_VOC = (
    *("VOC07 SVM, mAP", "VOC07 low-shot SVM (k = 1 to 96), mAP"),
    *("VOC07+12 detection, AP50", "VOC12aug segmentation, mIoU"),
)
_VOC_R50 = (
    Published(
        "relative location, 70 epochs of ImageNet",
        "ResNet-50",
        "SVM on the best layer; Faster R-CNN C4, 24k iterations; FCN-D8, 20k",
        "mmselfsup, configs/selfsup/relative_loc",
        dict(
            zip(
                _VOC,
                (Figure(65.52), Figure(20.36, 59.28), Figure(79.70), Figure(63.49)),
            )
        ),
    ),
    Published(
        "random init, about",
        "AlexNet",
        "SVM on frozen features",
        "facebookresearch/fair_self_supervision_benchmark, issue 34",
        {_VOC[0]: Figure(51.0)},
    ),
)

_LINEAR = "linear probe, top-1"
_TUNED_A3 = "fine-tuned (RSB A3), top-1"
_TUNED_A2 = "fine-tuned (RSB A2), top-1"
_LAYERS = tuple(f"linear, layer {i}, top-1" for i in range(1, 6))


def _linear(network: str, source: str, **rows: float | tuple[float, float]):
    return tuple(
        Published(
            method.replace("_", " "),
            network,
            "linear classifier on frozen features of ImageNet",
            source,
            {_LINEAR: Figure(*value) if isinstance(value, tuple) else Figure(value)},
        )
        for method, value in rows.items()
    )


def _tuned(method: str, a3: float | None, a2: float | None = None) -> Published:
    return Published(
        method,
        "ResNet-50",
        "ImageNet, all layers fine-tuned: RSB A3 or A2",
        "OpenMixup, model zoo",
        _figures((_TUNED_A3, _TUNED_A2), a3, a2),
    )


_IMAGENET = (
    Published(
        "Context Encoder",
        "AlexNet",
        "linear classifiers on frozen features, layer by layer",
        "Zhang et al. 2017 (Split-Brain); the paper itself reports none",
        _figures(_LAYERS, 14.1, 20.7, 21.0, 19.8, 15.5),
    ),
    *_linear(
        "AlexNet",
        "VISSL, model zoo",
        jigsaw=34.82,
        colorization=30.39,
        RotNet=39.51,
        DeepCluster=37.88,
    ),
    Published(
        "relative location, 70 epochs",
        "ResNet-50",
        "one linear classifier for each stage",
        "mmselfsup, configs/selfsup/relative_loc",
        _figures(_LAYERS, 15.11, 30.47, 42.83, 51.20, 40.96),
    ),
    *_linear(
        "ResNet-50",
        _MMSELFSUP,
        relative_location=40.4,
        rotation=47.0,
        NPID=58.3,
        SimCLR=(62.7, 69.2),
        MoCo_v2=67.5,
        BYOL=71.8,
        SwAV=70.5,
        DenseCL=63.5,
        SimSiam=(68.3, 69.8),
        Barlow_Twins=71.8,
    ),
    *_linear(
        "ResNet-50",
        "VISSL, model zoo",
        RotNet=48.2,
        jigsaw=(46.58, 48.57),
        colorization=40.11,
        NPID=(52.73, 56.68),
        PIRL=(62.55, 64.29),
        SimCLR=(64.4, 69.68),
        supervised=76.1,
    ),
    _tuned("inpainting (Context Encoder), 70 epochs; code not published", 78.4),
    _tuned("relative location", 77.8),
    _tuned("rotation", 77.7),
    _tuned("SimCLR", 78.5),
    _tuned("MoCo v2", 78.5),
    _tuned("BYOL", 78.7, 80.1),
    _tuned("SwAV", 78.9, 80.2),
    _tuned("Barlow Twins", 78.5),
    _tuned("MoCo v3", 78.7),
    _tuned("A2MIM, 100 epochs", 78.8),
    _tuned("A2MIM, 300 epochs", 78.9),
    _tuned("A2MIM", None, 80.4),
    _tuned("supervised", 78.8),
)


def _digits(method: str, network: str, value: float, spread: float) -> Published:
    return Published(
        method,
        network,
        "60,000 digits to train, 10,000 to test: not comparable with fewer",
        "Ucar et al. 2021 (SubTab), Table 1; ten seeds",
        {"accuracy, %": Figure(value, spread=spread)},
    )


_MNIST = (
    _digits(
        "CAE (NC), swap noise: a context encoder, a block of neighbouring columns",
        "fully connected",
        96.39,
        0.20,
    ),
    _digits("logistic regression on pixels", "none", 92.60, 0.03),
)

PUBLISHED: Mapping[str, tuple[Published, ...]] = {
    "paper_alexnet": _PAPER_ALEXNET,
    "voc_r50": _VOC_R50,
    "imagenet": _IMAGENET,
    "mnist": _MNIST,
}
"""Rows by the name of the suite."""
