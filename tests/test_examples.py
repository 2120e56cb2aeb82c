"""Every example in a docstring runs."""

import doctest
import importlib
import pkgutil

import pytest

import ce_plugin


def modules():
    found = pkgutil.walk_packages(ce_plugin.__path__, "ce_plugin.")
    return [module.name for module in found]


@pytest.mark.parametrize("name", modules())
def test_examples(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0
