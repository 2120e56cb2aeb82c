"""The picture of docs/inpainting.md, made by the commands that stand above it.

    make pretrain
    python benchmarks/figures/filled_holes.py --checkpoint work_dirs/pretrain_ce

Runs the page's block of commands in a folder of its own, lays what they wrote side by
side around the holes and writes docs/inpainting.jpg, and beside it
benchmarks/results/inpainting_figure.json: what ``score`` says of the same files.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from ce_plugin.inpainting.reading import mask_of_file, read_picture
from ce_plugin.pages.run.panel import HOLE

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "inpainting.md"
PICTURE = PAGE.with_suffix(".jpg")
RESULT = ROOT / "benchmarks" / "results" / "inpainting_figure.json"
CHECKPOINT = "work_dirs/pretrain_ce"
SIDE, GAP, HEAD = 200, 4, 36
# mim takes the installed package; this is the same without mim, from the checkout.
MIM = 'mim() { local tool=$3; shift 3; "$PYTHON" -m "ce_plugin.tools.$tool" "$@"; }\n'


def commands() -> str:
    """The block of shell commands that makes the folder ``filled``."""
    blocks = re.findall(r"```bash\n(.*?)```", PAGE.read_text(), re.S)
    (found,) = (block for block in blocks if "--out filled/" in block)
    return found


def run(checkpoint: Path, folder: Path) -> None:
    """Runs the commands in a folder."""
    (folder / CHECKPOINT).parent.mkdir(parents=True)
    (folder / CHECKPOINT).symlink_to(checkpoint.resolve())
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environ = dict(os.environ, PYTHON=sys.executable, PYTHONPATH=str(ROOT), PATH=path)
    script = f"set -euo pipefail\n{MIM}{commands()}"
    subprocess.run(["bash", "-c", script], check=True, cwd=folder, env=environ)


def around(hole: np.ndarray) -> tuple[slice, slice]:
    """A square that shows all of the hole and as much again."""
    spans = [np.flatnonzero(hole.any(axis))[[0, -1]] for axis in (1, 0)]
    side = int(1.5 * max(last - first for first, last in spans))
    side = min(side, *hole.shape)
    starts = [
        min(max(0, int(first + last - side) // 2), length - side)
        for (first, last), length in zip(spans, hole.shape)
    ]
    return tuple(slice(start, start + side) for start in starts)


def figure(folder: Path) -> Image.Image:
    """A row a picture, a column a filler, between the hole and the truth."""
    fills = sorted((folder / "filled").iterdir(), key=lambda path: path.stat().st_ctime)
    photos = sorted((folder / "photos").iterdir())
    names = (path.name.replace("-from-", "\nfrom ") for path in fills)
    heads = ["hole", *names, "truth"]
    step = SIDE + GAP
    size = step * len(heads) - GAP, HEAD + step * len(photos) - GAP
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    for column, head in enumerate(heads):
        draw.text((column * step + 2, 2), head, fill="black", font_size=14)
    for row, photo in enumerate(photos):
        truth = read_picture(photo)
        hole = mask_of_file(folder / "masks" / f"{photo.stem}.png")
        holed = truth.copy()
        holed[hole] = HOLE
        finished = [read_picture(path / f"{photo.stem}.png") for path in fills]
        for column, shown in enumerate([holed, *finished, truth]):
            part = Image.fromarray(shown[around(hole)])
            part = part.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
            sheet.paste(part, (column * step, HEAD + row * step))
    return sheet


def scores(folder: Path) -> dict[str, dict[str, float]]:
    """PSNR and L1 in the hole, by filler."""
    found = {}
    for filled in sorted((folder / "filled").iterdir()):
        out = folder / "scores.json"
        command = [sys.executable, "-m", "ce_plugin.tools.score", str(filled)]
        command += [str(folder / "photos"), "--masks", str(folder / "masks")]
        environ = dict(os.environ, PYTHONPATH=str(ROOT))
        subprocess.run([*command, "--json", str(out)], check=True, env=environ)
        total = json.loads(out.read_text())["summary"]["results"]["total"]
        found[filled.name] = {k: round(total["hole"][k], 2) for k in ("l1", "psnr")}
    return found


def main() -> None:
    """Runs, draws, scores."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checkpoint", type=Path, default=ROOT / CHECKPOINT)
    parser.add_argument("--keep", type=Path, help="work here, and leave the files")
    parser.add_argument("--out", type=Path, default=RESULT)
    parser.add_argument("--picture", type=Path, default=PICTURE)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        run(args.checkpoint, folder)
        figure(folder).save(args.picture, quality=88)
        result = dict(commands=commands().splitlines(), hole=scores(folder))
        args.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
