"""Every script of benchmarks/ runs, small; one without a run here fails the table."""

import json
import re
import subprocess
import sys

import pytest
from runs import ROOT, SMALL, environment

sys.path.insert(0, str(ROOT / "benchmarks"))
from gpu.run import STAGES
from harness.generated import make_digits, make_voc

FEW_STEPS = ["train_cfg.max_iters=4", "train_cfg.val_interval=4"]
NO_WORKERS = [
    "train_dataloader.num_workers=0",
    "train_dataloader.persistent_workers=False",
    "val_dataloader.num_workers=0",
    "val_dataloader.persistent_workers=False",
]
# Arguments of a small run; {digits} and {voc} are invented data, {here} an empty folder
# in which result.json is expected.
RUNS = {
    "default_job.py": "--cfg-options {small} --picture {here}/last.png "
    "--out {here}/result.json",
    "mnist.py": "--seeds 0 --data-root {digits} --out {here}/result.json --cfg-options "
    "train_cfg.max_iters=4 train_dataloader.batch_size=8",
    "speed/data.py": "--rounds 1 --batches 1 --pictures 12 --out {here}/result.json",
    "speed/deterministic.py": "--rounds 1 --batch 4 --out {here}/result.json",
    "speed/decoding.py": "--rounds 1 --pictures 2 --out {here}/result.json",
    "speed/processes.py": "--processes 1 2 --pictures 80 --out {here}/result.json",
    "speed/start.py": "--pictures 200 --out {here}/result.json",
    "speed/inpainting.py": "--rounds 1 --pictures 2 --out {here}/result.json",
    "speed/jitter.py": "--rounds 1 --views 4 --out {here}/result.json",
    "speed/joint_profile.py": "--rounds 1 --batch 4 --out {here}/result.json",
    "speed/joint_step.py": "--rounds 1 --batch 4 --out {here}/result.json",
    "speed/masks.py": "--repeats 1 --out {here}/result.json",
    "speed/overhead.py": "--rounds 2 --out {here}/result.json",
    "speed/pretexts.py": "--rounds 1 --batch 4 --pictures 12 --out {here}/result.json",
    "speed/targets.py": "--rounds 1 --batch 8 --size 64 --out {here}/result.json",
}
# Those that have a test of their own.
TESTS = {
    "compact.py": "benchmarks/test_store.py",
    "gpu/bundle.py": "benchmarks/test_gpu.py::test_the_bundle_says_what_to_run",
    **{
        f"gpu/{script}.py": "benchmarks/test_gpu.py::test_every_stage_on_a_cpu"
        for script in ("run", *(f"stages/{name}" for name in STAGES))
    },
    "gpu/run.py": "benchmarks/test_gpu.py::test_every_stage_on_a_cpu",
    "gpu/stages/correct.py": "benchmarks/test_gpu.py::test_every_stage_on_a_cpu",
    "gpu/stages/facts.py": "benchmarks/test_gpu.py::test_every_stage_on_a_cpu",
    "gpu/stages/fast.py": "benchmarks/test_gpu.py::test_every_stage_on_a_cpu",
    "gpu/stages/learn.py": "benchmarks/test_gpu.py::test_every_stage_on_a_cpu",
    "harness/digits.py": "benchmarks/test_suites.py::test_dry_run",
    "harness/floors.py": "benchmarks/test_suites.py::test_dry_run",
    "harness/follow.py": "benchmarks/test_suites.py::test_dry_run",
    "harness/probe.py": "benchmarks/test_suites.py::test_dry_run",
    "inpainting/figure.py": "benchmarks/test_inpainting_benchmark.py",
    "run.py": "benchmarks/test_suites.py::test_dry_run",
    "stacks.py": "benchmarks/test_stacks.py::test_a_small_environment",
    "tables.py": "benchmarks/test_smoke.py::test_killed_and_completed",
    "transfer/run.py": "benchmarks/test_scripts.py::test_transfer_and_its_table",
    "transfer/table.py": "benchmarks/test_scripts.py::test_transfer_and_its_table",
}


def scripts():
    """What is started by its name, relative to benchmarks/."""
    folder = ROOT / "benchmarks"
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*.py")
        if re.search(r'^if __name__ == "__main__"', path.read_text(), re.M)
    )


def start(script, *arguments):
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / script), *map(str, arguments)],
        env=environment(CUDA_VISIBLE_DEVICES=""),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    make_digits(root / "digits")
    make_voc(root / "voc")
    return root


def test_every_script_has_a_smoke_run():
    assert set(scripts()) == set(RUNS) | set(TESTS) and not set(RUNS) & set(TESTS)
    for script, test in TESTS.items():
        file, _, name = test.partition("::")
        text = (ROOT / "tests" / file).read_text()
        assert (
            f"def {name}(" in text if name else script.rpartition("/")[2][:-3] in text
        )


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("script", RUNS)
def test_smoke(script, data, tmp_path):
    names = dict(here=tmp_path, digits=data / "digits", voc=data / "voc")
    small = " ".join(SMALL)
    arguments = [x.format(**names, small=small) for x in RUNS[script].split(" ")]
    start(script, *(word for argument in arguments for word in argument.split()))
    result = json.loads((tmp_path / "result.json").read_text())
    assert result and "NaN" not in json.dumps(result)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_transfer_and_its_table(data, tmp_path):
    options = ["--data-root", data / "voc", "--work-dir", tmp_path / "work"]
    options += ["--results", tmp_path, "--seeds", 0, "--workers", 1]
    options += ["--tasks", "svm-voc07", "detection"]
    options += ["--min-positives", 1, "--cfg-options", *FEW_STEPS]
    said = start("transfer/run.py", *options)
    assert len(re.findall(r" seed 0: [\d.]+ in ", said)) == 2 * 2
    assert not start("transfer/run.py", *options)  # nothing is run again
    table = start("transfer/table.py", "--results", tmp_path)
    assert table.count("\n| ") == 3 + 1  # an SVM has three rows
