"""What of the package others rely on, read from the package itself.

``python public.py OUT.json`` writes it down; README.md beside this says with which
version ``public.json`` was written. It reads that version and today's alike.
"""

import argparse
import ast
import importlib
import json
import sys
import warnings
from pathlib import Path

MODULES = (
    "ce_plugin",
    "ce_plugin.checkpoints",
    "ce_plugin.datasets",
    "ce_plugin.datasets.check",
    "ce_plugin.engine.hooks",
    "ce_plugin.engine.optimizers",
    "ce_plugin.errors",
    "ce_plugin.evaluation",
    "ce_plugin.inference",
    "ce_plugin.masks",
    "ce_plugin.models.backbones",
    "ce_plugin.models.bottlenecks",
    "ce_plugin.models.classifiers",
    "ce_plugin.models.decoders",
    "ce_plugin.models.detection",
    "ce_plugin.models.discriminators",
    "ce_plugin.models.jitter",
    "ce_plugin.models.losses",
    "ce_plugin.models.pretexts",
    "ce_plugin.models.segmentation",
    "ce_plugin.models.targets",
    "ce_plugin.registry",
    "ce_plugin.structures",
)
HALF = dict(type="TimmBackbone", model_name="resnet18", channels=(32, 64, 128, 256))


def describe() -> dict:
    """All of it, as JSON has it."""
    return dict(
        names={module: names(module) for module in MODULES},
        registered=registered(),
        configs=configs(),
        tools={name: options(name) for name in tools()},
        exit_codes=exit_codes(),
        encoder_meta=encoder_meta(),
        r18_half=r18_half(),
    )


def names(module: str) -> list[str]:
    """What a module offers to others."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = importlib.import_module(module)
    if said := getattr(found, "__all__", None):
        return sorted(said)
    # What it defines, and what it imports on first use.
    tree = ast.parse(Path(found.__file__).read_text(encoding="utf-8"))
    made = {node.name for node in tree.body if hasattr(node, "name")}
    for node in tree.body:
        made |= {at.id for at in getattr(node, "targets", ()) if hasattr(at, "id")}
    lazy = set(dir(found)) - set(vars(found))
    return sorted(name for name in made | lazy if _public(name))


def _public(name: str) -> bool:
    return name == "__version__" or not name.startswith("_")


def registered() -> dict[str, list[str]]:
    """What configs can name, by registry."""
    from mmengine.registry import Registry

    from ce_plugin import registry

    found = {}
    for name, value in sorted(vars(registry).items()):
        if isinstance(value, Registry):
            value.import_from_location()
            if value.module_dict:
                found[name] = sorted(value.module_dict)
    return found


def root() -> Path:
    """The checkout that the package is imported from."""
    import ce_plugin

    return Path(ce_plugin.__file__).parents[1]


def configs() -> list[str]:
    """What ``_base_`` and ``mim train`` can name."""
    folder = root() / "configs"
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.py"))


def tools() -> list[str]:
    """The command lines."""
    found = (root() / "ce_plugin" / "tools").glob("*.py")
    texts = {path.stem: path.read_text() for path in found}
    return sorted(name for name, text in texts.items() if "def parse_args(" in text)


def options(tool: str) -> dict[str, list[str]]:
    """Positional arguments and options of a tool, by subcommand; '' for the tool's."""
    module = importlib.import_module(f"ce_plugin.tools.{tool}")
    made = []

    def catch(parser, *args, **kwargs):
        made.append(parser)
        raise StopIteration

    parse, argparse.ArgumentParser.parse_args = (
        argparse.ArgumentParser.parse_args,
        catch,
    )
    try:
        module.parse_args([])
    except StopIteration:
        pass
    finally:
        argparse.ArgumentParser.parse_args = parse
    found = {}
    _take(made[0], "", found)
    return found


def _take(parser: argparse.ArgumentParser, command: str, found: dict) -> None:
    said = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                _take(sub, f"{command} {name}".strip(), found)
        else:
            said += action.option_strings or [action.dest]
    found[command] = sorted(said)


def exit_codes() -> dict[str, int]:
    """How the training tool, as every tool, ends."""
    from ce_plugin.errors import InputError, TrainingError
    from ce_plugin.tools import train

    ends = {
        "done": None,
        "the run could not go on": TrainingError("x"),
        "the disk is full": OSError(28, "x"),
        "the input is wrong": InputError("x"),
        "no permission": PermissionError(13, "x", "x"),
        "interrupted": KeyboardInterrupt(),
        "no such option": None,
    }
    before, argv = train.train, sys.argv
    found = {}
    try:
        for said, error in ends.items():
            train.train = _ending(error)
            sys.argv = ["train", "--nothing" if "option" in said else "x.py"]
            try:
                found[said] = train.main()
            except SystemExit as left:
                found[said] = left.code
    finally:
        train.train, sys.argv = before, argv
    return found


def _ending(error: BaseException | None):
    def end(args):
        if error is not None:
            raise error

    return end


def encoder_meta() -> list[str]:
    """The keys of ``meta`` in a run's encoder.pth."""
    from mmengine.config import Config

    from ce_plugin.checkpoints import encoder_meta as described
    from ce_plugin.registry import MODELS

    cfg = Config.fromfile(root() / "configs/pretrain/hidden-words_r18-half-96.py")
    model = MODELS.build(cfg.model)
    return sorted(described(model, cfg, {}, iterations=1, seed=0))


def r18_half() -> dict[str, list[int]]:
    """Keys and shapes of the encoder of half width."""
    from ce_plugin.registry import MODELS

    state = MODELS.build(HALF | dict(_scope_="ce_plugin")).state_dict()
    return {key: list(value.shape) for key, value in state.items()}


if __name__ == "__main__":
    # One line a list: short, and a change of one name is a change of one line.
    written = [
        f'"{part}": {{\n'
        + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in said.items())
        + "\n}"
        if isinstance(said, dict)
        else f'"{part}": {json.dumps(said, indent=0)}'
        for part, said in describe().items()
    ]
    Path(sys.argv[1]).write_text("{\n" + ",\n".join(written) + "\n}\n")
