"""What a suite is made of: data, an encoder, a budget, methods, tasks and seeds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
PRETRAINING = "pretraining"
"""Name that results have in place of a task's where they are of a pretraining run."""
CALIBRATION = "calibration"
"""Name that results have in place of a task's where they time a method's step."""


@dataclass(frozen=True)
class Minutes:
    """Every method trains for the same processor time, or GPU time.

    The first run of a method is timed for a few steps. The number of iterations that
    follows is stored with the results, so that all seeds and later starts use it.

    Attributes:
        minutes: Length of a pretraining run.
    """

    minutes: float


@dataclass(frozen=True)
class Images:
    """Every method sees the same number of pictures, however many views it makes.

    Attributes:
        images: Number of pictures, repetitions counted.
    """

    images: int


@dataclass(frozen=True)
class AsConfigured:
    """Every method trains as its own config says: crops, batch, steps, schedule."""


@dataclass(frozen=True)
class Method:
    """A row of the tables: a way to obtain an encoder, or a filler of holes.

    Attributes:
        name: Name on the command line and in results.
        title: Name in tables.
        config: Pretraining config, relative to ``configs/`` or to the checkout; None
            where nothing is trained, which ``kind`` explains.
        kind: 'pretrain', 'random', 'data-dependent', 'descriptor', 'supervised',
            'weights' or 'filler'.
        changes: Config values that the suite sets, by dotted key; options of the
            encoder's maker, or of the filler, where there is no config.
        encoder: Config of a backbone used in place of the suite's.
        data: Entry of the suite's data that pretraining reads.
        source: Publication of the method.
        minutes: Budget used in place of the suite's minutes.
        seeds: Number of the suite's seeds that are used; None for all.
        timed_as: Method whose step takes as long: the same steps with another budget
            or learning rate. Empty: the method is timed itself.
        trained_as: Method whose pretraining run a filler uses. Empty: it needs none.
        trial_of: Method that this one is a trial of, in a search for settings.
        setting: The trial's settings, in words.
    """

    name: str
    title: str
    config: str | None = None
    kind: str = "pretrain"
    changes: Mapping[str, Any] = field(default_factory=dict)
    encoder: Mapping[str, Any] | None = None
    data: str = "pretraining"
    source: str = ""
    minutes: float | None = None
    seeds: int | None = None
    timed_as: str = ""
    trained_as: str = ""
    trial_of: str = ""
    setting: str = ""


@dataclass(frozen=True)
class Run:
    """One run of a task.

    Attributes:
        method: Name of the method.
        seed: Seed of the run.
        encoder: File of the exported encoder, in the folder of its pretraining.
        folder: Scratch folder of this run alone; exists and is empty at the start.
        data: Folders and files by name, as the suite's ``data`` gives them.
        options: The method's ``changes``, which is what a filler is built from.
        prints: Fingerprints of ``data``.
        dry: Generated data and two iterations: only whether it runs is asked.
        device: 'cpu' or 'cuda'.
    """

    method: str
    seed: int
    encoder: Path
    folder: Path
    data: Mapping[str, str]
    options: Mapping[str, Any] = field(default_factory=dict)
    prints: Mapping[str, str] = field(default_factory=dict)
    dry: bool = False
    device: str = "cpu"


