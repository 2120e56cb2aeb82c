"""The optimizers of a Context Encoder: one, or one for each network."""

from __future__ import annotations

from copy import deepcopy

from mmengine.optim import (
    DefaultOptimWrapperConstructor,
    OptimWrapper,
    OptimWrapperDict,
)
from torch import nn

from ce_plugin.errors import InputError
from ce_plugin.models.losses.adversarial import generator_lr_factor
from ce_plugin.registry import OPTIM_WRAPPER_CONSTRUCTORS
from ce_plugin.unwrap import unwrap


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class ContextEncoderOptimWrapper:
    """Builds the optimizers that a :class:`ContextEncoder` needs.

    With a discriminator there are two wrappers, ``generator`` and ``discriminator``,
    both from the same config; its ``lr`` is the discriminator's, and the generator's is
    ``lr_factor`` times that. Without one there is a single, plain wrapper.

    Keys of ``optim_wrapper`` beyond mmengine's:

    - ``lr_factor``: a number, or 'released' (the default): the released code's rule, 10
      where 0 < reconstruction_weight < 1, else 1.
    - ``discriminator``: what differs for the discriminator, for example
      ``dict(optimizer=dict(lr=1e-4))``.

    Args:
        optim_wrapper_cfg: ``type``, ``optimizer``, ``accumulative_counts``,
            ``clip_grad`` and the two keys above.
        paramwise_cfg: See mmengine's default constructor.

    Raises:
        InputError: ``lr_factor`` is neither positive nor 'released'.

    Source: released code (train.lua: the generator learns 10 times as fast).
    """

    def __init__(
        self, optim_wrapper_cfg: dict, paramwise_cfg: dict | None = None
    ) -> None:
        cfg = deepcopy(dict(optim_wrapper_cfg))
        self.lr_factor = cfg.pop("lr_factor", "released")
        self.different = cfg.pop("discriminator", None) or {}
        named = self.lr_factor == "released"
        if not named and not (
            isinstance(self.lr_factor, int | float) and self.lr_factor > 0
        ):
            raise InputError(
                f"lr_factor is a positive number or 'released', not {self.lr_factor!r}"
            )
        self.cfg, self.paramwise_cfg = cfg, paramwise_cfg

    def _wrap(self, module: nn.Module, cfg: dict) -> OptimWrapper:
        return DefaultOptimWrapperConstructor(deepcopy(cfg), self.paramwise_cfg)(module)

    def __call__(self, model: nn.Module) -> OptimWrapper | OptimWrapperDict:
        model = unwrap(model)
        if getattr(model, "discriminator", None) is None:
            return self._wrap(model, self.cfg)

        parts = nn.ModuleDict(
            {
                name: unwrap(part)
                for name, part in model.named_children()
                if part in model.generator
            }
        )
        judge = unwrap(model.discriminator)

        theirs = deepcopy(self.cfg)
        optimizer = theirs["optimizer"] | self.different.get("optimizer", {})
        theirs |= self.different | dict(optimizer=optimizer)
        ours = deepcopy(self.cfg)
        factor = self.lr_factor
        if factor == "released":
            factor = generator_lr_factor(model.reconstruction_weight)
        ours["optimizer"]["lr"] = factor * self.cfg["optimizer"]["lr"]
        return OptimWrapperDict(
            generator=self._wrap(parts, ours), discriminator=self._wrap(judge, theirs)
        )
