"""Exports the encoder at the end of a run."""

from __future__ import annotations

from pathlib import Path

from mmengine.dist import master_only
from mmengine.hooks import Hook
from torch import nn

from ce_plugin.checkpoints import encoder_meta, export_encoder, not_finite
from ce_plugin.errors import TrainingError
from ce_plugin.registry import HOOKS
from ce_plugin.unwrap import unwrap

from .guard import way_out


def meta_of_run(runner, iterations: int) -> dict:
    """The meta of a run's encoder; see :func:`~ce_plugin.checkpoints.encoder_meta`."""
    dataset = getattr(runner.train_dataloader, "dataset", None)
    data = getattr(dataset, "metainfo", {}).get("data", {})
    model = unwrap(runner.model)
    return encoder_meta(model, runner.cfg, data, iterations, runner.seed)


@HOOKS.register_module()
class EncoderExportHook(Hook):
    """Writes ``encoder.pth`` into the work directory after training.

    Args:
        filename: Name of the encoder's file.

    Raises:
        TrainingError: (after training) The encoder is not finite; nothing is written.
    """

    def __init__(self, filename: str = "encoder.pth") -> None:
        self.filename = filename

    @master_only
    def after_train(self, runner) -> None:
        path = Path(runner.work_dir, self.filename).resolve()
        backbone = unwrap(runner.model).backbone
        # Too late for the hook that looks at several losses in a row.
        _need_finite(unwrap(backbone), runner.work_dir)
        count = export_encoder(backbone, path, meta_of_run(runner, runner.iter))
        runner.logger.info(f"encoder: {count} tensors in {path}")


def _need_finite(encoder: nn.Module, work_dir: str) -> None:
    if bad := not_finite(encoder.state_dict()):
        raise TrainingError(
            f"the run has diverged in its last iterations: the encoder's {bad[0]} is "
            f"not finite, and no encoder is written; {way_out(work_dir)}"
        )
