"""What each process of a run writes down about itself."""

from __future__ import annotations

import json
import os
import resource
import time
from pathlib import Path

from mmengine.dist import get_rank
from mmengine.hooks import Hook

from ce_plugin.registry import HOOKS


@HOOKS.register_module()
class ProcessFigures(Hook):
    """Time to the first batch, time of the iterations after it, greatest memory."""

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        if not hasattr(self, "began"):
            self.began, self.first = time.time(), runner.iter
        pause = float(os.environ.get("PAUSE", 0))
        time.sleep(pause)

    def after_train(self, runner) -> None:
        kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        said = dict(
            start=self.began - float(os.environ.get("STARTED", self.began)),
            iterations=runner.iter - self.first,
            seconds=time.time() - self.began,
            megabytes=kilobytes / 1024,
        )
        path = Path(runner.work_dir, f"process-{get_rank()}.json")
        path.write_text(json.dumps(said), encoding="utf-8")
