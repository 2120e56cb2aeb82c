"""What a suite has to run, in which order, and what is done already."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ce_plugin.checkpoints import last_checkpoint, read_weights
from ce_plugin.errors import InputError
from ce_plugin.files import write_atomic

from . import pretraining
from .old_results import CALIBRATION
from .processes import Processes, Spent
from .results import (
    PRETRAINING,
    environment,
    fingerprint,
    run_key,
)
from .store import results_of
from .suite import Method, Minutes, Run, Suite, Task

ENCODER = "encoder.pth"
DRY_ITERATIONS = 2
DRY_BATCH = 4
DRY_CODEBOOK = dict(images=4, words=4)
DRY_FLOOR = dict(images=4, batch_size=4, iterations=0, draws=1, size=64)


_CALIBRATED = ("ratio", "reference", "setup")


def _timed_as(method: Method) -> str:
    return method.timed_as or method.name


@dataclass
class Job:
    """A pretraining run, or a task from the encoder that ``needs`` makes."""

    method: Method
    seed: int
    task: Task | None = None
    needs: Job | None = None
    done: bool = False
    error: str | None = None

    @property
    def name(self) -> str:
        """As results call it."""
        return self.task.name if self.task else PRETRAINING

    def __str__(self) -> str:
        return f"{self.method.name} seed {self.seed}: {self.name}"


@dataclass
class Bench:
    """A suite on this machine: its data, where it works, where results go.

    Args:
        suite: The suite.
        data_root: Of its data.
        work: For encoders and logs; what is there is used again.
        results: Folder of all suites' results.
        dry: Two iterations of everything.
        device: 'cpu' or 'cuda'.
    """

    suite: Suite
    data_root: Path
    work: Path
    results: Path
    dry: bool = False
    device: str = "cpu"
    processes: Processes = field(default_factory=Processes)

    def __post_init__(self) -> None:
        if self.dry:
            self.suite = replace(self.suite, batch_size=DRY_BATCH)
        entries = self.suite.data.items()
        self.data = {name: str(at(self.data_root, self.work)) for name, at in entries}
        for path in self.data.values():
            if not Path(path).exists():
                raise InputError(
                    f"{self.suite.name} looks for {path}; --data-root is the folder "
                    "that its file names"
                )
        self.prints = {name: fingerprint(path) for name, path in self.data.items()}
        self.environment = environment()
        self.store = results_of(self.suite.name, self.results)
        self._keys: dict[tuple, str] = {}

    def jobs(
        self, methods: Sequence[Method], tasks: Sequence[Task], seeds: Sequence[int]
    ) -> list[Job]:
        """All jobs, seed by seed, so that an unfinished table has whole seeds."""
        found = []
        for seed in seeds:
            for method in methods:
                if seed not in self.suite.seeds_of(method, seeds):
                    continue
                first = Job(method, seed)
                found.append(first)
                found += [
                    Job(method, seed, task, first)
                    for task in tasks
                    if not self.suite.reason_against(method, task)
                ]
        for job in found:
            result = self.result_of(job)
            job.done = bool(result) and result["status"] == "done"
        for job in found:
            # An encoder is only made anew for a task that still wants it.
            wanted = any(j.needs is job and not j.done for j in found)
            if not job.task and wanted and not self._has_encoder(job):
                job.done = False
        return found

    def result_of(self, job: Job) -> dict[str, Any] | None:
        """The result that still holds for ``job``."""
        result = self.store.get(method=job.method.name, task=job.name, seed=job.seed)
        key = self.key_of(job)
        return result if result and key and result["key"] == key else None

    def key_of(self, job: Job) -> str | None:
        """The key of ``job``; None where its budget is not known yet.

        Also where there is no config to be had: the job's ``error`` then says why.
        """
        at = (job.method.name, job.seed, job.name)
        if at not in self._keys:
            try:
                key = self._find_key(job)
            except Exception as error:
                job.error, key = f"{error}", None
            if key is None:
                return None
            self._keys[at] = key
        return self._keys[at]

    def _find_key(self, job: Job) -> str | None:
        config = self.config_of(job)
        if config is None:
            return None
        if job.task:
            prints = {name: self.prints[name] for name in job.task.needs}
            before = self.key_of(job.needs)
            return before and run_key(
                config=config, data=prints, encoder=before, seed=job.seed
            )
        data = self.prints.get(job.method.data)
        return run_key(config=config, data=data, dry=self.dry)

    def config_of(self, job: Job) -> dict[str, Any] | None:
        """Plain values that say what ``job`` does, without this machine's paths."""
        if job.task:
            return job.task.config
        if job.method.config is None:
            return dict(
                kind=job.method.kind,
                encoder=dict(self.suite.encoder),
                seed=job.seed,
                **job.method.changes,
            )
        cfg = self.training_config(job, f"<{job.method.data}>")
        return None if cfg is None else cfg.to_dict()

    def training_config(self, job: Job, data: str) -> Config | None:
        """The config of a pretraining run, or None before its budget is known."""
        steps = DRY_ITERATIONS
        if not self.dry:
            known = None
            if isinstance(self.suite.budget, Minutes):
                known = self.calibration().get(_timed_as(job.method))
                if known is None:
                    return None
            steps = pretraining.iterations(self.suite, known, job.method.minutes)
        cfg = pretraining.build_config(self.suite, job.method, data, job.seed, steps)
        return pretraining.read_in_process(cfg) if self.dry else cfg

    def calibration(self) -> dict[str, dict[str, float]]:
        """Ratio, reference and, where they are known, setups by method."""
        return {
            found["method"]: {k: found[k] for k in _CALIBRATED if k in found}
            for _, found in self.store.records()
            if found["task"] == CALIBRATION
        }

    def calibrate(self, method: Method, variables: Mapping[str, str]) -> None:
        """Times a few steps of ``method`` and keeps what comes of it."""
        folder = self._empty(self.work / f"calibrate_{method.name}")
        data = self.data[method.data]
        cfg = pretraining.calibration_config(self.suite, method, data)
        self._train(cfg, folder, variables, Spent())
        found = json.loads((folder / "calibration.json").read_text())
        known = self.calibration()
        # One pass of the encoder takes as long for one method as for another.
        reference = next((v["reference"] for v in known.values()), found["reference"])
        self.store.append(
            dict(
                suite=self.suite.name,
                method=_timed_as(method),
                task=CALIBRATION,
                ratio=found["ratio"],
                setup=found["setup"],
                reference=reference,
                device=self.environment["device"],
            )
        )

    def run(self, job: Job, variables: Mapping[str, str]) -> dict[str, Any]:
        """Runs ``job`` and writes its result, also where it fails.

        Args:
            job: Whose ``needs`` has been run; one with an error fails of it.
            variables: Of the environment: the worker's threads or GPU.
        """
        spent, config = Spent(), None
        try:
            if job.error:
                raise RuntimeError(job.error)
            config = self.config_of(job)
            if job.needs and job.needs.error:
                raise RuntimeError(f"no encoder: {job.needs.error}")
            made = self._task if job.task else self._pretrain
            figures, cost = made(job, variables, spent)
            state = dict(status="done", error=None)
            value = figures.pop("value")
        except Exception as error:
            if self.processes.stopped:
                raise
            job.error = f"{error}"
            figures, cost, value = {}, {}, None
            state = dict(status="failed", error=job.error)
        names = job.task.needs if job.task else (job.method.data,)
        result = dict(
            suite=self.suite.name,
            method=job.method.name,
            task=job.name,
            seed=job.seed,
            metric=job.task.metric if job.task else "training loss",
            value=value,
            **state,
            key=self.key_of(job),
            minutes=spent.wall if self.device == "cuda" else spent.processor,
            wall_minutes=spent.wall,
            peak_memory_mb=spent.memory,
            images_per_second=None,
            device_memory_mb=None,
            parameters=None,
        )
        result |= cost
        result |= dict(
            figures=figures,
            data={name: self.prints[name] for name in names if name in self.prints},
            **self.environment,
            config=config,
        )
        self.store.append(result)
        job.done = job.error is None
        return result

    def _pretrain(self, job: Job, variables, spent: Spent) -> tuple[dict, dict]:
        folder = self._folder(job)
        key = self.key_of(job)
        started = folder / "key.txt"
        if not started.is_file() or started.read_text() != key:
            self._empty(folder)
            write_atomic(started, key)
        if job.method.config is None:
            spec = dict(
                encoder=dict(self.suite.encoder),
                seed=job.seed,
                out=str(folder / ENCODER),
                normalization=pretraining.NORMALIZATION | dict(bgr=False),
                data=self.data["pretraining"],
                size=self.suite.size,
            )
            spec |= job.method.changes
            if self.dry and job.method.kind == "data-dependent":
                spec |= DRY_FLOOR
            write_atomic(folder / "spec.json", json.dumps(spec))
            if self.dry and job.method.kind == "descriptor":
                spec |= DRY_CODEBOOK
            command = ["-m", "harness.floors", job.method.kind, folder / "spec.json"]
            self._command([command], folder, variables, spent)
            known = dict(parameters=self._parameters(folder))
            if job.method.kind == "descriptor":
                known = json.loads((folder / "cost.json").read_text())
            return dict(value=None), known
        cfg = self.training_config(job, self.data[job.method.data])
        self._train(cfg, folder, variables, spent)
        cost = json.loads((folder / "cost.json").read_text())
        figures = {k: cost.pop(k) for k in ("images", "iterations", "setup_minutes")}
        figures["process_minutes"] = spent.processor
        figures |= dict(
            value=cost.pop("loss"), trained_parameters=cost.pop("trained_parameters")
        )
        # The last one drawn: the tables show it, where the work directory is at hand.
        drawn = sorted(folder.glob("pictures/*.png"))[-1:]
        cost["pictures"] = [str(path.relative_to(self.work)) for path in drawn]
        return figures, cost

    def _train(self, cfg: Config, folder: Path, variables, spent: Spent) -> None:
        pretraining.write_config(cfg, folder / "config.py")
        command = ["-m", "ce_plugin.tools.train", folder / "config.py"]
        command += ["--work-dir", folder]
        if last_checkpoint(folder):
            command.append("--resume")
        self._command([command], folder, variables, spent)

    def _task(self, job: Job, variables, spent: Spent) -> tuple[dict, dict]:
        folder = self._empty(self._folder(job))
        run = Run(
            method=job.method.name,
            seed=job.seed,
            encoder=self._folder(job.needs) / ENCODER,
            folder=folder,
            data=self.data,
            dry=self.dry,
            device=self.device,
        )
        self._command(job.task.commands(run), folder, variables, spent)
        figures = job.task.figures(run)
        # Only the figures are wanted; checkpoints of every run would fill the disk.
        for checkpoint in folder.rglob("*.pth"):
            checkpoint.unlink()
        return figures, {}

    def _command(self, commands, folder: Path, variables, spent: Spent) -> None:
        words = [[str(word) for word in command] for command in commands]
        self.processes.run(words, folder / "log.txt", variables, spent)

    def _folder(self, job: Job) -> Path:
        return self.work / f"{job.method.name}_seed{job.seed}" / job.name

    def _has_encoder(self, job: Job) -> bool:
        folder = self._folder(job)
        key = folder / "key.txt"
        same = key.is_file() and key.read_text() == self.key_of(job)
        return same and (folder / ENCODER).is_file()

    @staticmethod
    def _parameters(folder: Path) -> int:
        state, _ = read_weights(folder / ENCODER)
        names = ("running_mean", "running_var", "num_batches_tracked")
        return sum(v.numel() for k, v in state.items() if not k.endswith(names))

    @staticmethod
    def _empty(folder: Path) -> Path:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder
