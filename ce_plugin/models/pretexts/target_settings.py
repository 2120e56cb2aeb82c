"""How a pretext is told its targets: their settings, and vocabularies they share."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from ce_plugin.models.targets import BagOfWords, Target


def setting_of(given: Mapping | Target) -> dict:
    """The settings of a target, with its config or the target under ``target``."""
    if isinstance(given, Target):
        return dict(target=given)
    return dict(given) if "target" in given else dict(target=given)


def borrows(setting: Mapping) -> bool:
    """Whether a target asks for another one's vocabulary."""
    part = setting["target"]
    return isinstance(part, Mapping) and isinstance(part.get("words"), str)


def words_of(
    target: Target, targets: nn.ModuleDict, made: Mapping[str, Tensor]
) -> Tensor | None:
    """The words that a bag counts, where another target has found them already."""
    if not isinstance(target, BagOfWords):
        return None
    for name, other in targets.items():
        if other is target.words and name in made:
            return made[name]
    return None
