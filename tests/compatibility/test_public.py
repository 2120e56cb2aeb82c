"""What others rely on is still there: ``public.json`` against the package of today.

New names may come, and are not listed: one that leaves, or an option, a config or a key
that does, fails here.
"""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import public
import pytest
from runs import environment

LISTED = json.loads((Path(__file__).parent / "public.json").read_text())


def gone(listed, found):
    return sorted(set(listed) - set(found))


@pytest.mark.parametrize("module", LISTED["names"])
def test_names(module):
    assert not gone(LISTED["names"][module], public.names(module))
    for name in LISTED["names"][module]:
        code = f"from {module} import {name}"
        exec(code, {})


@pytest.mark.parametrize(
    ("former", "today", "name"),
    [
        ("ce_plugin.inference", "ce_plugin.inpainting", "InpaintingInferencer"),
        ("ce_plugin.inference.fillers", "ce_plugin.inpainting.fillers", "Telea"),
        (
            "ce_plugin.models.data_dependent_init",
            "ce_plugin.models.initialization.data_dependent",
            "data_dependent_init",
        ),
    ],
)
def test_a_former_name_says_where_it_is(monkeypatch, former, today, name):
    for module in (former, "ce_plugin.inference"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.warns(DeprecationWarning, match=r"is called ce_plugin\.[\w.]+ now"):
        found = importlib.import_module(former)
    assert getattr(found, name) is getattr(importlib.import_module(today), name)


def test_modules_of_the_former_fillers_are_those_of_today():
    """In a process of its own: a second run of one would register its filler again."""
    code = """
from ce_plugin.inference.fillers.patchmatch import PatchMatch
import ce_plugin.inference.fillers.base as former
from ce_plugin.inpainting import fillers
assert PatchMatch is fillers.PatchMatch and former is fillers.base
"""
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], check=True, env=environment()
    )


def test_registered_names():
    found = public.registered()
    for registry, listed in LISTED["registered"].items():
        assert not gone(listed, found[registry]), registry


def test_configs():
    assert not gone(LISTED["configs"], public.configs())


@pytest.mark.parametrize("tool", LISTED["tools"])
def test_command_lines(tool):
    found = public.options(tool)
    for command, listed in LISTED["tools"][tool].items():
        assert not gone(listed, found[command]), command


def test_exit_codes():
    assert public.exit_codes() == LISTED["exit_codes"]


def test_keys_of_an_encoder():
    assert not gone(LISTED["encoder_meta"], public.encoder_meta())
    # Order as well: some readers go by it.
    assert list(public.r18_half().items()) == list(LISTED["r18_half"].items())
