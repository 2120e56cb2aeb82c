"""Masks per second on one core, for every generator, at 128 px unless told otherwise.

    OMP_NUM_THREADS=1 python benchmarks/speed/masks.py

Prints a table and writes ``{name: masks per second, ...}`` with the
device and the versions as JSON. Each figure is the best of several short repeats, which
neighbours on a shared machine disturb the least. What is built once a process (noise
pattern, object shapes) is timed apart, as the first call.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

import ce_plugin
from ce_plugin.registry import MASKS


def draw_label_maps(folder: Path, count: int = 100) -> None:
    """Label maps of the size of PASCAL VOC, with ragged polygons for objects."""
    rng = np.random.default_rng(0)
    for number in range(count):
        image = Image.new("P", (500, 375), 0)
        draw = ImageDraw.Draw(image)
        for label in range(1, int(rng.integers(2, 5))):
            angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
            radius = rng.uniform(40, 120) * rng.uniform(0.6, 1.2, angle.size)
            x = rng.uniform(80, 420) + radius * np.cos(angle)
            y = rng.uniform(80, 300) + radius * np.sin(angle)
            draw.polygon(list(zip(x, y)), fill=label, outline=255)
        image.save(folder / f"{number:03d}.png")


def generators(folder: str) -> dict[str, dict]:
    return {
        "CenterRegion": {"type": "CenterRegion", "overlap": 4},
        "RandomBlock": {"type": "RandomBlock"},
        "RandomRegion-noise": {"type": "RandomRegion", "kind": "noise"},
        "RandomRegion-shapes": {
            "type": "RandomRegion",
            "kind": "shapes",
            "folder": folder,
        },
        "GridPatches": {"type": "GridPatches"},
        "BrushStrokes": {"type": "BrushStrokes"},
        "Outpainting": {"type": "Outpainting"},
        "ObjectRegion": {"type": "ObjectRegion", "folder": folder},
    }


def measure(config: dict, size: int, repeats: int) -> tuple[float, float]:
    """Masks per second, and seconds of the first call."""
    generator, rng = MASKS.build(config), np.random.default_rng(0)
    start = time.perf_counter()
    generator(size, size, rng)
    first = time.perf_counter() - start
    best, count = 0.0, 500
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(count):
            generator(size, size, rng)
        best = max(best, count / (time.perf_counter() - start))
    return best, first


def cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.processor() or platform.machine()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=128, help="picture side in pixels")
    parser.add_argument("--repeats", type=int, default=10, help="500 masks each")
    parser.add_argument("--folder", help="segmentation masks (default: drawn polygons)")
    default = Path(__file__).parents[1] / "results" / "speed" / "masks.json"
    parser.add_argument("--out", type=Path, default=default, help="JSON file")
    args = parser.parse_args()

    cv2.setNumThreads(1)
    result: dict = {}
    first_call: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as drawn:
        if args.folder is None:
            draw_label_maps(Path(drawn))
        print(f"{'generator':<22}{'masks/s':>10}{'first call, s':>16}")
        for name, config in generators(args.folder or drawn).items():
            rate, first = measure(config, args.size, args.repeats)
            result[name], first_call[name] = round(rate), round(first, 3)
            print(f"{name:<22}{rate:>10,.0f}{first:>16.3f}")

    result |= {
        "unit": "masks per second, one process",
        "size": args.size,
        "first_call_seconds": first_call,
        "shapes": "own segmentation masks" if args.folder else "100 drawn label maps",
        "device": f"{cpu_name()}, {os.cpu_count()} cores visible, 1 used",
        "versions": {
            "ce_plugin": ce_plugin.__version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "opencv": cv2.__version__,
        },
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(result, indent=2) + "\n")
    print(f"written to {args.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
