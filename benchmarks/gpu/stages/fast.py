"""Stage 3: how fast steps are, beside what they could be."""

from __future__ import annotations

import logging

import torch
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope

from gpu.device import Device
from gpu.fast_encoders import METHODS, add_encoders
from gpu.fast_joint import add_joint
from gpu.fast_loading import add_loading
from gpu.record import Record, arguments
from gpu.variants import TINY, Sizes


def main() -> None:
    """Times, and writes fast.json; what matters most comes first."""
    args = arguments(__doc__)
    MMLogger.get_instance("mmengine", log_level=logging.ERROR)
    init_default_scope("ce_plugin")
    device, sizes = Device(args.device), TINY if args.tiny else Sizes()
    # As the configs have it.
    torch.backends.cudnn.benchmark = True
    record = Record(args.out / "fast.json", args.seconds)
    add_joint(record, device, sizes.joint[0], sizes)
    methods = ["hidden-words", "simclr"] if args.tiny else list(METHODS)
    add_encoders(record, device, sizes, methods)
    add_loading(record, device, sizes, args.pictures)
    for size in sizes.joint[1:]:
        add_joint(record, device, size, sizes)


if __name__ == "__main__":
    main()
