"""What others rely on is still there: ``public.json`` against the package of today.

New names may come, and are not listed: one that leaves, or an option, a config or a key
that does, fails here.
"""

import importlib
import json
import sys
from pathlib import Path

import public
import pytest

from ce_plugin.inpainting import InpaintingInferencer

LISTED = json.loads((Path(__file__).parent / "public.json").read_text())


def gone(listed, found):
    return sorted(set(listed) - set(found))


@pytest.mark.parametrize("module", LISTED["names"])
def test_names(module):
    assert not gone(LISTED["names"][module], public.names(module))
    for name in LISTED["names"][module]:
        code = f"from {module} import {name}"
        exec(code, {})


def test_the_former_name_of_inpainting_says_where_it_is():
    sys.modules.pop("ce_plugin.inference", None)
    with pytest.warns(DeprecationWarning, match=r"is called ce_plugin\.inpainting now"):
        found = importlib.import_module("ce_plugin.inference")
    assert found.InpaintingInferencer is InpaintingInferencer


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
