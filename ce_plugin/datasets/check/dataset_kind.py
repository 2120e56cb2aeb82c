"""How a dataset reads its data, by its name, without importing its package."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field

from mmengine.registry import DATASETS

from ce_plugin.datasets.voc import VOC_CLASSES

_BASES = {"XMLDataset": "xml", "CocoDataset": "coco", "BaseSegDataset": "masks"}
_SETTINGS = (
    *("img_subdir", "ann_subdir", "img_suffix", "seg_map_suffix"),
    *("reduce_zero_label", "ignore_index"),
)


@dataclass(frozen=True)
class Kind:
    """How a dataset reads.

    Attributes:
        reads: 'xml', 'coco', 'masks', or None where it is not known.
        classes: The dataset's own class list, None where it has none or it is not
            known.
        defaults: Default values of the dataset's settings.
    """

    reads: str | None = None
    classes: tuple[str, ...] | None = None
    defaults: Mapping[str, object] = field(default_factory=dict)


def kind_of(name: str, scope: str = "") -> Kind:
    """The facts about the dataset ``name``.

    A class that has been registered speaks for itself, unless it reads in a way of its
    own. Of those that have not been, the plain ones and VOC's are known: this imports
    neither mmdet nor mmseg.

    Args:
        name: As in the config, with or without a scope.
        scope: The config's default scope.

    Example:
        >>> kind_of('mmdet.VOCDataset').reads, len(kind_of('PascalVOCDataset').classes)
        ('xml', 21)
    """
    prefix, _, name = name.rpartition(".")
    cls = _registered(name, prefix or scope)
    return _plain(name) if cls is None else _from_class(cls)


def _registered(name: str, scope: str) -> type | None:
    found = {}
    waiting = [DATASETS]
    while waiting:
        registry = waiting.pop()
        # Not registry.get, which imports what it has not found.
        if inspect.isclass(registry.module_dict.get(name)):
            found[registry.scope] = registry.module_dict[name]
        waiting.extend(registry.children.values())
    return found.get(scope) or next(iter(found.values()), None)


def _from_class(cls: type) -> Kind:
    bases = inspect.getmro(cls)
    base = next((b for b in bases if b.__name__ in _BASES), None)
    own = ("load_data_list", "parse_data_info")
    if base is None or any(
        getattr(cls, name, None) is not getattr(base, name, None) for name in own
    ):
        return Kind()
    classes = getattr(cls, "METAINFO", {}).get("classes")
    defaults: dict[str, object] = {}
    for each in bases:
        if "__init__" in each.__dict__:
            for key, value in inspect.signature(each.__init__).parameters.items():
                if key in _SETTINGS and value.default is not value.empty:
                    defaults.setdefault(key, value.default)
    return Kind(_BASES[base.__name__], tuple(classes) if classes else None, defaults)


def _plain(name: str) -> Kind:
    if name in ("XMLDataset", "VOCDataset"):
        return Kind("xml", VOC_CLASSES if name == "VOCDataset" else None)
    if name == "CocoDataset":
        return Kind("coco", _coco_classes())
    if name == "BaseSegDataset":
        return Kind("masks")
    if name == "PascalVOCDataset":
        return Kind("masks", ("background", *VOC_CLASSES))
    return Kind()


def _coco_classes() -> tuple[str, ...]:
    from torchvision.models.detection import FasterRCNN_ResNet50_FPN_Weights

    names = FasterRCNN_ResNet50_FPN_Weights.COCO_V1.meta["categories"]
    return tuple(n for n in names if n not in ("__background__", "N/A"))
