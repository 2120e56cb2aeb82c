"""A small suite with results made up: some are missing, some have failed."""

import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
from harness.results.store import results_of  # noqa: E402

SUITE = """
from harness.suite import Method, Minutes, Suite, Task


class Fake(Task):
    def __init__(self, name, title, metric, x=None, curve=None):
        self.name, self.title, self.metric = name, title, metric
        self.x, self.curve = x, curve

    @property
    def config(self):
        return {}

    def commands(self, run):
        return []

    def figures(self, run):
        return {}


suite = Suite(
    name="fake",
    title="A fake suite <&>",
    encoder=dict(type="ResNet"),
    budget=Minutes(15),
    size=96,
    batch_size=8,
    methods=[
        Method("random", "random init", kind="random"),
        Method("supervised", "supervised", "x.py", kind="supervised"),
        Method("simclr", "SimCLR", "x.py"),
        Method("region", "Context Encoder, region_1 & 50 %", "x.py"),
        Method("rotation", "rotation", "x.py"),
        Method("late", "not run | yet", "x.py"),
    ],
    tasks=[
        Fake("svm", "SVM, VOC07", "mAP in %"),
        Fake("knn", "kNN", "top-1 in %"),
        Fake("few", "5 % of labels", "mIoU in %", 0.05, "mIoU by labels"),
        Fake("some", "25 % of labels", "mIoU in %", 0.25, "mIoU by labels"),
        Fake("all", "all labels", "mIoU in %", 1, "mIoU by labels"),
    ],
    data={},
    generate=lambda folder: None,
    about="What **may** be claimed: `nothing`.\\n\\n- one <item>\\n- two",
)
"""
VALUES = {
    "random": dict(svm=30.0, knn=9.5, few=12.0, some=19.0, all=27.0),
    "supervised": dict(svm=61.0, knn=40.0, few=33.0, some=41.0, all=49.0),
    "simclr": dict(svm=41.0, knn=22.0, few=22.0, some=28.0, all=33.0),
    "region": dict(svm=38.5, knn=15.0, few=24.0, some=31.0, all=35.0),
    "rotation": dict(svm=36.0, knn=100.0, few=19.0, some=26.0, all=32.0),
}
MINUTES = dict(random=0.02, supervised=15.2, simclr=14.8, region=15.1, rotation=15.0)
ERROR = "loss is nan at <step> 3 | see log_1"


def result(method, task, seed, value, **changes):
    return dict(
        suite="fake",
        method=method,
        task=task,
        seed=seed,
        metric="metric",
        value=value,
        status="done",
        error=None,
        key=f"{method}-{task}-{seed}",
        config=dict(seed=seed, lr=0.1),
        versions=dict(torch="2.14.1"),
        commit="0123456789ab",
        device=dict(cpu="Some CPU", cores=2, gpu=None),
        data=dict(voc="f1"),
        images_per_second=None,
        minutes=3.0,
        wall_minutes=2.0,
        peak_memory_mb=900,
        device_memory_mb=None,
        parameters=None,
        figures={},
    ) | dict(changes)


def results():
    """Of all methods but the last; one run failed, one is missing."""
    noise = random.Random(0)
    found = []
    for method, values in VALUES.items():
        for seed in range(3):
            speed = None if method == "random" else 100.0 * MINUTES[method] + seed
            loss = None if method == "random" else 1.0 / (1 + seed)
            found.append(
                result(
                    method,
                    "pretraining",
                    seed,
                    loss,
                    minutes=MINUTES[method],
                    images_per_second=speed,
                    parameters=2_800_000,
                    pictures=[f"{method}.png"] if method == "region" else [],
                )
            )
            for task, value in values.items():
                value = round(value + noise.uniform(-1, 1), 3)
                layers = dict(layer1=value - 5, layer2=value)
                figures = dict(layers=layers) if task == "svm" else {}
                found.append(result(method, task, seed, value, figures=figures))
    (failed,) = (r for r in found if _at(r) == ("simclr", "all", 2))
    failed.update(status="failed", value=None, error=ERROR)
    return [r for r in found if _at(r) != ("rotation", "svm", 1)]


def _at(found):
    return found["method"], found["task"], found["seed"]


def write(folder, found):
    """The suite's file, and the results where the harness leaves them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results" / "fake.jsonl").unlink(missing_ok=True)
    store = results_of("fake", folder / "results")
    suite = folder / "fake.py"
    suite.write_text(SUITE)
    for one in found:
        store.append(one)
    # Among the results the harness keeps what is none.
    store.append(dict(method="simclr", task="calibration", ratio=2.0, reference=0.1))
    return str(suite)
