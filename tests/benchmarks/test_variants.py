"""Budgets, trials, seeds and floors: what a suite asks for, and what is left of it."""

import doctest
import json
from dataclasses import replace

import tables_case  # noqa: F401  puts the harness on the path
from benchmarks.toy_suite import Number, toy
from harness.fair import CHOSEN
from harness.methods import variants
from harness.results.read import read_results
from harness.runner import plan
from harness.runner.bench import Bench
from harness.runner.jobs import Job
from harness.runner.pretraining import build_config, iterations
from harness.suite import AsConfigured, Method, Minutes
from harness.suites import load_suite
from harness.tables.index import best_trial, index_of
from harness.tables.leaderboard import Leaderboard
from harness.tables.main import overview
from mmengine.config import Config
from runs import ROOT

SIMCLR = Method("simclr", "SimCLR", "pretrain/simclr_r50-224.py")
FLOOR = Method("random", "random", kind="random")
SETTING = ("optim_wrapper.optimizer.lr", "train_dataloader.batch_size")
HOG = Method("hog", "HOG", kind="descriptor")


def test_examples():
    assert doctest.testmod(variants).failed == 0


def test_a_budget_is_a_row_of_its_own(tmp_path):
    """Timed once: its step is as long whatever the budget."""
    rows = [SIMCLR, variants.at_minutes(SIMCLR, 20)]
    suite = toy(budget=Minutes(6), batch_size=64)
    suite = replace(suite, methods=rows)
    suite.generate(tmp_path / "data")
    bench = Bench(suite, tmp_path / "data", tmp_path / "work", tmp_path / "results")
    jobs = list(bench.jobs(rows, [], [0]))
    assert [bench.keys.of(job) for job in jobs] == [None, None]
    timed = dict(ratio=2.0, reference=0.5, setup=120.0)
    bench.store.append(dict(method="simclr", task="calibration", **timed))
    steps = [
        bench.keys.training_config(job, "data").train_cfg.max_iters for job in jobs
    ]
    # A step is a second; a minute of the budget goes by before the first.
    assert steps == [300, 1140]
    assert len({bench.keys.of(job) for job in jobs}) == 2
    assert iterations(suite, dict(ratio=2.0, reference=0.5)) == 360


def test_other_weights_in_the_same_file_are_another_run(tmp_path):
    file = tmp_path / "resnet18.pth"
    method = Method("w", "w", kind="weights", changes=dict(weights=str(file)))
    suite = replace(toy(), methods=[method])
    suite.generate(tmp_path / "data")
    found = []
    for content in ("one", "two"):
        file.write_text(content)
        bench = Bench(suite, tmp_path / "data", tmp_path / "w", tmp_path / "results")
        (job,) = bench.jobs([method], [], [0])
        found.append(bench.keys.of(job))
    assert len({*found}) == 2 and all(found)


def test_the_measure_of_detection_is_in_its_key():
    task = next(t for t in load_suite("voc320_fair").tasks if t.name == "detection")
    other = replace(task, eleven=True)
    assert "eleven" not in task.config and other.config["eleven"]


def test_a_calibration_is_of_its_config(tmp_path):
    """Another batch is timed anew; what a start has used stays as it is for it."""

    def bench_of(batch_size):
        suite = toy(budget=Minutes(6), batch_size=batch_size)
        suite = replace(suite, methods=[SIMCLR])
        return Bench(suite, tmp_path / "data", tmp_path / "work", tmp_path / "results")

    toy().generate(tmp_path / "data")
    first = bench_of(64)
    line = dict(method="simclr", task="calibration", reference=0.5)
    key = first.keys.calibration_key("simclr")
    first.store.append(line | dict(ratio=2.0, key=key))
    (job,) = first.jobs([SIMCLR], [], [0])
    assert first.keys.of(job)
    assert bench_of(256).keys.calibrations() == {}
    # Another start stores its own meanwhile.
    first.store.append(line | dict(ratio=3.0, key=key))
    assert first.keys.training_config(job, "data").train_cfg.max_iters == 360
    assert bench_of(64).keys.calibrations()["simclr"]["ratio"] == 3.0


