"""The examples in the docstrings run."""

import doctest
import importlib
import pkgutil

import pytest

import ce_plugin.datasets

MODULES = [m.name for m in pkgutil.iter_modules(ce_plugin.datasets.__path__)]


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings(module):
    loaded = importlib.import_module(f"ce_plugin.datasets.{module}")
    assert doctest.testmod(loaded).failed == 0


@pytest.mark.parametrize("name", ce_plugin.datasets.__all__)
def test_what_is_exported_has_an_example(name):
    if name != "PictureDataset":  # a base: its kinds have one each
        assert ">>>" in getattr(ce_plugin.datasets, name).__doc__
