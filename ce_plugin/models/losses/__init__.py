from .adversarial import AdversarialLoss, generator_lr_factor, joint_weights
from .reconstruction import ReconstructionLoss

__all__ = [
    "AdversarialLoss",
    "ReconstructionLoss",
    "generator_lr_factor",
    "joint_weights",
]
