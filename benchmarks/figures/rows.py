"""Rows and columns of the final comparisons' tables, by names of methods and tasks."""

from __future__ import annotations

from harness.fair import OURS, RIVALS

SUITE, FEW = "voc320_fair", "camvid_fair"
CONTROL, CEILING = "seen-words", "supervised"
HALF, LONG = "@10", "@20"
FINER_BAG = "bag-of-words/stage1"
ROWS = {
    "random": ("random init", 0),
    "pixels": ("no network: pixels, 8 x 8", 0),
    "pixels/stage1": ("no network: pixels, 16 x 16", 0),
    "hog": ("no network: gradients, 4 x 4", 0),
    "hog/stage1": ("no network: gradients, 9 x 9", 0),
    "bag-of-words": ("no network: bag of the words, whole", 0),
    FINER_BAG: ("no network: bag of the words, 3 x 3", 0),
    CEILING: ("the labels of `train`", 6),
    "context-encoder-patches": ("Context Encoder, normalised patches", 6),
    "rotation": ("rotation", 6),
    "simclr": ("SimCLR", 6),
    "moco": ("MoCo v2", 6),
    "byol": ("BYOL", 6),
    CONTROL: ("control: words without a hole", 6),
    OURS: ("**hidden words**", 6),
    f"{OURS}{HALF}": ("**hidden words**", 10),
    f"rotation{LONG}": ("rotation", 20),
    f"simclr{LONG}": ("SimCLR", 20),
    f"moco{LONG}": ("MoCo v2", 20),
    f"byol{LONG}": ("BYOL", 20),
    f"{CONTROL}{LONG}": ("control: words without a hole", 20),
    f"{OURS}{LONG}": ("**hidden words**", 20),
}
"""Rows of the long table: what they are called there, and their minutes.

A method, or a descriptor and the grid on which it is averaged, 'hog/stage1'; without
one the coarsest, which counts as its last layer.
"""
SHORT = (
    *("random", "hog/stage1", FINER_BAG),
    *(*RIVALS, CONTROL, OURS),
)
"""Those of README's table."""
TASKS = {
    "svm-last-voc07": "VOC07 SVM",
    "svm-last-voc12": "VOC12 SVM",
    "knn-voc07": "VOC07 kNN",
    "knn-voc12": "VOC12 kNN",
    "detection": "detection",
    "segmentation-frozen": "frozen segmentation",
}
PAIRS = {
    "detection": "detection, AP at IoU .5",
    "segmentation-frozen": "segmentation, frozen encoder, mean IoU",
    "segmentation": "segmentation, all trained, mean IoU",
    "knn-voc07": "VOC07 kNN, mAP",
    "knn-voc12": "VOC12 kNN, mAP",
    "svm-last-voc07": "VOC07 SVM, last layer, mAP",
    "svm-last-voc12": "VOC12 SVM, last layer, mAP",
    "svm-voc07": "VOC07 SVM, chosen layer, mAP",
    "svm-voc12": "VOC12 SVM, chosen layer, mAP",
}
HIDDEN = {
    "hidden-words-visible": "words of visible cells",
    "hidden-words-random": "a random vocabulary",
    "hidden-hog": "gradients",
    "hidden-pixels": "pixels",
    "hidden-teacher-words": "a teacher's words",
    "hidden-words-other": "words of another picture",
}
"""Controls that hide what hidden words hide, by what they ask for."""
SHARES = {
    "segmentation-5pc": "5 %",
    "segmentation-10pc": "10 %",
    "segmentation-25pc": "25 %",
    "segmentation-100pc": "100 %",
}
