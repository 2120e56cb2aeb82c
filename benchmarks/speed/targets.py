"""What predicting targets of the hole costs beside the bare encoder.

For each row a step of ``hidden-words_r18-half-96.py`` with another target
(preprocessor, target, head, loss, backward) takes turns with the encoder's own forward
and backward on whole pictures of the same batch. Processor time, without loading.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import torch
from _common import alternate, arguments, ratio, write

CONFIG = "hidden-words_r18-half-96.py"
CELL = dict(cell=8)
TARGETS = {
    "words": dict(type="VisualWords", words=256, **CELL),
    "gradients": dict(type="HOGTarget", **CELL),
    "pixels": dict(type="PixelTarget", **CELL),
}


def main() -> None:
    """Times, compares, writes."""
    args = arguments(__doc__.splitlines()[0], rounds=12, batch=64, size=96)
    from ce_plugin.engine.config import load_config
    from ce_plugin.registry import MODELS
    from ce_plugin.structures import PretextSample

    torch.manual_seed(0)
    torch.set_num_threads(1)
    cfg = load_config(CONFIG, [])
    encoder = MODELS.build(cfg.model.backbone).train()
    mask = torch.rand(args.batch, 1, args.size // 16, args.size // 16) < cfg.mask.ratio
    mask = mask.repeat_interleave(16, 2).repeat_interleave(16, 3)
    shape = (args.batch, 3, args.size, args.size)
    data = dict(
        inputs=torch.randint(0, 256, shape, dtype=torch.uint8),
        data_samples=PretextSample(mask=mask),
    )

    def bare() -> None:
        encoder(batch)[-1].square().mean().backward()

    runs = dict(encoder=bare)
    for name, target in TARGETS.items():
        model = MODELS.build(cfg.model | dict(targets={name: dict(target)})).train()
        batch = model.data_preprocessor(data, True)["data_samples"].target
        model.fit([batch], seed=0)
        # With holes, which the recipe's second half has.
        model.progress = 0.75
        runs[name] = lambda model=model: step(model, data)
    times = alternate(runs, args.rounds, warmup=2, clock=time.process_time)
    write(
        "targets",
        dict(
            config=CONFIG,
            batch=args.batch,
            size=args.size,
            seconds={n: round(statistics.median(t), 4) for n, t in times.items()},
            against_encoder={n: ratio(times[n], times["encoder"]) for n in TARGETS},
        ),
        args.out,
    )


def step(model: torch.nn.Module, data: dict) -> None:
    """A training step without the optimizer's part."""
    made = model.data_preprocessor(data, True)
    total, _ = model.parse_losses(model(**made, mode="loss"))
    total.backward()


if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).resolve().parents[2])]
    main()
