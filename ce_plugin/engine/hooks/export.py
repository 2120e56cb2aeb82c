"""Hands the encoder on at the end of a run."""

from __future__ import annotations

from pathlib import Path

from mmengine.dist import master_only
from mmengine.hooks import Hook

from ce_plugin.checkpoints import encoder_meta, export_encoder
from ce_plugin.registry import HOOKS
from ce_plugin.unwrap import unwrap


@HOOKS.register_module()
class EncoderExportHook(Hook):
    """Writes ``encoder.pth`` into the work directory after training.

    Args:
        filename: Its name.
    """

    def __init__(self, filename: str = "encoder.pth") -> None:
        self.filename = filename

    @master_only
    def after_train(self, runner) -> None:
        model = unwrap(runner.model)
        data = getattr(runner.train_dataloader.dataset, "metainfo", {}).get("data", {})
        meta = encoder_meta(model, runner.cfg, data, runner.iter, runner.seed)
        path = Path(runner.work_dir, self.filename).resolve()
        count = export_encoder(model.backbone, path, meta)
        runner.logger.info(f"encoder: {count} tensors in {path}")
