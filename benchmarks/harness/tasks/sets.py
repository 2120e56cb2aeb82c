"""The tasks of each suite."""

from __future__ import annotations

from ..suite import Task
from .detection import Detection
from .probes import VOCProbe
from .segmentation import Segmentation

_CONFIGS = "benchmarks/suites/configs/{}.py"
SIX_CLASSES = ("cat", "cow", "dog", "horse", "person", "sheep")
"""Those of VOC2012 with at least 50 pictures in train and in val of voc320."""

# What one core does in a minute or so; a class counts that has 50 pictures.
_SMALL = dict(
    train="train",
    test="val",
    size=96,
    pool="512",
    costs=("0.1", "1", "10", "100"),
    min_positives=50,
    shots=(1, 4, 16),
    draws=3,
    neighbours=(20,),
)
_SMALL_07 = dict(year="2007", kinds=("svm", "low-shot", "knn"), **_SMALL)
_SMALL_12 = dict(year="2012", kinds=("svm", "knn"), **_SMALL)
_SMALL_MASKS = dict(
    file=_CONFIGS.format("fcn_r18-half_voc12aug-96"),
    levels=(4,),
    encoder=dict(output_stride=16),
    bfloat16=True,
    classes=SIX_CLASSES,
    metric="mean IoU of six classes",
)

_DETECTION = dict(
    name="detection",
    title="VOC12 detection",
    file=_CONFIGS.format("faster-rcnn_r18-half_voc12-128"),
    levels=(1, 2, 3, 4),
    bfloat16=True,
)

VOC320_CPU = (
    VOCProbe(name="svm-voc07", title="VOC07 SVM", kind="svm", **_SMALL_07),
    VOCProbe(name="svm-voc12", title="VOC12 SVM", kind="svm", **_SMALL_12),
    Detection(**_DETECTION),
    Segmentation(
        name="segmentation-frozen",
        title="VOC12 segmentation, frozen",
        frozen=True,
        **_SMALL_MASKS,
    ),
    VOCProbe(
        name="low-shot-voc07",
        title="VOC07 low-shot SVM",
        kind="low-shot",
        **_SMALL_07,
    ),
    VOCProbe(name="knn-voc07", title="VOC07 kNN", kind="knn", **_SMALL_07),
    VOCProbe(name="knn-voc12", title="VOC12 kNN", kind="knn", **_SMALL_12),
)


def fair(data: str = "voc", positives_07: int = 50) -> tuple[Task, ...]:
    """The tasks of ``VOC320_CPU`` and more, by the last layer and by the chosen one.

    Those with a deviation are in the index: what detectors and segmentors stand on.
    Deviations are of the difference of two methods from seed to seed, root mean square
    over all pairs of the eleven methods of voc320_cpu; of segmentation that trains all
    none had been measured.

    Args:
        data: Entry of the suite's data: a VOCdevkit.
        positives_07: Least pictures of a class of VOC2007 that counts.
    """
    small_07 = {**_SMALL_07, "kinds": ("svm", "knn"), "data": data}
    small_07["min_positives"] = positives_07
    small_12 = {**_SMALL_12, "data": data}
    masks = {**_SMALL_MASKS, "data": data}
    last = dict(kind="svm", layer="last")
    return (
        VOCProbe(
            name="svm-last-voc07",
            like="svm-voc07",
            title="VOC07 SVM, last layer",
            deviation=1.4,
            **last,
            **small_07,
        ),
        VOCProbe(
            name="svm-last-voc12",
            like="svm-voc12",
            title="VOC12 SVM, last layer",
            deviation=0.6,
            **last,
            **small_12,
        ),
        Detection(**_DETECTION, data=data, deviation=0.6),
        Segmentation(
            name="segmentation-frozen",
            title="VOC12 segmentation, frozen",
            frozen=True,
            deviation=0.9,
            **masks,
        ),
        Segmentation(
            name="segmentation",
            title="VOC12 segmentation, all trained",
            like="segmentation-frozen",
            **masks,
        ),
        VOCProbe(
            name="knn-voc07",
            title="VOC07 kNN",
            kind="knn",
            deviation=1.6,
            **small_07,
        ),
        VOCProbe(
            name="knn-voc12",
            title="VOC12 kNN",
            kind="knn",
            deviation=0.9,
            **small_12,
        ),
        VOCProbe(
            name="svm-voc07",
            title="VOC07 SVM, chosen layer",
            like="knn-voc07",
            kind="svm",
            **small_07,
        ),
        VOCProbe(
            name="svm-voc12",
            title="VOC12 SVM, chosen layer",
            like="knn-voc12",
            kind="svm",
            **small_12,
        ),
    )


CLAIMED = (
    *("svm-last-voc07", "svm-last-voc12", "detection", "segmentation-frozen"),
    *("segmentation", "knn-voc07", "knn-voc12"),
)
"""The tasks at which a method is to be above its rivals."""
