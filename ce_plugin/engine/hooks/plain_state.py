"""Checkpoints of any run as tensors and plain values."""

from __future__ import annotations

from mmengine.hooks import Hook

from ce_plugin.checkpoints import restore_history, to_plain
from ce_plugin.registry import HOOKS


@HOOKS.register_module()
class PlainStateHook(Hook):
    """Makes mmengine's checkpoints plain, so that a run can be resumed from them.

    mmengine 0.10.7 writes log buffers into them, which ``torch.load`` has refused to
    read back since PyTorch 2.6. This package's own checkpoints need no such help.
    """

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        checkpoint.update(to_plain(checkpoint))

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        if "message_hub" in checkpoint:
            restore_history(checkpoint["message_hub"])