def test_two_starts_that_time_a_method_at_once(tmp_path, monkeypatch):
    """The line that was stored first stays: by it the other start has run."""
    suite = replace(toy(budget=Minutes(6), batch_size=64), methods=[SIMCLR])
    suite.generate(tmp_path / "data")

    def bench_of(name):
        return Bench(suite, tmp_path / "data", tmp_path / name, tmp_path / "results")

    slow, fast = bench_of("slow"), bench_of("fast")
    keys = []

    def train(bench, cfg, folder, variables, spent):
        found = dict(ratio=2.0 if bench is slow else 3.0, reference=0.5, setup=0.0)
        (folder / "calibration.json").write_text(json.dumps(found))
        if bench is slow:
            fast.calibrate(SIMCLR, {})
            keys.append(fast.keys.of(Job(SIMCLR, 0)))

    monkeypatch.setattr(Bench, "_train", train)
    slow.calibrate(SIMCLR, {})
    keys += [bench.keys.of(Job(SIMCLR, 0)) for bench in (slow, bench_of("later"))]
    assert all(keys) and len(keys) == 3 and len({*keys}) == 1
    assert slow.keys.calibrations()["simclr"]["ratio"] == 3.0
    assert slow.store.path.read_text().count("\n") == 1


def test_trials_are_timed_by_their_batch():
    settings = [(1e-3, 64), (4e-3, 64), (4e-3, 32)]
    made = variants.trials(SIMCLR, settings, usual=(1e-3, 64))
    assert [m.name for m in made] == [
        "simclr",
        "simclr~lr0.004~b64",
        "simclr~lr0.004~b32",
    ]
    assert [m.timed_as for m in made] == ["", "simclr", "simclr~b32"]
    assert {m.trial_of for m in made} == {"simclr"}
    suite = load_suite("voc320_choose")
    cfg = build_config(suite, made[-1], "pictures", 0, 10)
    assert cfg.train_dataloader.batch_size == 32
    assert cfg.optim_wrapper.optimizer.lr == 4e-3
    # As many trials for one method as for another.
    counts = {}
    for method in suite.methods:
        counts[method.trial_of] = counts.get(method.trial_of, 0) + 1
    assert counts.pop("") >= 1 and len(set(counts.values())) == 1
    assert {"rotation", "simclr", "moco", "byol"} <= set(counts)


def test_the_final_suite_takes_what_was_chosen():
    """The best trial of each method whose trials have all ended; no other setting."""
    suite = load_suite("voc320_choose")
    board = Leaderboard(suite, read_results(suite))
    best = {}
    for name in {m.trial_of for m in suite.methods if m.trial_of}:
        family = [m for m in suite.methods if m.trial_of == name]
        if all(index_of(board, m.name) for m in family):
            winner = best_trial(board, [m.name for m in family])
            (changes,) = (m.changes for m in family if m.name == winner)
            best[name] = tuple(changes[k] for k in SETTING)
    assert best == CHOSEN
    final = {m.name: m.changes for m in load_suite("voc320_fair").methods}
    for name, setting in CHOSEN.items():
        assert tuple(final[name][k] for k in SETTING) == setting
    for name in ("hidden-words", "seen-words"):
        file = f"configs/pretrain/{name}_r18-half-96.py"
        cfg = Config.fromfile(ROOT / file).to_dict()
        shipped = (cfg["optim_wrapper"]["optimizer"]["lr"],)
        shipped += (cfg["train_dataloader"]["batch_size"],)
        assert shipped == CHOSEN[name], file


class Trained(Number):
    trains = True


def small(**changes):
    suite = toy(**changes)
    tasks = [Number("probe", 1), Trained("detector", 2)]
    methods = [FLOOR, HOG, replace(SIMCLR, seeds=1)]
    return replace(suite, methods=methods, tasks=tasks, seeds=(5, 6), floor="random")


