"""Figures of docs/gpu.md that come from stored results."""

import json
import re

import pytest
from runs import ROOT

PAGE = (ROOT / "docs" / "gpu.md").read_text()
RESULTS = ROOT / "benchmarks" / "results" / "speed"


def test_what_determinism_costs():
    (value,) = re.findall(r"takes ([\d.]+) times as long with it", PAGE)
    result = json.loads((RESULTS / "deterministic.json").read_text())
    assert float(value) == pytest.approx(result["times_as_long"]["median"], abs=6e-4)
    assert result["machine"]["gpu"] == "none"


def test_every_reason_not_to_record_is_on_the_page():
    source = (ROOT / "ce_plugin" / "engine" / "cuda_graph.py").read_text()
    body = source[source.index("def why_not") : source.index("class CapturedStep")]
    assert body.count('return "') + body.count('return f"') == 5
    for word in ("float16", "accumulated", "several processes", "SGD"):
        assert word in PAGE
