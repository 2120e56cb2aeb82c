"""300 files that nobody wants: no traceback, no hang, and the good ones are done."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from fuzzed import write_fuzzed
from PIL import Image
from runs import ROOT, environment

MOST_SECONDS = 10
MOST_MEGABYTES = 3000


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What a process tells that took the files through everything, and good names."""
    folder, out = (tmp_path_factory.mktemp(name) for name in ("files", "out"))
    good, count = write_fuzzed(folder)
    assert count >= 300
    mask = np.zeros((24, 32), np.uint8)
    mask[4:9, 5:12] = 255
    Image.fromarray(mask).save(out / "mask.png")
    command = [sys.executable, str(ROOT / "tests" / "fuzz_run.py")]
    command += [str(folder), str(out), str(out / "mask.png")]
    done = subprocess.run(command, capture_output=True, env=environment(), timeout=600)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-3000:]
    assert b"Traceback" not in said and b"Logging error" not in said
    return json.loads((out / "told.json").read_text()), good


def stem(name):
    return os.path.splitext(name)[0]


@pytest.mark.slow
@pytest.mark.parametrize("part", ["reader", "inpaint", "score", "demo"])
def test_no_file_takes_long(told, part):
    assert told[0][part]["longest"]["seconds"] < MOST_SECONDS, told[0][part]["longest"]


@pytest.mark.slow
def test_memory_is_bounded(told):
    assert told[0]["megabytes"] < MOST_MEGABYTES


@pytest.mark.slow
def test_the_folder_reader_of_training(told):
    found, good = told[0]["reader"], told[1]
    assert len(found["names"]) > 290 and set(good) <= set(found["good"])
    assert not {"bomb header.png", "text.jpg", "circle.png"} & set(found["good"])


@pytest.mark.slow
def test_inpaint(told):
    found, good = told[0]["inpaint"], told[1]
    assert found["code"] == 1
    assert {f"{stem(name)}.png" for name in good} <= set(found["names"])
    refused = [line for line in found["err"] if line.startswith("not filled: ")]
    names = told[0]["reader"]["names"]
    assert len(refused) + len(found["names"]) == len(names)
    # Every line of it is one of these or a decoder's; none is the end of a name.
    assert not any(line.startswith(("lines", "return")) for line in found["err"])
    assert not any("Traceback" in line for line in found["out"] + found["err"])


@pytest.mark.slow
def test_score(told):
    found, good = told[0]["score"], told[1]
    assert found["code"] == 1 and {stem(name) for name in good} <= set(found["names"])
    assert any(line.startswith("not scored: archive: ") for line in found["err"])
    assert not any("Traceback" in line for line in found["out"] + found["err"])


@pytest.mark.slow
def test_demo(told):
    found, good = told[0]["demo"], told[1]
    assert set(found["codes"]) <= {"200", "400", "413"}
    assert set(good) <= set(found["good"])
    assert not any("\n" in error or "Traceback" in error for error in found["errors"])
