"""The nouns of the harness: a suite is data, encoder, budget, methods, tasks, seeds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"


@dataclass(frozen=True)
class Minutes:
    """Every method trains equally long: minutes of the processor, or of the GPU.

    The first run of a method is timed for a few steps; the number of iterations that
    follows is kept with the results, so that all seeds and later starts do the same.
    """

    minutes: float


@dataclass(frozen=True)
class Images:
    """Every method sees equally many pictures, however many views it makes of each."""

    images: int


@dataclass(frozen=True)
class Method:
    """A way to come by an encoder.

    Attributes:
        name: As on the command line and in results.
        title: As in tables.
        config: Pretraining config, relative to ``configs/``; None for the floors, which
            ``kind`` names.
        kind: 'pretrain', 'random', 'data-dependent', 'descriptor', 'supervised' or
            'weights'.
        changes: What the suite sets in the config, by dotted key.
        data: Entry of the suite's data that it learns from.
        source: Of the method.
        minutes: A budget of its own in place of the suite's minutes.
        seeds: Only so many of the suite's seeds; None for all.
        timed_as: The method whose length of a step is this one's: the same steps with
            another budget or learning rate. Its own where it is not given.
        trial_of: The method that this one is a setting of, in a search for settings.
        setting: Which, in words.
    """

    name: str
    title: str
    config: str | None = None
    kind: str = "pretrain"
    changes: Mapping[str, Any] = field(default_factory=dict)
    data: str = "pretraining"
    source: str = ""
    minutes: float | None = None
    seeds: int | None = None
    timed_as: str = ""
    trial_of: str = ""
    setting: str = ""


@dataclass(frozen=True)
class Run:
    """One run of a task: whose encoder, which seed, where things lie.

    Attributes:
        method: Name of the method.
        seed: Of this run.
        encoder: The exported encoder.
        folder: Scratch, own to this run; exists and is empty when the run starts.
        data: Folders and files by name, as the suite's ``data`` gives them.
        dry: Generated data and two iterations: only whether it runs is asked.
        device: 'cpu' or 'cuda'.
    """

    method: str
    seed: int
    encoder: Path
    folder: Path
    data: Mapping[str, str]
    dry: bool = False
    device: str = "cpu"


class Task(ABC):
    """What an encoder is judged by.

    Attributes:
        name: As on the command line and in results.
        title: As in tables.
        metric: What ``value`` is, in words, with its unit.
        needs: Entries of the suite's data that the task reads; their fingerprint goes
            into the result's key.
        x: Place on the axis of a curve (the share of labels), where the task is one
            point of it; ``curve`` names the curve.
        deviation: Of the difference of two methods from seed to seed, as measured
            before: the unit in which the task counts in the index. None for a task that
            is not in it.
        shared_run: What its commands do, where tasks of the same encoder with the same
            name here have it done once: they wait for each other.
        like: Name of the task that costs as much, for plans made before it has run.
        trains: Whether it trains the encoder or a network on it: nothing for a
            descriptor, which has none.
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
        """All that the figure depends on, as plain values; part of the key."""

    @abstractmethod
    def commands(self, run: Run) -> list[list[str]]:
        """Arguments of ``python``, run one after the other with ``run.folder``."""

    @abstractmethod
    def figures(self, run: Run) -> dict[str, Any]:
        """What the commands have left behind.

        Returns:
            ``value``, the figure of the table (higher is better), and others by name.

        Raises:
            RuntimeError: The run did not do what it should, such as load the encoder.
        """


@dataclass(frozen=True)
class Suite:
    """One table.

    Attributes:
        name: Of the file, and of the folder of results.
        title: Of the table.
        encoder: Config of the backbone.
        budget: :class:`Minutes` or :class:`Images`.
        size: Side of the crops in pixels: replaces every ``size`` in the transforms.
        batch_size: Pictures a step.
        pretraining: What is set in every method's config, by dotted key.
        hooks: That every method's config gets, if it has none of that type.
        channels_last: The networks' memory layout.
        methods: In the order of the table.
        tasks: In the order of the table.
        seeds: Default seeds.
        data: Entries by name: a function of the data root and a folder that it may
            write lists into, which gives the path. ``pretraining`` is what pretraining
            reads.
        generate: Writes data of this form, invented, into a folder: for dry runs.
        generated: Without a data root the suite runs on that invented data, which it
            makes in its work directory.
        about: What a reader has to know, in Markdown: device, classes, claims.
        floor: Method that differences are taken against.
        claims: Pairs of methods, named before anything was measured: whether the first
            is above the second is tested, corrected for all tests of the first.
        claimed: The tasks at which it is.
    """

    name: str
    title: str
    encoder: Mapping[str, Any]
    budget: Minutes | Images
    size: int
    batch_size: int
    methods: Sequence[Method]
    tasks: Sequence[Task]
    data: Mapping[str, Callable[[Path, Path], Path]]
    generate: Callable[[Path], Any]
    generated: bool = False
    pretraining: Mapping[str, Any] = field(default_factory=dict)
    hooks: Sequence[Mapping[str, Any]] = ()
    channels_last: bool = False
    seeds: Sequence[int] = (0, 1, 2)
    about: str = ""
    floor: str = "random"
    claims: Sequence[tuple[str, str]] = ()
    claimed: Sequence[str] = ()

    def seeds_of(self, method: Method, seeds: Sequence[int]) -> tuple[int, ...]:
        """Those of ``seeds`` that a method runs with."""
        return tuple(seeds[: method.seeds])

    def reason_against(self, method: Method, task: Task) -> str | None:
        """Why a method is not judged by a task; None where it is."""
        if method.kind == "descriptor" and task.trains:
            return "no network"
        return None
