"""docs/hidden-words.md: its configs and parts exist, its figures are measured ones."""

import json
import re

from models.targets.cases import registered
from runs import ROOT

PAGE = (ROOT / "docs" / "hidden-words.md").read_text()


def test_configs_and_targets_are_all_there():
    named = set(re.findall(r"`((?:hidden|seen)-words_[\w-]+\.py)`", PAGE))
    found = (ROOT / "configs" / "pretrain").glob("*-words_*.py")
    assert named == {path.name for path in found}
    rows = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.M))
    assert set(registered()) <= rows


def test_its_example_is_built():
    from ce_plugin.registry import MODELS

    example = next(block for block in re.findall(r"```python\n(.*?)```", PAGE, re.S))
    made: dict = {}
    exec(example, made)
    model = MODELS.build(made["model"])
    assert set(model.targets) == {"words", "fine", "bag"}


def test_its_figures_are_those_of_the_script():
    path = ROOT / "benchmarks" / "results" / "speed" / "targets.json"
    for figure in json.loads(path.read_text())["against_encoder"].values():
        assert f"{figure['median']:.2f} times" in PAGE
