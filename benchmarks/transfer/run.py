"""Does the encoder help? Pretrained and random, on four tasks of a part of PASCAL VOC.

    python benchmarks/transfer/run.py --data-root VOCdevkit --seeds 0 1 2 --workers 2

Pretrains with each seed on the pictures that no evaluation list names, then trains an
SVM on frozen features (VOC07 and VOC12), a detector and a segmentor from that encoder,
and the same from the same network untrained. Each result is a line of
benchmarks/results/transfer.jsonl; what is there already is not run again, so that the
script can be stopped and started. Every job has one thread; minutes are those of the
processor, which other work on the machine does not lengthen.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "speed"), str(HERE.parent), str(ROOT)]
# ruff: noqa: E402
import torch
from _common import machine
from harness.data import pictures_outside_val
from harness.store import Store, results_of
from harness.suite import RESULTS
from harness.tasks.training import loaded_tensors
from mmengine.logging import MMLogger

from ce_plugin.checkpoints import build_encoder, read_weights, write_encoder

PRETRAIN = ROOT / "configs" / "pretrain" / "context-encoder_r18-half_patches-96.py"
METHODS = ("random", "context-encoder")
TASKS = (
    *("svm-voc07", "svm-voc12"),
    *("segmentation_frozen", "segmentation", "detection"),
)
# A mean over classes of which there are few pictures is noise.
MIN_POSITIVES = 50
CLASSES = ("cat", "cow", "dog", "horse", "person", "sheep")
"""Those of VOC2012 with at least 50 pictures in train and in val of the part."""


def main() -> None:
    """Runs what has no result yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-root", required=True, help="a VOCdevkit")
    parser.add_argument("--work-dir", default="work_dirs/transfer")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=TASKS)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--min-positives", type=int, default=MIN_POSITIVES)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="of every training; for trying whether all of it runs",
    )
    args = parser.parse_args()
    args.data_root = str(Path(args.data_root).resolve())
    work = Path(args.work_dir).resolve()
    work.mkdir(parents=True, exist_ok=True)
    store = results_of("transfer", args.results)
    store.tell_torn()
    pictures = work / "pretrain.txt"
    seen = pictures_outside_val(Path(args.data_root))
    pictures.write_text("".join(f"{picture}\n" for picture in seen))

    jobs: list[Callable[[], None]] = []
    over: set[int] = set()
    for seed in args.seeds:
        jobs.append(lambda seed=seed: pretrain(args, work, pictures, seed, over))
    for task in args.tasks:
        for seed in args.seeds:
            for method in METHODS:
                jobs.append(
                    lambda m=method, t=task, s=seed: transfer(
                        args, work, store, m, t, s, over
                    )
                )
    failed = work_off(jobs, args.workers)
    for error in failed:
        print(f"failed: {error}", file=sys.stderr)
    sys.exit(1 if failed else 0)


def work_off(jobs: list[Callable[[], None]], workers: int) -> list[Exception]:
    """Runs the jobs in order on so many threads; one that fails ends no other."""
    lock, failed, waiting = threading.Lock(), [], list(jobs)

    def worker() -> None:
        while True:
            with lock:
                if not waiting:
                    return
                job = waiting.pop(0)
            try:
                job()
            except Exception as error:
                failed.append(error)

    threads = [threading.Thread(target=worker) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


def run(command: list, log: Path, **variables: str) -> float:
    """Runs a command with one thread; returns the minutes of the processor it took."""
    path = os.pathsep.join([str(ROOT), str(HERE.parent)])
    env = dict(os.environ, OMP_NUM_THREADS="1", PYTHONPATH=path, **variables)
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *map(str, command)],
            stdout=file,
            stderr=subprocess.STDOUT,
            env=env,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        last = log.read_text().strip().splitlines()[-1:]
        raise RuntimeError(f"{' '.join(map(str, command[:2]))}: {last}; see {log}")
    return (usage.ru_utime + usage.ru_stime) / 60


def pretrain(args, work: Path, pictures: Path, seed: int, over: set[int]) -> None:
    """Both encoders of one seed; it is ``over`` then, whatever came of it."""
    try:
        make_encoders(args, work, pictures, seed)
    finally:
        over.add(seed)


