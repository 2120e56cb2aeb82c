"""Parts under the default scope of another package: ``mmdet``, ``mmseg`` ...

A part that is named with its scope builds there, and so does what it puts inside itself
where the config is silent.
"""

import ast
import inspect
from importlib.util import find_spec

import pytest
from masks.test_mask_contract import CASES, FOLDER
from mmengine.registry import DefaultScope, Registry, root
from models.pretext_cases import PRETEXTS
from runs import ROOT

import ce_plugin.registry as scope

OURS = [r for r in vars(scope).values() if isinstance(r, Registry)]
# Rooms whose classes a config names.
ROOMS = ("datasets", "engine", "evaluation", "inference", "masks", "models")


class Trap:
    """What a foreign scope gives for a name that is ours."""

    def __init__(self, *args, **kwargs):
        raise AssertionError("a default without its scope")


@pytest.fixture(scope="module")
def elsewhere():
    """A scope that has every one of our names for something else."""
    parents = [r for r in vars(root).values() if isinstance(r, Registry)]
    for parent in parents:
        child = Registry(parent.name, parent=parent, scope="elsewhere")
        child._imported = True
        own = getattr(scope, _name(parent))
        own.import_from_location()
        for name in own.module_dict:
            child.register_module(name, module=Trap)
    yield "elsewhere"
    for parent in parents:
        del parent._children["elsewhere"]


def _name(registry):
    return next(n for n, r in vars(root).items() if r is registry)


def named(value):
    """``value`` with our scope before every type that has none."""
    if isinstance(value, dict):
        value = {k: named(v) for k, v in value.items()}
        if isinstance(value.get("type"), str) and "." not in value["type"]:
            value["type"] = f"ce_plugin.{value['type']}"
    return value


@pytest.mark.parametrize("package", ["elsewhere", "mmdet", "mmseg", "mmpretrain"])
@pytest.mark.parametrize("name", PRETEXTS)
def test_pretexts(name, package, request):
    if package == "elsewhere":
        request.getfixturevalue("elsewhere")
    elif find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    case = PRETEXTS[name]
    if case.lightly:
        pytest.importorskip("lightly")
    config = named(dict(case.config, type=name))
    with DefaultScope.overwrite_default_scope(package):
        built = root.MODELS.build(config)
    assert type(built).__module__.startswith("ce_plugin.")


@pytest.mark.parametrize("name", sorted({case["type"] for case in CASES}))
def test_masks(name, elsewhere, caplog):
    cases = [c for c in CASES if c["type"] == name and FOLDER not in c.values()]
    if not cases:
        pytest.skip("needs files")
    with DefaultScope.overwrite_default_scope(elsewhere):
        scope.MASKS.build(cases[0])
    assert "Failed to search registry" not in caplog.text


def nested_types():
    """Where a ``dict(type="X")`` of the package's code stands, and the X."""
    found = []
    for room in ROOMS:
        for path in sorted((ROOT / "ce_plugin" / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                place = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
                found += [(place, kind) for kind in _types(node)]
    return found


def _types(node):
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "dict":
        pairs = [(k.arg, k.value) for k in node.keywords]
    elif isinstance(node, ast.Dict):
        pairs = [(getattr(k, "value", None), v) for k, v in zip(node.keys, node.values)]
    else:
        return []
    return [
        value.value
        for key, value in pairs
        if key == "type" and isinstance(value, ast.Constant)
    ]


def test_every_default_names_its_scope():
    """The ones that no row above reaches as well: read in the source."""
    own = set()
    for registry in OURS:
        registry.import_from_location()
        own |= {
            name
            for name, cls in registry.module_dict.items()
            if (inspect.getmodule(cls) or root).__name__.startswith("ce_plugin.")
        }
    types = nested_types()
    assert [f"{place} {kind}" for place, kind in types if kind in own] == []
    assert any(kind.startswith("ce_plugin.") for _, kind in types)
