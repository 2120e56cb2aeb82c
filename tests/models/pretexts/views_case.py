"""Models of the tasks that compare views, and the pictures that they see."""

import torch
from models.pretext_cases import PRETEXTS, TWO
from tiny import build_model


def build(name: str, seed: int = 0, **kwargs):
    config = PRETEXTS[name].config | kwargs
    return build_model(dict(type=name) | config, seed).train()


def inputs_of(model, batch=TWO, n: int = 6, seed: int = 0) -> list[torch.Tensor]:
    return model.data_preprocessor(batch(n, seed))["inputs"]


def apart(model) -> None:
    """The copies, and queues, as they are somewhere in a training."""
    torch.manual_seed(9)
    for key, p in model.named_parameters():
        if "_momentum" in key and not key.endswith("weight_g"):
            p.add_(0.1 * torch.randn_like(p))
