from .caffenet import CaffeNet
from .contract import FeatureContract, feature_contract
from .dcgan import DCGANEncoder
from .timm import TimmBackbone

__all__ = [
    "CaffeNet",
    "DCGANEncoder",
    "FeatureContract",
    "TimmBackbone",
    "feature_contract",
]
