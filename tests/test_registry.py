"""The scope under mmengine's root registries."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from mmengine.registry import Registry, root
from mmengine.utils import get_installed_path

import ce_plugin.registry

ROOTS = {n: r for n, r in vars(root).items() if isinstance(r, Registry)}


@pytest.mark.parametrize("name", ROOTS)
def test_every_root_has_a_child_here(name):
    """Where one has none, mmengine warns on every start and builds from the root."""
    child = ROOTS[name]._search_child("ce_plugin")
    assert child is getattr(ce_plugin.registry, name)
    assert child.parent is ROOTS[name] and child.build_func is ROOTS[name].build_func


def test_a_child_without_classes_of_its_own_finds_the_roots(caplog):
    visualizers = ce_plugin.registry.VISUALIZERS
    assert visualizers.get("Visualizer") is root.VISUALIZERS.get("Visualizer")
    assert not caplog.records


def test_modules_are_found_whoever_distributes_them():
    """OneDL's distribution of mmseg is not called mmsegmentation."""
    packages = {
        "mmengine": "a-distribution-that-is-not-there",
        "mmseg": "mmsegmentation",
        "no_such_module": "a-distribution-that-is-not-there",
    }
    ce_plugin.registry.name_modules_themselves(packages)
    assert packages["mmengine"] == "mmengine"
    assert packages["no_such_module"] == "a-distribution-that-is-not-there"
    where = Path(get_installed_path(packages["mmengine"]))
    assert (where / "registry" / "root.py").is_file()
    if find_spec("mmseg"):
        where = Path(get_installed_path(packages["mmseg"]))
        assert (where / "registry").is_dir()
