"""The scope under mmengine's root registries."""

import pytest
from mmengine.registry import Registry, root

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
