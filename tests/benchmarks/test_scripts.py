"""Every script of benchmarks/ runs, small; one without a run here fails the table."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from runs import ROOT, SMALL, environment

sys.path.insert(0, str(ROOT / "benchmarks"))
from gpu.run import STAGES

# Arguments of a small run; {here} is a folder in which result.json is expected,
# {pictures} one of pictures.
RUNS = {
    "figures/default_job.py": "--cfg-options {small} --picture {here}/last.png "
    "--out {here}/result.json",
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
    "speed/overhead.py": "--rounds 2 --data-root {pictures} --out {here}/result.json",
    "speed/pretexts.py": "--rounds 1 --batch 4 --pictures 12 --out {here}/result.json",
    "speed/targets.py": "--rounds 1 --batch 8 --size 64 --out {here}/result.json",
}
# Those that have a test of their own.
TESTS = {
    "compact.py": "benchmarks/test_store.py",
    "figures/filled_holes.py": "benchmarks/test_figures.py",
    "figures/final.py": "benchmarks/test_final.py::test_it_prints_what_there_is",
    "gpu/bundle.py": "benchmarks/test_gpu_bundle.py::test_the_bundle_says_what_to_run",
    **{
        f"gpu/{script}.py": "benchmarks/test_gpu.py::test_every_stage_on_a_cpu"
        for script in ("run", *(f"stages/{name}" for name in STAGES))
    },
    "gpu/run.py": "benchmarks/test_gpu.py::test_every_stage_on_a_cpu",
    "gpu/stages/correct.py": "benchmarks/test_gpu.py::test_every_stage_on_a_cpu",
    "gpu/stages/facts.py": "benchmarks/test_gpu.py::test_every_stage_on_a_cpu",
    "gpu/stages/fast.py": "benchmarks/test_gpu.py::test_every_stage_on_a_cpu",
    "gpu/stages/learn.py": "benchmarks/test_gpu.py::test_every_stage_on_a_cpu",
    "harness/programs/digits.py": "benchmarks/test_suites.py::test_dry_run",
    "harness/programs/filling.py": "benchmarks/test_suites.py::test_dry_run",
    "harness/programs/floors.py": "benchmarks/test_suites.py::test_dry_run",
    "harness/runner/follow.py": "benchmarks/test_suites.py::test_dry_run",
    "harness/programs/probe.py": "benchmarks/test_suites.py::test_dry_run",
    "packaged/measure.py": "benchmarks/test_packaged.py",
    "packaged/pack.py": "benchmarks/test_packaged.py",
    "run.py": "benchmarks/test_suites.py::test_dry_run",
    "stacks.py": "benchmarks/test_stacks.py::test_a_small_environment",
    "tables.py": "benchmarks/test_smoke.py::test_killed_and_completed",
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


def photos(folder, count=8):
    """A folder of jpgs; what they show does not matter."""
    folder.mkdir()
    generator = np.random.default_rng(0)
    for index in range(count):
        pixels = generator.integers(0, 256, (120, 160, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{index}.jpg")
    return folder


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
def test_smoke(script, tmp_path):
    small = " ".join(SMALL)
    given = dict(here=tmp_path, small=small, pictures=photos(tmp_path / "pictures"))
    arguments = [x.format(**given) for x in RUNS[script].split(" ")]
    start(script, *(word for argument in arguments for word in argument.split()))
    result = json.loads((tmp_path / "result.json").read_text())
    assert result and "NaN" not in json.dumps(result)
