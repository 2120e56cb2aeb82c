"""Parts of Fast R-CNN and C4 detectors that mmdet does not have.

Classes that derive from mmdet's are imported when a config asks for one: the package
works without mmdet.
"""

from ce_plugin.registry import MODELS

from .roi_pool import RoIPoolExtractor

__all__ = ["RoIPoolExtractor"]


@MODELS.register_module(name="CaffeNetBBoxHead")
def _caffenet_bbox_head(**kwargs):
    from .caffenet_head import CaffeNetBBoxHead

    return CaffeNetBBoxHead(**kwargs)


@MODELS.register_module(name="NormBBoxHead")
def _norm_bbox_head(**kwargs):
    from .norm_head import NormBBoxHead

    return NormBBoxHead(**kwargs)
