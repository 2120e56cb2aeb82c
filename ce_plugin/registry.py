"""The scope ``ce_plugin`` under mmengine's root registries.

``type='ce_plugin.CaffeNet'`` resolves from any OpenMMLab config without
``custom_imports``: mmengine imports ``<scope>.registry`` by name and, on the first
look-up, the locations given here. ``_base_='ce_plugin::pretrain/x.py'`` resolves
because of the entry in ``MODULE2PACKAGE``.
"""

from mmengine import registry as root
from mmengine.config.utils import MODULE2PACKAGE
from mmengine.registry import Registry

SCOPE = "ce_plugin"
MODULE2PACKAGE.setdefault(SCOPE, SCOPE)


def _child(parent: Registry, *rooms: str) -> Registry:
    """A registry of this scope whose classes live in ``ce_plugin.<room>``."""
    locations = [f"{SCOPE}.{room}" for room in rooms]
    return Registry(parent.name, parent=parent, scope=SCOPE, locations=locations)


MASKS = Registry("mask", scope=SCOPE, locations=[f"{SCOPE}.masks"])
FILLERS = Registry("filler", scope=SCOPE, locations=[f"{SCOPE}.inference"])
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
