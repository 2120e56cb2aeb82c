"""Judges an encoder on MNIST, by the protocol of ``benchmarks/mnist.py``.

python -m harness.digits ENCODER DATA_ROOT PADDING OUT.json
"""

from __future__ import annotations

import json
import sys

from mmengine.registry import init_default_scope
from mnist import adapt_norms, features, probe

from ce_plugin.checkpoints import load_encoder
from ce_plugin.console.command import run
from ce_plugin.datasets import MNISTDigits
from ce_plugin.files import write_atomic


def judge(encoder: str, data_root: str, padding: int, out: str) -> None:
    """Writes accuracy (%) and C."""
    init_default_scope("ce_plugin")
    transforms = [dict(type="Pad", padding=padding)]
    train, test = (
        MNISTDigits(data_root, split=split, transforms=transforms)
        for split in ("train", "val")
    )
    net, meta = load_encoder(encoder)
    if not meta["iterations"]:
        adapt_norms(net, meta, train)
    found = probe(features(net, meta, train), features(net, meta, test))
    write_atomic(out, json.dumps(found))


if __name__ == "__main__":
    path, root, pixels, file = sys.argv[1:]
    sys.exit(run(lambda: judge(path, root, int(pixels), file)))
