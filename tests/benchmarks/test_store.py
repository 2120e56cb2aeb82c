"""Results in one file: none is lost, none is mixed up, the last of a run counts."""

import json
import multiprocessing
import os
import runpy
import shutil
import threading

import pytest
import tables_case as case
from harness.results.provenance import fingerprint
from harness.results.read import read_results
from harness.results.store import Store, results_of
from harness.suites import load_suite

from ce_plugin.errors import InputError

COMPACT = runpy.run_path(str(case.ROOT / "benchmarks" / "compact.py"))["main"]
CONFIG = dict(lr=0.1, layers=[1, 2], text="Krähenbühl")


def store_of(folder) -> Store:
    return results_of("toy", folder)


def one(seed, value=1.0, **entries):
    known = dict(suite="toy", method="good", task="svm", seed=seed, value=value)
    return known | dict(config=CONFIG, versions=dict(torch="2")) | entries


def values(store) -> list:
    return [record["value"] for _, record in store.records()]


def test_what_is_appended_is_there(tmp_path):
    store, other = store_of(tmp_path), store_of(tmp_path)
    assert store.records() == [] and store.get(method="a", task="b", seed=0) is None
    store.append(one(0))
    other.append(one(1, 2.0))
    # Each sees what the other has written, entry by entry.
    for either in (store, other, store_of(tmp_path)):
        assert [record for _, record in either.records()] == [one(0), one(1, 2.0)]
    assert store.records()[1][0] == f"{store.path}, line 4"
    # What both have in common stands there once.
    text = store.path.read_text()
    assert text.count("layers") == 1 and len(text.splitlines()) == 4


def test_the_last_line_of_a_run_counts(tmp_path):
    store = store_of(tmp_path)
    for seed, value in ((0, 1.0), (1, 5.0), (0, 2.0)):
        store.append(one(seed, value))
    store.append(one(2, None, config=None))
    assert values(store) == [2.0, 5.0, None]
    assert store.compact() == (6, 5)
    assert values(store) == values(store_of(tmp_path)) == [2.0, 5.0, None]
    assert store.records()[2][1]["config"] is None
    assert store.compact() == (5, 5)
    store.append(one(3, 7.0))
    assert values(store_of(tmp_path)) == [2.0, 5.0, None, 7.0]


def test_a_result_may_stay_in_place_of_a_new_one(tmp_path):
    """Whether it does is asked while no other writer can add one."""
    store, other, asked = store_of(tmp_path), store_of(tmp_path), []

    def stays(found):
        writer = threading.Thread(target=other.append, args=(one(1, 9.0),), daemon=True)
        writer.start()
        writer.join(0.2)
        asked.append((found["value"], writer.is_alive()))
        return found["value"] == 2.0

    store.append(one(0), stays=stays)
    assert not asked, "there was none"
    store.append(one(0, 2.0), stays=stays)
    store.append(one(0, 3.0), stays=stays)
    assert asked == [(1.0, True), (2.0, True)]
    assert store.get(method="good", task="svm", seed=0)["value"] == 2.0


def test_a_line_cut_anywhere_takes_no_other_with_it(tmp_path):
    """Whatever of the last line a kill leaves: it is named, and goes with the next."""
    store = store_of(tmp_path)
    store.append(one(0))
    before = store.path.read_bytes()
    store.append(one(1, 2.0))
    whole = store.path.read_bytes()
    for size in range(len(before), len(whole) + 1):
        path = tmp_path / f"{size}" / "toy.jsonl"
        path.parent.mkdir()
        path.write_bytes(whole[:size])
        cut = store_of(path.parent)
        # Only the end of the line is missing in the last but one.
        there = size >= len(whole) - 1
        assert values(cut) == [1.0, 2.0][: 1 + there]
        named = "line 4" in (cut.torn or "") and "was cut off" in cut.torn
        assert named == (len(before) < size < len(whole) - 1)
        cut.append(one(2, 3.0))
        assert values(store_of(path.parent)) == [*[1.0, 2.0][: 1 + there], 3.0]
        assert len(path.read_text().splitlines()) == 4 + there
    # Shared values that came before a line that was cut are still to be had.
    path.write_bytes(whole[:-5])
    cut.append(one(4, 4.0, config=dict(lr=2)))
    assert cut.records()[-1][1]["config"] == dict(lr=2)


def test_a_broken_line_before_the_last_is_named(tmp_path):
    store = store_of(tmp_path)
    store.append(one(0))
    text = store.path.read_text()
    store.path.write_text(text + "<<<<<<< main\n" + text)
    with pytest.raises(InputError, match="line 4 is no JSON object; mend or remove"):
        store.records()
    with pytest.raises(InputError, match="line 4"):
        store_of(tmp_path).append(one(1))
    store.path.write_text(text.splitlines()[-1] + "\n")
    with pytest.raises(InputError, match=r"line 1: its config, .* no line before it"):
        store.records()


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    store = store_of(tmp_path)
    store.append(one(0))
    before = store.path.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"cannot write .*toy.jsonl.*No space left"):
        store.append(one(1))
    assert store.path.read_bytes() == before
    with pytest.raises(ValueError):
        store.append(one(1, float("nan")))
    assert store.path.read_bytes() == before


