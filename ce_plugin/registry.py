"""The scope ``ce_plugin`` under mmengine's root registries.

``type='ce_plugin.CaffeNet'`` resolves from any OpenMMLab config without
``custom_imports``: mmengine imports ``<scope>.registry`` by name and, on the first
look-up, the locations given here. ``_base_='ce_plugin::pretrain/x.py'`` resolves
because of the entry in ``MODULE2PACKAGE``.

Every root registry has a child here, those to which this package adds nothing as well:
with ``default_scope = 'ce_plugin'`` mmengine looks for one in each, and warns of a tree
without.
"""

from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec

from mmengine import registry as root
from mmengine.config.utils import MODULE2PACKAGE
from mmengine.registry import DefaultScope, Registry, build_from_cfg

SCOPE = "ce_plugin"
MODULE2PACKAGE.setdefault(SCOPE, SCOPE)


def name_modules_themselves(packages: dict[str, str]) -> None:
    """Makes mmengine find packages that another distribution than its own brings.

    mmengine looks for the module ``mmseg`` in the distribution ``mmsegmentation``;
    OneDL's is called ``onedl-mmsegmentation``, so that ``_base_='mmseg::...'`` fails.
    Asked for a name that is no distribution, mmengine looks for the module.

    Args:
        packages: mmengine's ``MODULE2PACKAGE``, changed in place.
    """
    for module, package in packages.items():
        if module == package or find_spec(module) is None:
            continue
        try:
            distribution(package)
        except PackageNotFoundError:
            packages[module] = module


name_modules_themselves(MODULE2PACKAGE)


def _child(parent: Registry, *rooms: str) -> Registry:
    """A registry of this scope whose classes live in ``ce_plugin.<room>``."""
    # Without a location mmengine would import all that a ce_plugin.utils registers.
    locations = [f"{SCOPE}.{room}" for room in rooms] or [f"{SCOPE}.registry"]
    return Registry(parent.name, parent=parent, scope=SCOPE, locations=locations)


def _build_here(cfg: dict, registry: Registry, **kwargs: object) -> object:
    """Builds in this scope: nobody else has a registry of that name."""
    with DefaultScope.overwrite_default_scope(SCOPE):
        return build_from_cfg(cfg, registry, **kwargs)


MASKS = Registry("mask", _build_here, scope=SCOPE, locations=[f"{SCOPE}.masks"])
FILLERS = Registry(
    "filler", _build_here, scope=SCOPE, locations=[f"{SCOPE}.inpainting"]
)
DATASETS = _child(root.DATASETS, "datasets")
DATA_SAMPLERS = _child(root.DATA_SAMPLERS, "datasets")
TRANSFORMS = _child(root.TRANSFORMS, "datasets")
FUNCTIONS = _child(root.FUNCTIONS, "datasets")
MODELS = _child(root.MODELS, "models")
HOOKS = _child(root.HOOKS, "engine")
LOOPS = _child(root.LOOPS, "engine")
OPTIMIZERS = _child(root.OPTIMIZERS, "engine")
OPTIM_WRAPPER_CONSTRUCTORS = _child(root.OPTIM_WRAPPER_CONSTRUCTORS, "engine")
OPTIM_WRAPPERS = _child(root.OPTIM_WRAPPERS, "engine")
METRICS = _child(root.METRICS, "evaluation")
WEIGHT_INITIALIZERS = _child(root.WEIGHT_INITIALIZERS, "checkpoints")
# To these the package adds nothing.
EVALUATOR = _child(root.EVALUATOR)
INFERENCERS = _child(root.INFERENCERS)
LOG_PROCESSORS = _child(root.LOG_PROCESSORS)
MODEL_WRAPPERS = _child(root.MODEL_WRAPPERS)
PARAM_SCHEDULERS = _child(root.PARAM_SCHEDULERS)
RUNNER_CONSTRUCTORS = _child(root.RUNNER_CONSTRUCTORS)
RUNNERS = _child(root.RUNNERS)
STRATEGIES = _child(root.STRATEGIES)
TASK_UTILS = _child(root.TASK_UTILS)
VISBACKENDS = _child(root.VISBACKENDS)
VISUALIZERS = _child(root.VISUALIZERS)
