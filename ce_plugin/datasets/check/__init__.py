"""Is a data folder what it says it is? Counts beside the official ones, faults by name.

``check_voc``, ``check_sbd`` and ``check_imagenet`` look at a whole folder and report;
``check_voc_list``, ``check_coco_file`` and ``check_segmentation_list`` look at what one
dataset of a config will read, and stop at the first fault.
"""

from .detection import check_coco_file, check_voc_list
from .imagenet import check_imagenet
from .report import Report
from .sbd import check_sbd
from .segmentation import check_segmentation_list
from .voc import check_voc

__all__ = [
    "Report",
    "check_coco_file",
    "check_imagenet",
    "check_sbd",
    "check_segmentation_list",
    "check_voc",
    "check_voc_list",
]
