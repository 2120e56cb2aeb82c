"""One setting for matrix products and convolutions, whatever torch's defaults are."""

import pytest
import torch
from mmengine.config import Config

from ce_plugin.engine import deterministic
from ce_plugin.engine.precision import set_float32_precision
from ce_plugin.errors import InputError


@pytest.fixture(autouse=True)
def put_back():
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    yield
    torch.backends.cuda.matmul.allow_tf32 = before[0]
    torch.backends.cudnn.allow_tf32 = before[1]


@pytest.mark.parametrize(
    ("name", "tf32", "matmul"), [("tf32", True, "high"), ("ieee", False, "highest")]
)
def test_products_and_convolutions_alike(name, tf32, matmul):
    set_float32_precision("ieee" if tf32 else "tf32")
    set_float32_precision(name)
    assert torch.backends.cuda.matmul.allow_tf32 is tf32
    assert torch.backends.cudnn.allow_tf32 is tf32
    # What libraries ask can still be read.
    assert torch.get_float32_matmul_precision() == matmul
    if hasattr(torch.backends.cudnn, "conv"):
        said = {
            torch.backends.cuda.matmul.fp32_precision == "tf32",
            torch.backends.cudnn.conv.fp32_precision == "tf32",
            torch.backends.cudnn.rnn.fp32_precision == "tf32",
        }
        assert said == {tf32}


def test_a_cpu_is_left_alone():
    torch.manual_seed(0)
    a, b = torch.randn(2, 64, 64)
    results = []
    for name in ("ieee", "tf32"):
        set_float32_precision(name)
        results.append(a @ b)
    assert torch.equal(*results)


def test_another_name():
    with pytest.raises(InputError, match="'tf32' or 'ieee', not 'bf16'"):
        set_float32_precision("bf16")


def test_asking_for_determinism(monkeypatch):
    monkeypatch.delenv(deterministic.WORKSPACE, raising=False)
    cfg = Config(dict(randomness=dict(seed=3), env_cfg=dict(cudnn_benchmark=True)))
    deterministic.ask_for_determinism(cfg)
    assert cfg.randomness == dict(seed=3, deterministic=True)
    assert cfg.env_cfg.cudnn_benchmark is False
    assert deterministic.os.environ[deterministic.WORKSPACE] == ":4096:8"
    monkeypatch.setenv(deterministic.WORKSPACE, ":0:0")
    with pytest.raises(InputError, match="':0:0'; unset it"):
        deterministic.ask_for_determinism(cfg)