def test_what_is_asked_for(tmp_path):
    """A method of one seed has one; a descriptor is judged by no detector."""
    suite = small()
    suite.generate(tmp_path / "data")
    bench = Bench(suite, tmp_path / "data", tmp_path / "work", tmp_path / "results")
    jobs = bench.jobs(suite.methods, suite.tasks, suite.seeds)
    asked = {(job.method.name, job.name, job.seed) for job in jobs}
    assert asked == set(Leaderboard(suite, []).expected) and len(asked) == 6 + 4 + 3
    assert not any(m == "hog" and t == "detector" for m, t, _ in asked)
    assert {s for m, _, s in asked if m == "simclr"} == {5}
    (row,) = (
        row for row in overview(Leaderboard(suite, [])).rows if row[0].text == "HOG"
    )
    assert row[2].text == "no network" and row[1].text != row[2].text


def test_a_method_with_fewer_seeds_has_the_suite_s_first_ones():
    suite = toy(seeds=tuple(range(10, 20)))
    few, all_of_them = (Method("m", "m", seeds=number) for number in (2, None))
    assert suite.seeds_of(few, suite.seeds) == (10, 11)
    for seed in (11, 12):
        assert suite.seeds_of(few, (seed,)) == ((11,) if seed == 11 else ())
        assert suite.seeds_of(all_of_them, (seed,)) == (seed,)
    assert suite.seeds_of(few, (0, 1, 2)) == (0, 1)


def test_plan(tmp_path):
    suite = small(budget=Minutes(6))
    suite = replace(suite, methods=[*suite.methods, variants.at_minutes(SIMCLR, 20, 2)])
    suite.generate(tmp_path / "data")
    bench = Bench(suite, tmp_path / "data", tmp_path / "work", tmp_path / "results")
    for seed, minutes in ((5, 1.0), (6, 2.0)):
        done = dict(method="random", task="probe", seed=seed, status="done")
        bench.store.append(done | dict(minutes=minutes, key="k"))
    around = dict(figures=dict(process_minutes=6.5), minutes=6.0, status="done")
    bench.store.append(dict(method="a", task="pretraining", seed=0, **around))
    # In several starts, of which the last was counted.
    short = around | dict(figures=dict(process_minutes=1.0))
    bench.store.append(dict(method="a", task="pretraining", seed=1, **short))
    jobs = bench.jobs(suite.methods, suite.tasks, suite.seeds)
    jobs[0].done = True
    lines = {line.name: line for line in plan.plan(bench, jobs[1:])}
    assert (lines["pretraining, 6 min"].runs, lines["pretraining, 20 min"].runs) == (
        1,
        2,
    )
    assert lines["pretraining, 6 min"].minutes == 6.5
    assert lines["pretraining, 20 min"].minutes == 20.5
    assert lines["pretraining, none"].runs == 3
    assert (lines["probe"].runs, lines["probe"].minutes) == (7, 1.5)
    assert lines["detector"].minutes is None
    *_, left, whole = plan.text(bench, jobs)
    hours = (6.5 + 2 * 20.5 + 3 * plan.AROUND + 7 * 1.5) / 60
    runs = sum(line.runs for line in lines.values())
    assert left == f"{runs} runs left: {hours:.1f} core-hours, and what detector cost"
    hours += plan.AROUND / 60
    assert whole == (
        f"{runs + 1} runs in all: {hours:.1f} core-hours, and what detector cost"
    )
    assert [line.name for line in plan.plan(bench, [])] == []


def test_the_plan_of_trained_rows_is_of_trained_rows(tmp_path):
    suite = small(budget=AsConfigured(), encoder=None)
    suite.generate(tmp_path / "data")
    bench = Bench(suite, tmp_path / "data", tmp_path / "work", tmp_path / "results")
    for method, minutes in (("random", 0.01), ("hog", 0.05), ("simclr", 7.0)):
        done = dict(method=method, task="pretraining", seed=5, status="done")
        bench.store.append(done | dict(minutes=minutes, key="k"))
    jobs = bench.jobs(suite.methods, suite.tasks, suite.seeds)
    lines = {line.name: line for line in plan.plan(bench, jobs)}
    assert lines["pretraining, as configured"].minutes == 7.0
    assert lines["pretraining, none"].minutes == plan.AROUND
