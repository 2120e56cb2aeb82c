"""Looks at the data of an mmdet or mmseg run before anything is built."""

from __future__ import annotations

import difflib
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from mmengine.utils import is_abs

from ce_plugin.errors import InputError

from . import check_coco_file, check_segmentation_list, check_voc_list
from .dataset_kind import Kind, kind_of
from .lists import list_names, need
from .report import some

LOADERS = ("train_dataloader", "val_dataloader", "test_dataloader")
# A larger file takes longer to read than a check may.
MOST_JSON = 100 * 2**20


def check_downstream(cfg: Mapping, loaders: Sequence[str] = LOADERS) -> list[str]:
    """Raises where a run's data, its class lists and its heads do not fit together.

    Looks at XML lists, COCO files and folders of masks, also inside of wrappers; of
    datasets of another kind, at their folder only. Data that is not in a local folder,
    and COCO files of more than 100 MiB, are left alone. Of masks, at most 2000 are
    looked into.

    Args:
        cfg: The run's config.
        loaders: Which of its loaders are used.

    Returns:
        What was looked at, a line for each dataset.

    Raises:
        InputError: A folder, list, picture, annotation or mask is missing, a split is
            empty, a class list is not that of the data or of the model's heads, or
            masks have unknown labels. The message begins with the place in the config.
    """
    heads = dict(model_heads(cfg.get("model") or {}))
    scope = cfg.get("default_scope") or ""
    seen: set[str] = set()
    notes = []
    for loader in loaders:
        part = cfg.get(loader)
        if not isinstance(part, Mapping) or not part.get("dataset"):
            continue
        lists: dict[tuple, tuple[str, Counter, bool]] = {}
        for where, dataset in _datasets(part["dataset"], f"{loader}.dataset"):
            # The test loader is the validation's more often than not.
            key = repr({k: v for k, v in dataset.items() if k != "pipeline"})
            if key in seen or not isinstance(dataset.get("type"), str | type):
                continue
            seen.add(key)
            try:
                look = _Dataset(dataset, heads, scope)
                found = look.check()
                notes.append(f"{where}: {look.note}")
            except InputError as error:
                raise InputError(f"{where}: {error}") from error
            if found is not None and look.classes:
                group = (where, Counter(), look.own_list)
                lists.setdefault(look.classes, group)[1].update(found)
        for classes, (where, found, own_list) in lists.items():
            training = loader == "train_dataloader"
            problem = _wrong_list(classes, found, own_list, training)
            if problem:
                raise InputError(f"{where}: a wrong class list: {problem}")
    return notes


class _Dataset:
    """One dataset of a config; its paths joined as mmengine joins them."""

    def __init__(self, cfg: Mapping, heads: Mapping[str, Mapping], scope: str) -> None:
        name = cfg["type"] if isinstance(cfg["type"], str) else cfg["type"].__name__
        self.cfg, self.heads, self.kind = cfg, heads, kind_of(name, scope)
        self.root = cfg.get("data_root") or ""
        self.prefix = cfg.get("data_prefix") or {}
        self.own_list = (cfg.get("metainfo") or {}).get("classes") is not None
        self.classes = _class_list(cfg, self.kind)
        self.note = "left alone"

    def check(self) -> Counter[str] | None:
        """Returns how often each class occurs, None where that is not known."""
        backend = (self.cfg.get("backend_args") or {}).get("backend", "local")
        paths = [self.root, self.cfg.get("ann_file") or "", *self.prefix.values()]
        remote = any("://" in path for path in paths if isinstance(path, str))
        if remote or backend not in ("local", "LocalBackend"):
            return None
        if self.kind.reads is None:
            return None
        if self.root:
            need(self.root, "data folder", "data_root", folder=True)
        if self.classes is not None:
            self._heads_fit()
        reads = {"xml": self._xml, "coco": self._coco, "masks": self._masks}
        return reads[self.kind.reads]()

    def _join(self, path: str) -> str:
        return path if is_abs(path) else os.path.join(self.root, path)

    def _get(self, key: str, default: object) -> object:
        return self.cfg.get(key, self.kind.defaults.get(key, default))

    def _heads_fit(self) -> None:
        for where, head in self.heads.items():
            if head["num_classes"] != len(self.classes):
                source = "its metainfo" if self.own_list else "its type"
                raise InputError(
                    f"{len(self.classes)} classes by {source} ({some(self.classes)}), "
                    f"but {where}.num_classes is {head['num_classes']}; set "
                    f"{where}.num_classes={len(self.classes)} or metainfo.classes"
                )

    def _xml(self) -> Counter[str]:
        if self.classes is None:
            raise InputError("no class list; set metainfo=dict(classes=(...))")
        found = check_voc_list(
            self._join(self.cfg.get("ann_file") or ""),
            self._join(self.prefix.get("sub_data_root", "")),
            self._get("img_subdir", "JPEGImages"),
            self._get("ann_subdir", "Annotations"),
        )
        self.note = f"{sum(found.values())} objects of {len(found)} classes"
        return found

    def _coco(self) -> Counter[str] | None:
        path = self._join(self.cfg.get("ann_file") or "")
        need(path, "annotation file", "ann_file and data_root")
        if os.path.getsize(path) > MOST_JSON:
            self.note = "a large file, left alone"
            return None
        found = check_coco_file(path, self._join(self.prefix.get("img", "")))
        strange = [name for name in self.classes or () if name not in found]
        if strange:
            # mmdet passes over the name and gives its label to the next class.
            raise InputError(
                f"a wrong class list: no {strange[0]!r} among the {len(found)} "
                f"categories of {path}{_near(strange[0], list(found))}"
            )
        self.note = f"{sum(found.values())} objects of {len(found)} categories"
        return found

    def _masks(self) -> None:
        folder = self.prefix.get("seg_map_path")
        segmentors = [h for w, h in self.heads.items() if "decode_head" in w]
        number = segmentors[0]["num_classes"] if segmentors else None
        ignore = self._get("ignore_index", 255)
        if segmentors:
            # What the loss leaves out is the head's; the dataset only notes its own.
            ignore = segmentors[0].get("ignore_index", 255)
        own = self.kind.classes
        if own and self.own_list:
            strange = [name for name in self.classes if name not in own]
            if strange:
                raise InputError(
                    f"a wrong class list: no {strange[0]!r} among the "
                    f"{len(own)} of {self.cfg['type']}{_near(strange[0], own)}"
                )
        if self.classes:
            # Labels of classes that are left out become 255 on loading.
            number = len(own if own else self.classes)
        ann_file = self.cfg.get("ann_file")
        self.note = check_segmentation_list(
            self._join(ann_file) if ann_file else None,
            self._join(self.prefix.get("img_path") or ""),
            None if folder is None else self._join(folder),
            self._get("img_suffix", ".jpg"),
            self._get("seg_map_suffix", ".png"),
            number,
            255 if ignore is None else ignore,
            bool(self._get("reduce_zero_label", False)),
        )


