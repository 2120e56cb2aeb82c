"""--amp is refused where it would make training many times slower."""

import os
import subprocess
import sys

import pytest
import torch
from runs import environment, train

from ce_plugin.engine import amp as _amp
from ce_plugin.errors import InputError

SLOW = dict(ONEDNN_MAX_CPU_ISA="AVX2", DNNL_MAX_CPU_ISA="AVX2")
"""oneDNN then behaves as on a processor without bfloat16."""


def measured(**variables) -> float:
    code = "from ce_plugin.engine.amp import slowdown; print(slowdown())"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(run.stdout)


@pytest.mark.parametrize("times", [2.5, 20])
def test_a_slow_processor_is_refused(monkeypatch, times):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(_amp, "slowdown", lambda: times)
    with pytest.raises(InputError, match=r"--amp makes .* leave it out.*--amp-anyway"):
        _amp.need_fast_bfloat16()


def test_a_fast_one_and_a_gpu_are_not(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(_amp, "slowdown", lambda: 0.7)
    _amp.need_fast_bfloat16()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(_amp, "slowdown", lambda: 20)
    _amp.need_fast_bfloat16()


@pytest.mark.slow
def test_without_the_instructions_the_trial_sees_it(tmp_path, monkeypatch):
    if torch.cuda.is_available():
        pytest.skip("a GPU's bfloat16 is not the processor's")
    assert measured(**SLOW) > _amp.MOST
    for key, value in SLOW.items():
        monkeypatch.setitem(os.environ, key, value)
    run = train(tmp_path / "refused", "--amp")
    assert run.returncode == 2 and "Traceback" not in run.stderr
    assert "--amp makes a step" in run.stderr.strip().splitlines()[-1]
    assert not (tmp_path / "refused").exists()
    run = train(
        tmp_path / "anyway", "--amp", "--amp-anyway", options=["train_cfg.max_iters=2"]
    )
    assert run.returncode == 0, run.stderr