def _write(folder, writer, count):
    store = store_of(folder)
    for seed in range(count):
        store.append(one(seed, float(seed), method=f"{writer}", text="x" * 5000))
        if seed % 5 == writer:
            store.compact()


def test_writers_do_not_mix(tmp_path):
    """Four processes append and compact at once; every line is there, and whole."""
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write, args=(tmp_path, i, 20)) for i in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    found = [(r["method"], r["seed"]) for _, r in store_of(tmp_path).records()]
    assert sorted(found) == [(f"{i}", seed) for i in range(4) for seed in range(20)]
    assert [path.name for path in tmp_path.iterdir()] == ["toy.jsonl"]


def test_results_of_before_still_load(tmp_path, capsys):
    """A folder of one file a run, as it was: read, gone before by lines, taken in."""
    suite, results = case.write(tmp_path, []), tmp_path / "results"
    made = case.results()
    for found in made:
        path = results / "fake" / found["method"]
        path.mkdir(parents=True, exist_ok=True)
        name = f"{found['task']}_seed{found['seed']}.json"
        (path / name).write_text(json.dumps(found, indent=1))
    steps = dict(simclr=dict(ratio=2.0, reference=0.5))
    budget = dict(methods=steps, device=dict(cpu="Some CPU"))
    (results / "fake" / "budget.json").write_text(json.dumps(budget))
    (results / "fake.jsonl").unlink()
    before = read_results(load_suite(suite), results)
    assert len(before) == len(made)
    store = results_of("fake", results)
    steps = store.get(method="simclr", task="calibration", seed=None)
    assert (steps["ratio"], steps["reference"]) == (2.0, 0.5)
    again = made[0] | dict(value=None, status="failed")
    store.append(again)
    at = {name: again[name] for name in ("method", "task", "seed")}
    assert store.get(**at)["status"] == "failed"
    assert COMPACT(["fake", "--results", str(results)]) == 0
    assert f"{results / 'fake'} is in it and can be deleted" in capsys.readouterr().out
    (results / "fake").rename(tmp_path / "deleted")
    after = read_results(load_suite(suite), results)
    assert len(after) == len(made) and results_of("fake", results).get(**at) == again
    assert [r for r in after if r.key != again["key"]] == [
        r for r in before if r.key != again["key"]
    ]


@pytest.mark.parametrize("name", ["transfer", "inpainting"])
def test_compact_loses_nothing_of_old_lines(name, tmp_path):
    """What no result has today stays beside what it has."""
    path = case.ROOT / "benchmarks" / "results" / f"{name}.jsonl"
    shutil.copy(path, tmp_path)
    assert COMPACT([name, "--results", str(tmp_path)]) == 0
    kept = (tmp_path / path.name).read_text()
    old = [json.loads(line) for line in path.read_text().splitlines()]
    assert any("status" not in line for line in old)
    for line in old:
        parts = dict(line)
        if "masks" in parts:
            parts["task"] = f"{parts.pop('data')}-{parts.pop('masks')}"
        for key, value in parts.items():
            told = value is None or json.dumps(value, separators=(",", ":")) in kept
            assert told, key


def test_a_torn_line_is_told_by_the_commands(tmp_path, capsys):
    suite = case.write(tmp_path, case.results())
    with open(tmp_path / "results" / "fake.jsonl", "a") as file:
        file.write('{"suite": "fake", "method"')
    tables = runpy.run_path(str(case.ROOT / "benchmarks" / "tables.py"))["main"]
    assert (
        tables([suite, "--results", str(tmp_path / "results"), "--format", "md"]) == 0
    )
    out, err = capsys.readouterr()
    assert "88 of 108 runs done" in out
    assert err.startswith("warning: ") and "was cut off" in err and err.count("\n") == 1


def test_a_fingerprint_is_of_what_links_lead_to(tmp_path):
    """A VOCdevkit may be a folder of links; one that leads back does not matter."""
    year, devkit = tmp_path / "far" / "VOC2007", tmp_path / "VOCdevkit"
    (year / "Annotations").mkdir(parents=True), devkit.mkdir()
    (year / "Annotations" / "1.xml").write_text("a box")
    (devkit / "VOC2007").symlink_to(year)
    found, lists = fingerprint(devkit), fingerprint(devkit, linked=False)
    (year / "back").symlink_to(year.parent)
    assert fingerprint(devkit) == found
    (year / "Annotations" / "1.xml").write_text("another box")
    assert fingerprint(devkit) != found and fingerprint(devkit, linked=False) == lists
    shutil.copytree(year, tmp_path / "copy" / "VOC2007", ignore=lambda *_: ["back"])
    assert fingerprint(tmp_path / "copy") == fingerprint(devkit)


def test_compact_of_nothing(tmp_path, capsys):
    assert COMPACT(["nothing", "--results", str(tmp_path)]) == 2
    assert "no results of nothing in" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
