"""Exports the encoder at the end of a run."""

from __future__ import annotations

from pathlib import Path

from mmengine.dist import master_only
from mmengine.hooks import Hook

from ce_plugin.checkpoints import encoder_meta, export_encoder
from ce_plugin.registry import HOOKS
from ce_plugin.unwrap import unwrap


def meta_of_run(runner) -> dict:
    """The meta of a run's encoder; see :func:`~ce_plugin.checkpoints.encoder_meta`."""
    dataset = getattr(runner.train_dataloader, "dataset", None)
    data = getattr(dataset, "metainfo", {}).get("data", {})
    model = unwrap(runner.model)
    return encoder_meta(model, runner.cfg, data, runner.iter, runner.seed)


@HOOKS.register_module()
class EncoderExportHook(Hook):
    """Writes ``encoder.pth`` into the work directory after training.

    Args:
        filename: Name of the encoder's file.
    """

    def __init__(self, filename: str = "encoder.pth") -> None:
        self.filename = filename

    @master_only
    def after_train(self, runner) -> None:
        path = Path(runner.work_dir, self.filename).resolve()
        count = export_encoder(unwrap(runner.model).backbone, path, meta_of_run(runner))
        runner.logger.info(f"encoder: {count} tensors in {path}")
