"""Encoders that drop into mmdet and mmseg."""

from .caffenet import CaffeNet
from .contract import FeatureContract, feature_contract
from .dcgan import DCGANEncoder
from .mlp import MLPEncoder
from .timm import TimmBackbone

__all__ = [
    "CaffeNet",
    "DCGANEncoder",
    "FeatureContract",
    "MLPEncoder",
    "TimmBackbone",
    "feature_contract",
]
