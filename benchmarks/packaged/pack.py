r"""Turns a run into weights that come with the package, and begins their card.

    mim train ce_plugin context-encoder_unet_mixed-128.py --amp --work-dir RUN \
        --cfg-options data_root=LIST
    python benchmarks/packaged/pack.py inpaint-128 RUN --minutes 33 \
        --config context-encoder_unet_mixed-128
    python benchmarks/packaged/measure.py --data-root VOCDEVKIT --camvid CAMVID

Writes ce_plugin/zoo/NAME.safetensors and NAME.json. Matrices and kernels are rounded to
half precision, which loading undoes; statistics and biases stay as they are. What the
rounding does to the network's output is measured here and stands in the card.
``measure.py`` adds the figures.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]
# ruff: noqa: E402
from harness.parameters import parameters_of

from ce_plugin.checkpoints import (
    last_checkpoint,
    load_encoder,
    load_model,
    save_pretrained,
)
from ce_plugin.checkpoints.load.model import CONFIG_NAME, WEIGHTS_NAME
from ce_plugin.console.command import run as run_tool
from ce_plugin.datasets import BundledPhotos
from ce_plugin.errors import InputError
from ce_plugin.files import replace_file, write_atomic
from ce_plugin.zoo import FOLDER
from packaged.cards import DATA, LICENCE, PART, WHAT

MOST_BYTES = 6_000_000
PRECISION = torch.float16


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("name", choices=WHAT)
    add("run", type=Path, help="the folder of its training")
    add("--minutes", type=float, required=True, help="of the processor, or of the GPU")
    add("--device", default="one core of a CPU", help="that the minutes are of")
    add("--config", required=True, help="its name, of configs/pretrain")
    add("--note", default="", help="on the training, for the card")
    add("--folder", type=Path, default=FOLDER, help="where both files go")
    return parser.parse_args(argv)


def pack(args: argparse.Namespace) -> dict[str, Any]:
    """Writes both files; see the head of this file.

    Returns:
        The card.

    Raises:
        InputError: The run has no checkpoint, or the file would be too large.
    """
    init_default_scope("ce_plugin")
    with tempfile.TemporaryDirectory(dir=args.folder, prefix=".pack") as made:
        part = PART[args.name]
        # Batch norms are taken anew on whole pictures before the encoder is written.
        source = args.run if part == "model" else args.run / "encoder.pth"
        folder = save_pretrained(source, made)
        meta = json.loads((folder / CONFIG_NAME).read_text())
        state = load_file(folder / WEIGHTS_NAME)
        file = folder / f"{args.name}.safetensors"
        meta["stored_as"] = str(PRECISION).removeprefix("torch.")
        rounded = {name: _rounded(value) for name, value in state.items()}
        save_file(rounded, file, dict(format="pt", meta=json.dumps(meta)))
        content = file.read_bytes()
        if len(content) > MOST_BYTES:
            raise InputError(f"{args.name}: {len(content)} bytes, above {MOST_BYTES}")
        card = dict(
            name=args.name,
            what=WHAT[args.name],
            part=part,
            file=dict(
                bytes=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                tensors=len(state),
                parameters=parameters_of(state),
                stored_as=meta["stored_as"],
            ),
            data=dict(what=DATA[args.name], **_data(meta)),
            training=_training(args, meta),
            rounding=_rounding(folder, file, part),
            licence=LICENCE,
        )
        file.chmod(0o644)
        replace_file(file, args.folder / file.name)
    text = json.dumps(card, indent=1) + "\n"
    write_atomic(args.folder / f"{args.name}.json", text)
    return card


def _rounded(value: Tensor) -> Tensor:
    return value.to(PRECISION) if value.ndim > 1 else value


def _data(meta: dict[str, Any]) -> dict[str, Any]:
    """How many pictures, of how many that there were, and which."""
    said = meta.get("data") or {}
    return {k: said[k] for k in ("pictures", "found", "fingerprint") if k in said}


def _training(args: argparse.Namespace, meta: dict[str, Any]) -> dict[str, Any]:
    """How it was trained, in numbers."""
    last = last_checkpoint(args.run)
    found = sorted(args.run.glob("*/vis_data/config.py"))
    if last is None or not found:
        raise InputError(f"{args.run} is no finished run: it has no log")
    cfg = Config.fromfile(found[-1])
    return dict(
        config=args.config,
        iterations=int(Path(last).stem.removeprefix("iter_")),
        batch_size=meta["batch_size"],
        bfloat16="Autocast" in cfg.optim_wrapper.type,
        seed=meta["seed"],
        minutes=round(args.minutes, 1),
        device=args.device,
        **(dict(note=args.note) if args.note else {}),
    )


@torch.no_grad()
def _rounding(folder: Path, file: Path, part: str) -> dict[str, Any]:
    """How far rounding moves the output on photographs, relative to its deviation."""
    load = load_model if part == "model" else load_encoder
    size = 128
    photos = BundledPhotos(
        split="all",
        transforms=[
            dict(type="ShortSideResize", size=size),
            dict(type="CenterCrop", size=size),
        ],
    )
    pictures = torch.stack([photos[i]["inputs"] for i in range(len(photos.names))])
    pictures = pictures.float().div(127.5).sub(1)
    exact, rounded = (_output(load(path)[0], pictures) for path in (folder, file))
    error = (rounded - exact).square().mean().sqrt() / exact.std()
    return dict(
        of="the output, root mean square, relative to its deviation",
        pictures=len(pictures),
        error=float(f"{error.item():.2g}"),
    )


def _output(network: nn.Module, pictures: Tensor) -> Tensor:
    if hasattr(network, "reconstruct"):
        return network.reconstruct(pictures)
    return network(pictures)[-1]


def main() -> int:
    """The command."""
    args = parse_args()
    return run_tool(lambda: print(json.dumps(pack(args), indent=1)), False)


if __name__ == "__main__":
    sys.exit(main())
