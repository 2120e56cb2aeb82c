"""What the packaged weights are worth, beside fills and encoders that know nothing.

    python benchmarks/packaged/measure.py --data-root VOCDEVKIT --camvid CAMVID
    python benchmarks/packaged/measure.py --parts generator      # bundled photographs

The generator fills holes in pictures that no network has trained on: of VOC's val
lists, or the photographs of scikit-image and scikit-learn. The encoder, frozen, carries
a segmentor of CamVid, of which it has seen no frame, beside the same network untrained.
Writes benchmarks/results/zoo.json, puts the figures into the cards of ce_plugin/zoo and
prints the tables of docs/zoo.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]
# ruff: noqa: E402
from harness.results.provenance import environment
from harness.suite import RESULTS
from mmengine.registry import init_default_scope

from ce_plugin.console.command import run as run_tool
from ce_plugin.errors import InputError
from ce_plugin.files import write_atomic
from ce_plugin.zoo import FOLDER, card_of
from packaged.encoder import CAMVID_SEEDS, measure_encoder
from packaged.generator import measure_generator
from packaged.table import encoder_table, generator_tables

STORED = RESULTS / "zoo.json"
PARTS = {"generator": "inpaint-128", "encoder": "r18-half"}


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line's arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    add("--data-root", type=Path, help="a VOCdevkit (default: bundled photographs)")
    add("--pictures", type=int, default=300, help="to fill (default: 300)")
    add("--camvid", type=Path, help="frames and masks, for the encoder")
    add("--seeds", type=int, nargs="+", default=list(CAMVID_SEEDS))
    add("--dry-run", action="store_true", help="the encoder: two steps, invented data")
    add("--out", type=Path, default=STORED)
    add("--cards", type=Path, default=FOLDER, help="folder of the cards")
    return parser.parse_args(argv)


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Measures the parts asked for; what is known of the others stays.

    Raises:
        InputError: Data is missing.
    """
    if args.dry_run and (args.out == STORED or args.cards == FOLDER):
        raise InputError("--dry-run invents figures: give it --out and --cards")
    init_default_scope("ce_plugin")
    known = json.loads(args.out.read_text()) if args.out.is_file() else {}
    for part in args.parts:
        name = PARTS[part]
        if part == "generator":
            found = measure_generator(name, args.data_root, args.pictures)
        else:
            with tempfile.TemporaryDirectory() as work:
                found = measure_encoder(
                    name,
                    args.camvid,
                    args.seeds,
                    Path(work),
                    args.dry_run,
                    args.data_root,
                )
        sha256 = card_of(name)["file"]["sha256"]
        known[part] = dict(weights=name, sha256=sha256, **found, **environment())
        write_atomic(args.out, json.dumps(known, indent=1) + "\n")
        path = args.cards / f"{name}.json"
        card = card_of(name) | dict(figures=found)
        write_atomic(path, json.dumps(card, indent=1) + "\n")
    for part, table in (("generator", generator_tables), ("encoder", encoder_table)):
        if part in known:
            print("\n".join(table(known[part])), end="\n\n")
    return known


def main() -> int:
    """The command."""
    args = parse_args()
    return run_tool(lambda: measure(args), False)


if __name__ == "__main__":
    sys.exit(main())