class Task(ABC):
    """A column of the tables: a measurement of an encoder, or of a filler.

    Attributes:
        name: Name on the command line and in results.
        title: Name in tables.
        metric: Meaning and unit of ``value``.
        needs: Entries of the suite's data that the task reads; their fingerprints go
            into the result's key.
        x: Place on the axis of a curve, such as the share of labels, where the task is
            one point of it.
        curve: Name of that curve.
        deviation: Standard deviation over seeds of the difference of two methods, as
            measured before: the unit in which the task counts in the index. None for a
            task that is not part of the index.
        shared_run: Name of what its commands do, where they do it for several tasks of
            one method and seed. Tasks with the same name wait for each other.
        like: Name of the task whose cost is assumed in plans before this one has run.
        trains: Whether the task trains the encoder or a network on top of it, which is
            impossible for a descriptor.
    """

    name: str
    title: str
    metric: str
    needs: tuple[str, ...] = ()
    x: float | None = None
    curve: str | None = None
    deviation: float | None = None
    shared_run: str = ""
    like: str = ""
    trains: bool = False

    @property
    @abstractmethod
    def config(self) -> dict[str, Any]:
        """Everything that the figure depends on, as plain values; part of the key."""

    @abstractmethod
    def commands(self, run: Run) -> list[list[str]]:
        """Arguments of ``python``, executed one after the other."""

    @abstractmethod
    def figures(self, run: Run) -> dict[str, Any]:
        """Reads what the commands have written.

        Returns:
            ``value``, the figure of the table (higher is better), and others by name.

        Raises:
            RuntimeError: The run did not do what it should, such as load the encoder.
        """

    def reason_against(self, method: Method) -> str | None:
        """The reason why a method cannot be measured here; None where it can."""
        if method.kind == "descriptor" and self.trains:
            return "no network"
        return None


@dataclass(frozen=True)
class Suite:
    """A comparison: methods by tasks by seeds, on the same data.

    Attributes:
        name: Name of the file in ``suites/`` and of the file of results.
        title: Heading of the tables.
        budget: :class:`Minutes`, :class:`Images` or :class:`AsConfigured`.
        methods: Rows, in the order of the tables.
        tasks: Columns, in the order of the tables.
        data: Functions by entry. Each takes the data root and a work folder, in which
            it may write lists, and returns a path. Pretraining reads ``pretraining``.
        generate: Writes invented data of this layout into a folder, for dry runs.
        without_root: Writes the data of a run without ``--data-root`` into a folder;
            None where a data root is required.
        encoder: Config of the backbone; None where each config keeps its own.
        size: Side of the crops in pixels, replacing every ``size`` in the transforms;
            None where each config keeps its own.
        batch_size: Pictures per step; None where each config keeps its own.
        pretraining: Values set in every method's config, by dotted key.
        hooks: Hooks added to every method's config that has none of that type.
        channels_last: Whether weights are stored in the channels-last layout.
        seeds: Default seeds.
        about: What a reader has to know, in Markdown: device, classes, claims.
        floor: Method that differences are taken against.
        claims: Pairs of methods, named before anything was measured: whether the first
            is above the second is tested, corrected for all tests of the first.
        claimed: Names of the tasks at which claims are tested.
        tables: Makes the suite's tables from its leaderboard, in place of the usual
            ones.
    """

    name: str
    title: str
    budget: Minutes | Images | AsConfigured
    methods: Sequence[Method]
    tasks: Sequence[Task]
    data: Mapping[str, Callable[[Path, Path], Path]]
    generate: Callable[[Path], Any]
    without_root: Callable[[Path], Any] | None = None
    encoder: Mapping[str, Any] | None = None
    size: int | None = None
    batch_size: int | None = None
    pretraining: Mapping[str, Any] = field(default_factory=dict)
    hooks: Sequence[Mapping[str, Any]] = ()
    channels_last: bool = False
    seeds: Sequence[int] = (0, 1, 2)
    about: str = ""
    floor: str = "random"
    claims: Sequence[tuple[str, str]] = ()
    claimed: Sequence[str] = ()
    tables: Callable[[Any], list] | None = None

    def seeds_of(self, method: Method, seeds: Sequence[int]) -> tuple[int, ...]:
        """The seeds among ``seeds`` that a method runs with.

        A method with fewer seeds has the suite's first ones, in however many starts
        they are asked for; of seeds that are none of the suite's it has the first.
        """
        if method.seeds is None:
            return tuple(seeds)
        if set(seeds) & set(self.seeds):
            first = self.seeds[: method.seeds]
            return tuple(seed for seed in seeds if seed in first)
        return tuple(seeds[: method.seeds])

    def encoder_of(self, method: Method) -> dict[str, Any]:
        """Config of the backbone that a method is about."""
        return dict(method.encoder or self.encoder or {})

    def method(self, name: str) -> Method:
        """The method of that name."""
        return next(method for method in self.methods if method.name == name)
