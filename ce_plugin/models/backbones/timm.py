"""Any timm model with features as an encoder."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.model import BaseModule
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS


@MODELS.register_module()
class TimmBackbone(BaseModule):
    """A timm model's feature maps, under timm's own parameter names.

    The wrapper leaves no trace in the state dict: a ResNet's keys are ``conv1.weight``
    and so on, which torchvision's, mmdet's and mmseg's ResNet read as well.

    Args:
        model_name: A name from ``timm.list_models()``.
        out_indices: Which of the model's feature levels to return; -1 is the last.
        pretrained: Weights that timm fetches (needs a network).
        norm: A transformer's final norm is kept and applied to every map. Without it
            maps come as the blocks leave them and the norm is no part of the network.
        init_cfg: mmengine initialisation; without it timm's own stands.
        **kwargs: Passed on to the model: ``img_size``, ``drop_path_rate``, ``channels``
            and whatever else it takes.

    Returns (forward):
        Tuple of maps (B, C, h, w), also for transformers.

    Raises:
        InputError: timm is missing, the model is unknown, or it has no features.

    Example:
        >>> TimmBackbone('resnet18').out_channels
        (512,)
    """

    # What the model takes only timm knows: a config's check leaves it to timm.
    passes_arguments_on = True

    def __init__(
        self,
        model_name: str,
        out_indices: Sequence[int] = (-1,),
        pretrained: bool = False,
        norm: bool = False,
        init_cfg: dict | None = None,
        **kwargs,
    ) -> None:
        super().__init__(init_cfg)
        try:
            import timm
        except ImportError as error:
            raise InputError("TimmBackbone needs timm: pip install timm") from error
        if not timm.is_model(model_name):
            import difflib

            near = difflib.get_close_matches(model_name, timm.list_models(), n=3)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise InputError(f"timm has no model {model_name!r}{hint}")

        try:
            levels = len(timm.create_model(model_name, **kwargs).feature_info)
            indices = tuple(range(levels)[i] for i in out_indices)
            kwargs |= dict(
                features_only=True, out_indices=indices, pretrained=pretrained
            )
            try:
                # The getter keeps the model in one piece and with it timm's names.
                getter = _normed_getter() if norm else "getter"
                net = timm.create_model(model_name, feature_cls=getter, **kwargs)
                self._prefix = "net.model."
            except (RuntimeError, AttributeError):
                if norm:
                    raise
                net = timm.create_model(model_name, **kwargs)
                self._prefix = "net."
        except IndexError as error:
            raise InputError(
                f"{model_name} has {levels} feature levels; out_indices asks for "
                f"{tuple(out_indices)}"
            ) from error
        except (RuntimeError, AttributeError, TypeError) as error:
            raise InputError(
                f"timm cannot build {model_name} with features: {error}"
            ) from error
        self.net, self.out_indices = net, indices
        self.out_channels = tuple(net.feature_info.channels())
        self.out_strides = tuple(net.feature_info.reduction())
        self._register_state_dict_hook(self._strip)
        self.register_load_state_dict_pre_hook(self._restore)

    @staticmethod
    def _strip(module: nn.Module, state: dict, prefix: str, _meta: dict) -> None:
        start = prefix + module._prefix
        for key in [k for k in state if k.startswith(start)]:
            state[prefix + key.removeprefix(start)] = state.pop(key)

    @staticmethod
    def _restore(module: nn.Module, state: dict, prefix: str, *_) -> None:
        start = prefix + module._prefix
        for key in [
            k for k in state if k.startswith(prefix) and not k.startswith(start)
        ]:
            state[start + key.removeprefix(prefix)] = state.pop(key)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.net(x))


def _normed_getter() -> type:
    """Timm's getter of maps with ``norm=True``, which its factory cannot be told."""
    from timm.models._features import FeatureGetterNet

    class NormedGetter(FeatureGetterNet):
        def __init__(self, model: nn.Module, **kwargs) -> None:
            super().__init__(model, norm=True, **kwargs)

    return NormedGetter
