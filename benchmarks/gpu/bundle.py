"""Collects what a bare machine with a GPU lacks: wheels, and a pack of pictures.

    make gpu-bundle
    make gpu-bundle PICTURES=/data/VOCdevkit

Everything goes into one folder that git ignores (default: .gpu). The needs of all
wheels are resolved against the wheels themselves and benchmarks/gpu/machine.txt, and
what is missing is named. The last lines say how large it is, and what to run there.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS), str(BENCHMARKS.parent)]

MOST_MB = 60
COMMAND = """\
python3 -m pip install -q --no-index --no-deps --no-compile --upgrade \\
  --target /tmp/site {folder}/*.whl
PYTHONPATH=/tmp/site python3 benchmarks/gpu/run.py --out OUT --minutes 10{pictures}"""


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--out", type=Path, default=Path(".gpu"), help="the folder (default: .gpu)")
    add("--pictures", type=Path, help="a VOCdevkit, for the stage 'learn'")
    add("--long-side", type=int, default=208, help="of its pictures, in pixels")
    add("--quality", type=int, default=80, help="of its JPEG files")
    args = parser.parse_args()
    from ce_plugin.console.command import run

    return run(lambda: collect(args))


def collect(args: argparse.Namespace) -> None:
    """Fetches, packs, checks, and says what there is.

    Raises:
        InputError: A wheel or need is missing, or it is too large together.
    """
    from ce_plugin.errors import InputError
    from gpu.pictures import NAME, pack
    from gpu.wheels import NOT_NEEDED, described, fetch, machine, missing

    args.out.mkdir(parents=True, exist_ok=True)
    for old in args.out.glob("*.whl"):
        old.unlink()
    wheels = fetch(args.out)
    lacking = missing(map(described, wheels), machine())
    if lacking:
        raise InputError(
            f"the bundle is not complete: {'; '.join(lacking)}; add wheels to "
            "benchmarks/gpu/wheels.txt"
        )
    packed = args.out / NAME
    if args.pictures:
        count = pack(args.pictures, packed, args.long_side, args.quality)
        print(f"{_mb(packed):6.1f} MB  {packed}: {count} pictures")
    for wheel in wheels:
        print(f"{_mb(wheel):6.1f} MB  {wheel}")
    total = sum(_mb(path) for path in args.out.iterdir() if path.is_file())
    print(f"{total:6.1f} MB together")
    if total > MOST_MB:
        raise InputError(
            f"{total:.0f} MB are more than {MOST_MB}; lower --long-side or --quality"
        )
    for name, reason in sorted(NOT_NEEDED.items()):
        print(f"left out: {name} ({reason})")
    pictures = f" \\\n  --pictures {packed}" if packed.is_file() else ""
    print("there:", COMMAND.format(folder=args.out, pictures=pictures), sep="\n")


def _mb(path: Path) -> float:
    return path.stat().st_size / 2**20


if __name__ == "__main__":
    sys.exit(main())
