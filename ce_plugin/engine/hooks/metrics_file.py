"""Writes the last figures of a run, for scripts."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

from mmengine.dist import master_only
from mmengine.hooks import Hook

from ce_plugin.files import write_atomic
from ce_plugin.registry import HOOKS


@HOOKS.register_module()
class MetricsFileHook(Hook):
    """Writes ``metrics.json`` into the work directory after each validation.

    It has ``iteration`` and ``metrics``; a figure that is not finite is null.
    """

    @master_only
    def after_val_epoch(self, runner, metrics: Mapping[str, float] | None = None):
        """Write the figures."""
        finite = {
            k: v if math.isfinite(v) else None for k, v in (metrics or {}).items()
        }
        record = {"iteration": runner.iter, "metrics": finite}
        path = Path(runner.work_dir, "metrics.json")
        write_atomic(path, json.dumps(record, indent=2) + "\n")
