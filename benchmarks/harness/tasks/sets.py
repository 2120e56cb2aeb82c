"""The tasks of each suite."""

from __future__ import annotations

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

# Those that share a run of the probe tool do not follow each other: two workers would
# both begin it.
VOC320_CPU = (
    VOCProbe(name="svm-voc07", title="VOC07 SVM", kind="svm", **_SMALL_07),
    VOCProbe(name="svm-voc12", title="VOC12 SVM", kind="svm", **_SMALL_12),
    Detection(
        name="detection",
        title="VOC12 detection",
        file=_CONFIGS.format("faster-rcnn_r18-half_voc12-128"),
        levels=(1, 2, 3, 4),
        bfloat16=True,
    ),
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
