"""A trained Context Encoder as a filler."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from ce_plugin.devices import device_of
from ce_plugin.errors import InputError
from ce_plugin.inpainting.blend import blend
from ce_plugin.inpainting.trained_holes import TrainedHoles
from ce_plugin.inpainting.windows import Window, cut, find_windows, paste
from ce_plugin.masks import MaskGenerator
from ce_plugin.masks.build import build_generator
from ce_plugin.masks.center_region import center_span
from ce_plugin.registry import FILLERS
from ce_plugin.structures import PretextSample
from ce_plugin.zoo import GENERATOR

from .base import Filler


@FILLERS.register_module()
class EncoderDecoder(Filler):
    """Fills holes with a Context Encoder's prediction.

    A network knows pictures of one size and holes like those of its training. Each hole
    is therefore cut out with a square around it that makes it look like these (see
    :func:`~ce_plugin.inpainting.windows.find_windows`), and what comes out is scaled
    back. A network trained on one fixed hole, as the released center networks, always
    sees that hole, whatever part of it is to be filled. Notes tell where a hole is
    unlike those of the training.

    Args:
        checkpoint: A training checkpoint, a run's folder, a converted file, a folder of
            ``save_pretrained``, or ``ce_plugin://NAME``. By default the generator that
            comes with the package.
        masks: Config of the mask generator of the training, where the file does not
            say it: by default then the released ones, the center with an overlap of 4
            in 128 pixels or noise regions.
        picture_size: Side of the network's pictures in pixels, where the file does not
            say it.
        strict: Holes unlike those of the training are an error.
        device: By default the first CUDA device, or the CPU.
        batch_size: Windows in one pass of the network.
        blend: Hide the seam, see :func:`~ce_plugin.inpainting.blend.blend`: prettier,
            and no longer what the network predicts.

    Raises:
        InputError: No such checkpoint, or none of a whole Context Encoder.

    Source: paper sections 3 and 5.1; the released code's demo for the center.
    """

    name = "encoder-decoder"

    def __init__(
        self,
        checkpoint: str | Path | None = None,
        masks: dict | MaskGenerator | None = None,
        picture_size: int | None = None,
        strict: bool = False,
        device: str | None = None,
        batch_size: int = 64,
        blend: bool = False,
    ) -> None:
        from ce_plugin.checkpoints.load.model import load_model
        from ce_plugin.checkpoints.programs.portable import draws_noise

        checkpoint = GENERATOR if checkpoint is None else checkpoint
        if batch_size < 1:
            raise InputError(f"batch_size is 1 or more, not {batch_size}")
        self.device = device_of(device)
        model, meta = load_model(checkpoint)
        if not hasattr(model, "window"):
            raise InputError(
                f"{checkpoint} is a {type(model).__name__}, which fills no holes; give "
                "a ContextEncoder"
            )
        self.checkpoint, self.strict, self.batch_size = checkpoint, strict, batch_size
        self.blend = blend
        size = picture_size or meta.get("picture_size")
        size = size or getattr(model.backbone, "input_size", None)
        if size is None:
            raise InputError(
                f"{checkpoint} does not say the size of its pictures; give picture_size"
            )
        masks = masks or meta.get("mask") or _released(model.window, size)
        if isinstance(masks, dict):
            masks = build_generator(masks)
        self.trained = TrainedHoles.measure(masks, size)
        self.model = model.to(self.device).eval()
        center = model.window == "center"
        self.painted = (center_span(size) if center else slice(0, size),) * 2
        self.draws = draws_noise(model)

    def paint(self, pictures, holes, rngs):
        size, fixed = self.trained.size, self.trained.fixed
        jobs: list[tuple[int, Window]] = []
        inputs, masks, seeds = [], [], []
        for i, (picture, hole) in enumerate(zip(pictures, holes)):
            for window in find_windows(hole, self.trained):
                if self.strict and window.notes:
                    raise InputError(
                        f"{window.notes[0]}; give a network trained on such holes, or "
                        "leave strict out"
                    )
                pixels, mask = cut(picture, hole, window, size)
                if fixed is not None:
                    # It has never seen a hole anywhere else.
                    other = mask & ~fixed
                    if other.any():
                        pixels = cv2.inpaint(
                            pixels, other.view(np.uint8), 3, cv2.INPAINT_TELEA
                        )
                    mask = fixed
                jobs.append((i, window))
                inputs.append(torch.from_numpy(pixels).permute(2, 0, 1))
                masks.append(torch.from_numpy(mask)[None])
                seeds.append(int(rngs[i].integers(2**63)))
        out = [picture.copy() for picture in pictures]
        predictions = self._predict(inputs, masks, seeds)
        for (i, window), pixels, prediction in zip(jobs, inputs, predictions):
            whole = pixels.permute(1, 2, 0).numpy().copy()
            whole[self.painted] = prediction
            paste(out[i], whole, self.painted, holes[i], window)
        if self.blend:
            for painted, picture, hole in zip(out, pictures, holes):
                painted[hole] = blend(picture, painted, hole)[hole]
        notes: list[dict[str, None]] = [{} for _ in pictures]
        for i, window in jobs:
            notes[i].update(dict.fromkeys(window.notes))
        return [(picture, tuple(said)) for picture, said in zip(out, notes)]

    @torch.inference_mode()
    def _predict(
        self,
        pictures: Sequence[Tensor],
        masks: Sequence[Tensor],
        seeds: Sequence[int],
    ) -> list[np.ndarray]:
        """(h, w, 3) uint8 of the painted part for each (3, S, S) uint8 picture."""
        found = []
        # What is drawn for one window must not depend on the others of the pass.
        count = 1 if self.draws else self.batch_size
        cuda = [self.device] if self.device.type == "cuda" else []
        for start in range(0, len(pictures), count):
            part = slice(start, start + count)
            sample = PretextSample(mask=torch.stack(masks[part]))
            data = dict(inputs=torch.stack(pictures[part]), data_samples=sample)
            with torch.random.fork_rng(cuda, enabled=self.draws):
                if self.draws:
                    torch.manual_seed(seeds[start])
                filled = self.model.test_step(data)
            for sample in filled:
                pixels = sample.prediction.mul(255).round().to(torch.uint8)
                found.append(pixels.permute(1, 2, 0).cpu().numpy())
        return found


def _released(window: str, size: int) -> dict:
    """The training holes of the released networks of this form."""
    if window == "center":
        return dict(type="ce_plugin.CenterRegion", overlap=size // 32)
    return dict(type="ce_plugin.RandomRegion", kind="noise")
