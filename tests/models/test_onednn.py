"""Products by oneDNN are products."""

import pytest
import torch
import torch.nn.functional as F

from ce_plugin.models import onednn
from ce_plugin.models.onednn import product


@pytest.fixture
def asked(monkeypatch):
    """Counts what oneDNN is asked for."""
    calls = []
    inner = onednn._by_onednn
    monkeypatch.setattr(
        onednn, "_by_onednn", lambda *args: calls.append(1) or inner(*args)
    )
    return calls


@pytest.mark.parametrize("transposed", [False, True])
def test_value_and_gradients(transposed, asked):
    torch.manual_seed(0)
    x = torch.randn(6, 1024, requires_grad=True)
    shape = (1024, 1100) if transposed else (1100, 1024)
    weight = torch.randn(shape, requires_grad=True)
    scale = torch.randn(6, 1100)
    found = []
    for function in (product, F.linear):
        x.grad = weight.grad = None
        y = function(x, weight.mT if transposed else weight)
        (y * scale).sum().backward()
        assert weight.grad.is_contiguous()
        found.append((y, x.grad, weight.grad))
    for ours, theirs in zip(*found):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)
    assert len(asked) == 3


def test_only_what_is_asked_for_is_computed(asked):
    x, weight = torch.randn(4, 1024), torch.randn(1024, 1024, requires_grad=True)
    product(x, weight).sum().backward()
    assert x.grad is None and weight.grad is not None and len(asked) == 2


def test_the_rest_goes_the_usual_way(asked):
    x, weight = torch.randn(4, 1024), torch.randn(1024, 1024)
    product(x[:, :8], weight[:, :8])
    assert product(x.double(), weight.double()).dtype == torch.float64
    with torch.autocast("cpu", torch.bfloat16):
        assert product(x, weight).dtype == torch.bfloat16
    with torch.no_grad():
        product(x, weight)
    with torch.backends.mkldnn.flags(enabled=False):
        product(x, weight)
    assert asked == []
