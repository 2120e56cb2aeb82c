"""The key of a run: a hash of everything that its figure depends on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ce_plugin.files import sha256

from ..results.provenance import run_key
from ..results.store import Store
from ..suite import CALIBRATION, Method, Minutes, Suite
from . import pretraining
from .jobs import Job, reason

DRY_ITERATIONS = 2
_CALIBRATED = ("ratio", "reference", "setup")


def timed_as(method: Method) -> str:
    """Name of the method whose calibration gives this one's number of iterations."""
    return method.timed_as or method.name


class Keys:
    """Keys and configs of a suite's runs.

    Args:
        suite: The suite.
        prints: Fingerprints of its data, by entry.
        store: Its results, which hold the calibrations.
        dry: Two iterations of everything.
    """

    def __init__(
        self, suite: Suite, prints: Mapping[str, str], store: Store, dry: bool = False
    ) -> None:
        self.suite, self.prints, self.store, self.dry = suite, prints, store, dry
        self._known: dict[tuple, str] = {}
        self._calibrations: dict[str, dict[str, float]] = {}
        self._calibration_keys: dict[str, str] = {}

    def of(self, job: Job) -> str | None:
        """The key of a run; None where its budget is not known yet.

        It is None as well where a config cannot be built; the job's ``error`` then
        says why.
        """
        at = (job.method.name, job.seed, job.name)
        if at not in self._known:
            try:
                key = self._find(job)
            except Exception as error:
                job.error, key = reason(error), None
            if key is None:
                return None
            self._known[at] = key
        return self._known[at]

    def _find(self, job: Job) -> str | None:
        config = self.config_of(job)
        if config is None:
            return None
        if not job.task:
            data = self.prints.get(job.method.data)
            return run_key(config=config, data=data, dry=self.dry)
        before = self.of(job.needs) if job.needs else "none"
        prints = {name: self.prints[name] for name in job.task.needs}
        return before and run_key(
            config=config, data=prints, encoder=before, seed=job.seed
        )

    def config_of(self, job: Job) -> dict[str, Any] | None:
        """What a run does, as plain values without this machine's paths.

        None where the budget of a pretraining run is not known yet.
        """
        method = job.method
        if job.task:
            if method.kind == "filler":
                return dict(**job.task.config, filler=dict(method.changes))
            return job.task.config
        if method.config is None:
            encoder = self.suite.encoder_of(method)
            made = dict(kind=method.kind, encoder=encoder, seed=job.seed)
            weights = method.changes.get("weights")
            if method.kind == "weights" and weights and Path(weights).is_file():
                # Other weights in a file of the same name are another run.
                made["sha256"] = sha256(weights)
            return made | dict(method.changes)
        cfg = self.training_config(job, f"<{method.data}>")
        return None if cfg is None else cfg.to_dict()

    def training_config(self, job: Job, data: str) -> Config | None:
        """The config of a pretraining run; None before its budget is known."""
        steps: int | None = DRY_ITERATIONS
        if not self.dry:
            known = None
            if isinstance(self.suite.budget, Minutes):
                known = self.calibrations().get(timed_as(job.method))
                if known is None:
                    return None
            steps = pretraining.iterations(self.suite, known, job.method.minutes)
        cfg = pretraining.build_config(self.suite, job.method, data, job.seed, steps)
        return pretraining.read_in_process(cfg) if self.dry else cfg

    def calibrations(self) -> dict[str, dict[str, float]]:
        """Ratio, reference and, where it is known, setup, by method.

        Of those that hold. What has been used once stays for the whole start, whatever
        another one stores meanwhile: keys are made of it.
        """
        for _, found in self.store.records():
            name = found["method"]
            if found["task"] != CALIBRATION or name in self._calibrations:
                continue
            if self.calibration_holds(found):
                known = {k: found[k] for k in _CALIBRATED if k in found}
                self._calibrations[name] = known
        return self._calibrations

    def calibration_holds(self, found: Mapping[str, Any]) -> bool:
        """Whether a stored calibration is of the config that its method has now.

        Those that earlier versions stored say nothing of theirs, and hold.
        """
        return found.get("key") in (None, self.calibration_key(found["method"]))

    def calibration_key(self, name: str) -> str | None:
        """A hash of what the calibration under a method's name depends on.

        None where the suite has no such method.
        """
        if name not in self._calibration_keys:
            rows = (m for m in self.suite.methods if m.config and timed_as(m) == name)
            method = next(rows, None)
            if method is None:
                return None
            cfg = pretraining.calibration_config(self.suite, method, "<data>")
            key = run_key(config=cfg.to_dict())
            self._calibration_keys[name] = key
        return self._calibration_keys[name]