def make_encoders(args, work: Path, pictures: Path, seed: int) -> None:
    """The Context Encoder of one seed, and the same network untrained."""
    folder = work / f"context-encoder_seed{seed}"
    encoder, minutes = folder / "encoder.pth", folder / "minutes.json"
    if not encoder.is_file():
        command = ["ce_plugin.tools.train", PRETRAIN, "--work-dir", folder]
        command += ["--cfg-options", f"data_root={pictures}", f"randomness.seed={seed}"]
        command += args.cfg_options
        took = run(command, work / f"pretrain_seed{seed}.log")
        minutes.write_text(json.dumps(dict(minutes=round(took, 1))))
    _, meta = read_weights(encoder)
    MMLogger.get_instance("mmengine", log_level="WARNING")
    torch.manual_seed(seed)
    untrained = build_encoder(meta)
    untrained.init_weights()
    meta |= dict(pretext="random", iterations=0)
    write_encoder(
        untrained.state_dict(), work / f"random_seed{seed}" / "encoder.pth", meta
    )


def transfer(
    args, work: Path, store: Store, method: str, task: str, seed: int, over: set[int]
) -> None:
    """One task from one encoder; writes its result."""
    if store.get(task=task, method=method, seed=seed):
        return
    encoder = work / f"{method}_seed{seed}" / "encoder.pth"
    while seed not in over:
        time.sleep(1)
    if not encoder.is_file():
        raise RuntimeError(f"{task} {method} seed {seed}: its pretraining failed")
    folder = work / f"{task}_{method}_seed{seed}"
    if task.startswith("svm"):
        figures, minutes, config = svm(args, encoder, folder, task)
    else:
        figures, minutes, config = finetune(args, encoder, folder, task, seed)
    made = encoder.with_name("minutes.json")
    # Unknown for an encoder that was brought here from elsewhere.
    spent = json.loads(made.read_text())["minutes"] if made.is_file() else None
    result = dict(
        suite="transfer",
        method=method,
        task=task,
        seed=seed,
        **figures,
        config=config,
        minutes=round(minutes, 2),
        pretraining_minutes=0 if method == "random" else spent,
        encoder=read_weights(encoder)[1],
        machine=machine() | dict(threads=1),
    )
    store.append(result)
    print(f"{task} {method} seed {seed}: {result['value']:.2f} in {minutes:.1f} min")


def svm(args, encoder: Path, folder: Path, task: str) -> tuple[dict, float, dict]:
    """Linear SVM on frozen features of each layer, by the probe tool."""
    folder.mkdir(parents=True, exist_ok=True)
    options = dict(year="20" + task[-2:], train="train", test="val", size=128)
    options |= {
        "min-positives": args.min_positives,
        "pool": "2x2",
        "workers": 0,
        "jobs": 1,
    }
    command = ["ce_plugin.tools.probe", encoder, "--data-root", args.data_root]
    for name, value in options.items():
        command += [f"--{name}", value]
    file = folder / "probe.json"
    minutes = run([*command, "--out", file], folder / "log.txt")
    found = json.loads(file.read_text())
    layers = found["tasks"]["svm"]["layers"]
    # Chosen in cross-validation on the training pictures, not by the figure itself.
    layer = max(layers, key=lambda name: layers[name]["cv_map"])
    figures = dict(
        metric="mAP of the layer chosen on the training pictures",
        value=layers[layer]["map"],
        layer=layer,
        layers={name: part["map"] for name, part in layers.items()},
        classes=found["classes"]["counted"],
    )
    return figures, minutes, options


def finetune(args, encoder: Path, folder: Path, task: str, seed: int):
    """A detector or a segmentor that starts from the encoder, by the training tool."""
    config = HERE / f"{task}.py"
    command = ["ce_plugin.tools.train", config, "--work-dir", folder, "--cfg-options"]
    command += [f"data_root={args.data_root}", f"randomness.seed={seed}"]
    command += [f"model.backbone.init_cfg.checkpoint={encoder}", *args.cfg_options]
    minutes = run(command, folder.with_suffix(".log"))
    loaded_tensors(folder)
    scalars = max(folder.glob("*/vis_data/*.json"), key=lambda p: p.stat().st_mtime)
    last = json.loads(scalars.read_text().splitlines()[-1])
    if task.startswith("detection"):
        figures = dict(metric="mAP at IoU .5, area", value=100 * last["voc_area/mAP"])
        figures["points11"] = 100 * last["voc_11points/mAP"]
        figures["classes"] = list(CLASSES)
    else:
        ious = {c: last[f"IoU/{c}"] for c in CLASSES}
        figures = dict(
            metric="mean IoU of the classes", value=sum(ious.values()) / len(ious)
        )
        figures |= dict(ious=ious, miou_of_21=last["mIoU"], classes=list(CLASSES))
    return figures, minutes, dict(file=str(config.relative_to(ROOT)))


if __name__ == "__main__":
    main()