def _datasets(part: object, where: str) -> Iterator[tuple[str, Mapping]]:
    """The datasets inside of wrappers, with their places."""
    if isinstance(part, Mapping):
        inner = [key for key in ("dataset", "datasets") if part.get(key)]
        if not inner:
            yield where, part
        for key in inner:
            yield from _datasets(part[key], f"{where}.{key}")
    elif isinstance(part, list | tuple):
        for i, item in enumerate(part):
            yield from _datasets(item, f"{where}.{i}")


def model_heads(part: object, where: str = "model") -> Iterator[tuple[str, Mapping]]:
    """The parts of a model that tell the dataset's classes apart."""
    if isinstance(part, list | tuple):
        for i, item in enumerate(part):
            yield from model_heads(item, f"{where}.{i}")
        return
    if not isinstance(part, Mapping):
        return
    inside = [name for name in where.split(".") if name.endswith("_head")]
    # These tell objects from background, stuff, or edges, not the dataset's classes.
    others = {"rpn_head", "semantic_head", "panoptic_head"}
    edges = str(part.get("type", "")).endswith("STDCHead")
    if inside and not others & set(inside) and not edges and "num_classes" in part:
        yield where, part
    for key, item in part.items():
        yield from model_heads(item, f"{where}.{key}")


def _class_list(cfg: Mapping, kind: Kind) -> tuple[str, ...] | None:
    given = (cfg.get("metainfo") or {}).get("classes")
    if given is None:
        return kind.classes
    if isinstance(given, str):
        if not os.path.isfile(given):
            raise InputError(
                f"metainfo.classes is the text {given!r}, neither a list of names "
                f"nor a file of them; for one class write ({given!r},)"
            )
        given = list_names(given)
    doubles = [name for name, n in Counter(given).items() if n > 1]
    if doubles:
        raise InputError(f"a wrong class list: {some(doubles)} more than once")
    return tuple(given)


def _wrong_list(
    classes: Sequence[str], found: Counter[str], own_list: bool, training: bool
) -> str | None:
    """What is wrong with ``classes`` for data where ``found`` occurs, or None.

    A class without an object is no fault of the list as long as it leaves no class of
    the data out; leaving some out is a choice if the user's list says so and all that
    is on it occurs.
    """
    others = sorted(name for name in found if name not in classes)
    if not others:
        return None
    if not any(found[name] for name in classes):
        return (
            f"none of its {len(classes)} names ({some(classes)}) occurs; the data has "
            f"{some(others, 5)}; set metainfo.classes"
        )
    absent = [name for name in classes if name not in found]
    if own_list and absent and training:
        return f"{absent[0]!r} occurs in no annotation{_near(absent[0], others)}"
    if not own_list and training:
        return (
            f"the data has {some(others, 5)}, not on the list of the dataset's type; "
            "set metainfo.classes"
        )
    return None


def _near(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are: {some(known, 5)}"
