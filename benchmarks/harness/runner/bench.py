"""Executes the runs of a suite on this machine and stores their results."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ce_plugin.checkpoints import last_checkpoint, read_weights
from ce_plugin.errors import InputError
from ce_plugin.files import write_atomic

from ..parameters import parameters_of
from ..results.provenance import environment, fingerprint, need_storable
from ..results.store import results_of
from ..suite import CALIBRATION, Method, Run, Suite, Task
from . import pretraining
from .jobs import Job, list_jobs, reason
from .keys import Keys, timed_as
from .processes import Processes, Spent

ENCODER = "encoder.pth"
DRY_BATCH = 4
DRY_CODEBOOK = dict(images=4, words=4)
DRY_FLOOR = dict(images=4, batch_size=4, iterations=0, draws=1, size=64)


@dataclass
class Bench:
    """A suite on this machine.

    Attributes:
        suite: The suite.
        data_root: Root of its data.
        work: Folder of encoders and logs; what is there is used again.
        results: Folder of all suites' results.
        dry: Two iterations of everything.
        device: 'cpu' or 'cuda'.
        processes: Executes the commands.
        lists: Where lists of pictures are written; the work folder by default.

    Raises:
        InputError: An entry of the suite's data is not there.
    """

    suite: Suite
    data_root: Path
    work: Path
    results: Path
    dry: bool = False
    device: str = "cpu"
    processes: Processes = field(default_factory=Processes)
    lists: Path | None = None

    def __post_init__(self) -> None:
        if self.dry:
            self.suite = replace(self.suite, batch_size=DRY_BATCH)
        entries, lists = self.suite.data.items(), self.lists or self.work
        self.data = {name: str(at(self.data_root, lists)) for name, at in entries}
        for path in self.data.values():
            if not Path(path).exists():
                raise InputError(
                    f"{self.suite.name} looks for {path}; --data-root is the folder "
                    "that its file names"
                )
        # What a suite makes of links in its work folder goes by its lists: so do the
        # stored results of voc320_choose.
        self.prints = {
            name: fingerprint(path, linked=not Path(path).is_relative_to(lists))
            for name, path in self.data.items()
        }
        self.environment = environment()
        self.store = results_of(self.suite.name, self.results)
        self.keys = Keys(self.suite, self.prints, self.store, self.dry)

    def jobs(
        self, methods: Sequence[Method], tasks: Sequence[Task], seeds: Sequence[int]
    ) -> list[Job]:
        """All jobs of these methods, tasks and seeds; those with a result are done."""
        found = list_jobs(self.suite, methods, tasks, seeds)
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
        """The result that still holds for a job."""
        result = self.store.get(method=job.method.name, task=job.name, seed=job.seed)
        key = self.keys.of(job)
        return result if result and key and result.get("key") == key else None

    def calibrate(self, method: Method, variables: Mapping[str, str]) -> None:
        """Times a few steps of a method and stores what was found.

        Where another start has stored the same meanwhile, its line stays: runs may
        have been made by it.
        """
        folder = self._empty(self.work / f"calibrate_{method.name}")
        data = self.data[method.data]
        cfg = pretraining.calibration_config(self.suite, method, data)
        self._train(cfg, folder, variables, Spent())
        found = json.loads((folder / "calibration.json").read_text())
        known = self.keys.calibrations()
        # One pass of the encoder takes as long for one method as for another.
        reference = next((v["reference"] for v in known.values()), found["reference"])
        self.store.append(
            dict(
                suite=self.suite.name,
                method=timed_as(method),
                task=CALIBRATION,
                key=self.keys.calibration_key(timed_as(method)),
                ratio=found["ratio"],
                setup=found["setup"],
                reference=reference,
                device=self.environment["device"],
            ),
            stays=self.keys.calibration_holds,
        )

    def run(self, job: Job, variables: Mapping[str, str]) -> dict[str, Any]:
        """Executes a job and stores its result, also where it fails.

        Args:
            job: Its ``needs`` has been executed; it fails where that one has failed.
            variables: Environment variables, such as the worker's threads or GPU.
        """
        spent, config = Spent(), None
        try:
            if job.error:
                raise RuntimeError(job.error)
            wanted = self.keys.config_of(job)
            # Before the run: a line that cannot be written would lose all of it.
            need_storable("an entry of the config", wanted)
            config = wanted
            if job.needs and job.needs.error:
                raise RuntimeError(f"no encoder: {job.needs.error}")
            made = self._task if job.task else self._pretrain
            figures, cost = made(job, variables, spent)
            found = figures | cost
            # A table could do nothing with other figures, nor could the store.
            need_storable(f"a figure of {found}", found)
            state = dict(status="done", error=None)
            value = figures.pop("value")
        except Exception as error:
            if self.processes.stopped:
                raise
            job.error = reason(error)
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
            key=self.keys.of(job),
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
        key = self.keys.of(job)
        started = folder / "key.txt"
        if not started.is_file() or started.read_text() != key:
            self._empty(folder)
            write_atomic(started, key)
        if job.method.config is None:
            return dict(value=None), self._untrained(job, folder, variables, spent)
        cfg = self.keys.training_config(job, self.data[job.method.data])
        resumed = self._train(cfg, folder, variables, spent)
        cost = json.loads((folder / "cost.json").read_text())
        figures = {k: cost.pop(k) for k in ("images", "iterations", "setup_minutes")}
        if not resumed:
            # Of a run in several starts nobody has added them up.
            figures["process_minutes"] = spent.processor
        figures |= dict(
            value=cost.pop("loss"), trained_parameters=cost.pop("trained_parameters")
        )
        # The last one drawn: the tables show it, where the work directory is at hand.
        drawn = sorted(folder.glob("pictures/*.png"))[-1:]
        cost["pictures"] = [str(path.relative_to(self.work)) for path in drawn]
        return figures, cost

    def _untrained(self, job: Job, folder: Path, variables, spent: Spent) -> dict:
        """Writes the encoder of a method without training; returns its cost."""
        spec = dict(
            encoder=self.suite.encoder_of(job.method),
            seed=job.seed,
            out=str(folder / ENCODER),
            normalization=pretraining.NORMALIZATION | dict(bgr=False),
            data=self.data["pretraining"],
            size=self.suite.size,
        )
        spec |= job.method.changes
        if self.dry and job.method.kind == "data-dependent":
            spec |= DRY_FLOOR
        if self.dry and job.method.kind == "descriptor":
            spec |= DRY_CODEBOOK
        write_atomic(folder / "spec.json", json.dumps(spec))
        command = ["-m", "harness.programs.floors", job.method.kind]
        command.append(folder / "spec.json")
        self._command([command], folder, variables, spent)
        if job.method.kind == "descriptor":
            return json.loads((folder / "cost.json").read_text())
        state, _ = read_weights(folder / ENCODER)
        return dict(parameters=parameters_of(state))

    def _train(self, cfg: Config, folder: Path, variables, spent: Spent) -> bool:
        """Trains; returns whether it went on from a checkpoint."""
        pretraining.write_config(cfg, folder / "config.py")
        command = ["-m", "ce_plugin.tools.train", folder / "config.py"]
        command += ["--work-dir", folder]
        resumed = last_checkpoint(folder) is not None
        if resumed:
            command.append("--resume")
        self._command([command], folder, variables, spent)
        return resumed

    def _task(self, job: Job, variables, spent: Spent) -> tuple[dict, dict]:
        folder = self._empty(self._folder(job))
        run = Run(
            method=job.method.name,
            seed=job.seed,
            encoder=self._folder(job.needs or replace(job, task=None)) / ENCODER,
            folder=folder,
            data=self.data,
            options=job.method.changes,
            prints=self.prints,
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
        name = re.sub(r"[ ,]+", "-", f"{job.method.name}_seed{job.seed}")
        return self.work / name / job.name

    def _has_encoder(self, job: Job) -> bool:
        folder = self._folder(job)
        key = folder / "key.txt"
        same = key.is_file() and key.read_text() == self.keys.of(job)
        return same and (folder / ENCODER).is_file()

    @staticmethod
    def _empty(folder: Path) -> Path:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder
