"""Target prediction: what stands in the hidden cells of a picture?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext

import torch
from torch import Tensor, nn

from ce_plugin.errors import InputError
from ce_plugin.models.heads import CellHead, WholeHead
from ce_plugin.models.losses import NTXentLoss
from ce_plugin.models.remask import remasked, stages_of
from ce_plugin.models.sync_norm import synchronize_norms
from ce_plugin.models.targets import Target
from ce_plugin.models.targets.base import build_target
from ce_plugin.models.targets.compare import cell_weights
from ce_plugin.registry import MODELS
from ce_plugin.structures import PretextSample

from .base import Pretext, in_float32
from .target_settings import borrows, setting_of, words_of

REGIONS = ("hole", "visible", "all")


@MODELS.register_module()
class TargetPrediction(Pretext):
    """Predicts targets of the cells that a picture hides: words, HOG, features.

    No decoder of pixels: each target has a head of two linear maps on one of the
    encoder's maps. Without a mask in the data there is no hole, and all cells are
    predicted from what is seen, which is distillation of the target.

    Args:
        backbone: The encoder.
        targets: By name: a :class:`Target` or its config, or a dict with ``target``
            (either), ``stage`` (which of the encoder's maps; -1 is the last),
            ``weight`` (of its loss) and ``region`` (which cells count: 'hole',
            'visible' or 'all'). Pictures show the first one by name.
        hidden_channels: Inside the heads.
        holes_from: Share of the training without holes, its first; all cells count.
        halves: Each picture is also seen with the other part hidden; both predict what
            the other sees. Masks of half the picture give disjoint halves.
        match: None, or a dict with ``weight`` and ``temperature`` of InfoNCE between
            the embeddings of the two halves, or of part and whole without ``halves``.
            It needs holes from the first step on.
        remask: Every stage's map is emptied where the hole is.
        sync_norm: Batch norms take their statistics over all processes.
        data_preprocessor: Config of the :class:`InpaintingPreprocessor`.

    Raises:
        InputError: No target, an unknown region or stage, a number out of range, or a
            cell that does not fit the map.

    Source: words of hidden parts: Gidaris et al. 2020 (bags), Hsu et al. 2021 (HuBERT);
    HOG of hidden cells: Wei et al. 2022 (MaskFeat); halves that are matched: El-Nouby
    et al. 2021 (SplitMask); re-masking: Tian et al. 2023 (SparK).
    """

    default_preprocessor = "ce_plugin.InpaintingPreprocessor"

    def __init__(
        self,
        backbone: dict | nn.Module,
        targets: Mapping[str, dict | Target],
        hidden_channels: int = 64,
        holes_from: float = 0.0,
        halves: bool = False,
        match: Mapping[str, float] | None = None,
        remask: bool = False,
        sync_norm: bool = False,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg)
        if not targets:
            raise InputError("TargetPrediction needs a target")
        if not 0 <= holes_from <= 1:
            raise InputError(f"TargetPrediction: holes_from: 0 to 1, not {holes_from}")
        self.holes_from, self.halves, self.remask = holes_from, halves, remask
        if remask:
            stages_of(self.backbone)
        self.targets, self.heads = nn.ModuleDict(), nn.ModuleDict()
        self.settings: dict[str, tuple[int, float, str]] = {}
        settings = {name: setting_of(given) for name, given in targets.items()}
        # By name, as the keys of a dumped config are: an optimizer's state goes by the
        # order of the weights. What borrows from another target comes behind it.
        for name in sorted(settings, key=lambda name: (borrows(settings[name]), name)):
            self._add(name, settings[name], hidden_channels)
        self.shown = min(targets)
        self.projector, self.criterion = None, None
        usual = dict(weight=0.25, temperature=0.2)
        if unknown := set(match or {}) - set(usual):
            raise InputError(
                f"TargetPrediction: match takes {' and '.join(usual)}, not "
                f"{', '.join(sorted(unknown))}"
            )
        setting = usual | dict(match or {})
        self.match_weight = setting["weight"]
        if match is not None:
            channels = self.features.out_channels[-1]
            self.projector = WholeHead(channels, 128, hidden_channels)
            self.criterion = NTXentLoss(setting["temperature"], gather=True)
        if sync_norm:
            synchronize_norms(self)

    def _add(self, name: str, setting: dict, hidden: int) -> None:
        unknown = set(setting) - {"target", "stage", "weight", "region"}
        region, stage = setting.get("region", "hole"), setting.get("stage", -1)
        contract = self.features
        if unknown or region not in REGIONS:
            raise InputError(
                f"TargetPrediction: targets.{name} takes target, stage, weight and "
                f"region ({', '.join(REGIONS)}), not "
                f"{', '.join(sorted(unknown)) or repr(region)}"
            )
        if not -len(contract.out_channels) <= stage < len(contract.out_channels):
            raise InputError(
                f"TargetPrediction: targets.{name}: the encoder returns "
                f"{len(contract.out_channels)} maps, there is no stage {stage}; set "
                "model.backbone.out_indices"
            )
        part = setting["target"]
        if borrows(setting):
            part = dict(part, words=self._vocabulary(name, part["words"]))
        target = build_target(part, f"TargetPrediction: targets.{name}")
        target.attach(self.backbone, self.data_preprocessor)
        channels = contract.out_channels[stage]
        if target.cell is None:
            head = WholeHead(channels, target.channels, hidden)
        else:
            stride = contract.out_strides[stage]
            head = CellHead(channels, target.channels, stride, target.cell, hidden)
        self.targets[name], self.heads[name] = target, head
        self.settings[name] = (stage, float(setting.get("weight", 1.0)), region)

    def _vocabulary(self, name: str, shared: str) -> nn.Module:
        if shared not in self.targets:
            raise InputError(
                f"TargetPrediction: targets.{name}.words names {shared!r}, which is no "
                "target with words"
            )
        return self.targets[shared]

    def init_weights(self) -> None:
        """Initialises; targets that follow the encoder start from its weights."""
        super().init_weights()
        for target in self.targets.values():
            target.restart(self.backbone)

    def fit(self, pictures: Sequence[Tensor], seed: int) -> None:
        """Fits the targets to pictures (B, 3, H, W) as the preprocessor gives them."""
        unit = [self.data_preprocessor.to_unit(batch) for batch in pictures]
        for target in self.targets.values():
            if not target.ready:
                target.fit(unit, seed)

    def schedule(self) -> dict[str, float]:
        """The momenta of targets that follow the encoder, by the targets' names."""
        momenta = {
            name: target.momentum_at(self.progress)
            for name, target in self.targets.items()
        }
        return {name: value for name, value in momenta.items() if value is not None}

    def phase(self) -> tuple:
        """Whether the time of the holes has come."""
        return (self.progress >= self.holes_from,)

    @property
    def ready(self) -> bool:
        """Whether every target can describe pictures."""
        return all(target.ready for target in self.targets.values())

    def has_holes(self, data_samples: PretextSample | None) -> bool:
        """Whether pictures have holes, and training has reached ``holes_from``."""
        if data_samples is None or "mask" not in data_samples:
            return False
        return not self.training or self.progress >= self.holes_from

    def parts(
        self, inputs: Tensor, data_samples: PretextSample | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The pictures with holes, the whole pictures, and the holes.

        Returns:
            (B or 2B, 3, H, W), (B, 3, H, W) and (B or 2B, 1, H, W) bool.
        """
        if not self.has_holes(data_samples):
            cut = data_samples is not None and "mask" in data_samples
            whole = data_samples.target if cut else inputs
            return whole, whole, torch.zeros_like(whole[:, :1], dtype=torch.bool)
        whole, mask = data_samples.target, data_samples.mask
        if not (self.halves and self.training):
            return inputs, whole, mask
        other = self.data_preprocessor.cut(whole, ~mask, data_samples)
        return torch.cat([inputs, other]), whole, torch.cat([mask, ~mask])

    def look(self, seen: Tensor, mask: Tensor) -> tuple[Tensor, ...]:
        """The encoder's maps of pictures (B, 3, H, W) with holes (B, 1, H, W)."""
        with remasked(self.backbone, mask) if self.remask else nullcontext():
            return self.extract_feat(seen)

    def loss(
        self, inputs: Tensor, data_samples: PretextSample | None = None
    ) -> dict[str, Tensor]:
        """The weighted losses of all targets.

        Returns:
            ``loss_<name>`` for each, and ``loss_match`` where parts are matched.
        """
        seen, whole, mask = self.parts(inputs, data_samples)
        maps = self.look(seen, mask)
        # Nothing is hidden from a picture without holes: all that is seen counts.
        holes, losses = self.has_holes(data_samples), {}
        with in_float32(whole) as (pictures,):
            described = self.describe(self.data_preprocessor.to_unit(pictures))
        for name, target in self.targets.items():
            stage, weight, region = self.settings[name]
            raw = self.heads[name](maps[stage])
            with in_float32(raw) as (prediction,):
                truth = described[name]
                if len(prediction) > len(truth):
                    truth = torch.cat([truth, truth])
                counted = cell_weights(mask, target.cell, region if holes else "all")
                if target.cell:
                    self._need_one_grid(name, pictures, raw, truth, counted)
                value = target.compare(prediction, truth, counted)
            losses[f"loss_{name}"] = weight * value
        if self.projector is not None:
            losses["loss_match"] = self.match_weight * self._match(maps, whole, holes)
        return losses

    def _need_one_grid(self, name: str, pictures: Tensor, *maps: Tensor) -> None:
        """Raises unless prediction, truth and weights have as many rows and columns."""
        if len({values.shape[-2:] for values in maps}) > 1:
            stride = self.features.out_strides[self.settings[name][0]]
            height, width = pictures.shape[-2:]
            raise InputError(
                f"TargetPrediction: pictures of {width}x{height} px have other cells "
                f"for targets.{name} than the encoder's map; take crops whose sides "
                f"are multiples of {max(stride, self.targets[name].cell)} px"
            )

    def describe(self, pictures: Tensor) -> dict[str, Tensor]:
        """Every target of whole pictures (B, 3, H, W) in [0, 1], by name."""
        made: dict[str, Tensor] = {}
        followers = self.schedule() if self.training and self.stepped else {}
        for name, target in self.targets.items():
            target.check_ready()
            if name in followers:
                target.follow(self.backbone, self.scheduled(name))
            elif self.training and self.stepped and target.follows_by_progress:
                target.follow(self.backbone, self.progress)
            known = words_of(target, self.targets, made)
            made[name] = target(pictures) if known is None else target.count(known)
        return made

    def _match(self, maps: Sequence[Tensor], whole: Tensor, holes: bool) -> Tensor:
        if not holes:
            raise InputError("TargetPrediction: match needs masks, and no holes_from")
        own = maps[-1]
        if len(own) == len(whole):
            own = torch.cat([own, self.extract_feat(whole)[-1]])
        with in_float32(self.projector(own)) as (projected,):
            return self.criterion(*projected.chunk(2))

    @torch.no_grad()
    def predict(
        self, inputs: Tensor, data_samples: PretextSample | None = None
    ) -> list[PretextSample]:
        """The prediction of the target that is shown, as pictures.

        Returns:
            For each picture a sample with, in [0, 1] and RGB, ``input`` (hole filled),
            ``prediction`` (what the target shows of it), ``composite`` (the prediction
            in the hole, the picture elsewhere) and ``target``, all (3, H, W), and
            ``mask`` (1, H, W).
        """
        seen, whole, mask = self.parts(inputs, data_samples)
        name = self.shown
        raw = self.heads[name](self.look(seen, mask)[self.settings[name][0]])
        unit = self.data_preprocessor.to_unit
        target = unit(whole)
        with in_float32(raw) as (prediction,):
            shown = self.targets[name].show(prediction, tuple(whole.shape[-2:]))
        shown = shown.clamp(0, 1).to(target.dtype)
        batch = PretextSample() if data_samples is None else data_samples.new()
        batch.set_data(
            dict(
                input=unit(seen),
                prediction=shown,
                composite=torch.where(mask, shown, target),
                target=target,
                mask=mask,
            )
        )
        return batch.unstack()
