"""Losses of reconstruction, adversaries and compared views."""

from .adversarial import AdversarialLoss, generator_lr_factor, joint_weights
from .nt_xent import NTXentLoss
from .reconstruction import ReconstructionLoss
from .vicreg import VICRegLoss

__all__ = [
    "AdversarialLoss",
    "NTXentLoss",
    "ReconstructionLoss",
    "VICRegLoss",
    "generator_lr_factor",
    "joint_weights",
]
