"""The same run on 1, 2, 4 and 8 processes, and on two "nodes" of which one is killed.

    python benchmarks/speed/processes.py

Each run is what ``torchrun ... -m ce_plugin.tools.train --launcher pytorch`` starts: a
tiny network (``processes_config.py``) on generated JPEGs, a batch of 64 over all
processes. Start is the time from the command to the first batch; memory the greatest of
any process. Weights are compared with those of the run on one process: the largest
difference, as a share of the largest weight.

Then two groups with one rendezvous on this machine stand for two nodes. One is killed
between two checkpoints, which ends the other; both are started again with ``--resume``,
and their weights compared with those of two processes that nobody disturbed.

On a machine with fewer cores than processes the throughput says what the processes cost
each other, not what cores of their own would give.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from _common import write
from PIL import Image

HERE = Path(__file__).resolve().parent
BATCH, SIZE = 64, (128, 96)


def write_pictures(root: Path, count: int) -> None:
    """Smooth coloured JPEGs."""
    root.mkdir()
    rng = np.random.default_rng(0)
    for i in range(count):
        small = Image.fromarray(rng.integers(0, 255, (6, 6, 3), dtype=np.uint8))
        small.resize(SIZE, Image.Resampling.BICUBIC).save(root / f"{i:04d}.jpg")


def start(
    launch: list[str], processes: int, folder: Path, run: str, args, *extra: str, **env
) -> subprocess.Popen:
    """Starts a run, or one node of it."""
    command = [sys.executable, "-m", "torch.distributed.run", *launch]
    command += ["-m", "ce_plugin.tools.train", str(HERE / "processes_config.py")]
    command += ["--launcher", "pytorch", "--work-dir", str(folder / run), *extra]
    command += ["--cfg-options", f"data_root={folder / 'pictures'}"]
    command += [f"train_dataloader.batch_size={BATCH // processes}"]
    command += [f"train_cfg.max_iters={args.iterations}"]
    command += [f"default_hooks.checkpoint.interval={args.iterations // 4}"]
    paths = [str(HERE), str(HERE.parents[1])]
    variables = dict(PYTHONPATH=os.pathsep.join(paths), OMP_NUM_THREADS="1", **env)
    variables["STARTED"] = str(time.time())
    with open(folder / f"{run}.log", "a", encoding="utf-8") as log:
        return subprocess.Popen(
            command,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | variables,
            start_new_session=True,
        )


def kill_node(agent: subprocess.Popen) -> None:
    """Kills torchrun and its process, as a node that dies loses both.

    The process has a session of its own; without torchrun it would train on.
    """
    children = Path(f"/proc/{agent.pid}/task/{agent.pid}/children")
    for pid in [*map(int, children.read_text(encoding="utf-8").split()), agent.pid]:
        os.killpg(pid, signal.SIGKILL)


def finish(process: subprocess.Popen, folder: Path, run: str) -> None:
    if process.wait(timeout=900):
        raise RuntimeError((folder / f"{run}.log").read_text()[-3000:])


def weights(folder: Path, run: str) -> torch.Tensor:
    path = (folder / run / "last_checkpoint").read_text()
    state = torch.load(path, weights_only=True)["state_dict"]
    return torch.cat([value.flatten() for value in state.values()])


def difference(a: torch.Tensor, b: torch.Tensor) -> float:
    return float(f"{((a - b).abs().max() / a.abs().max()).item():.1e}")


def alone(processes: int, folder: Path, args) -> dict[str, float]:
    """One run on this machine."""
    run = f"processes-{processes}"
    launch = ["--standalone", "--nproc-per-node", str(processes)]
    finish(start(launch, processes, folder, run, args), folder, run)
    said = [json.loads(p.read_text()) for p in (folder / run).glob("process-*.json")]
    assert len(said) == processes
    slowest = max(s["seconds"] / s["iterations"] for s in said)
    return {
        "start_seconds": round(max(s["start"] for s in said), 1),
        "megabytes_a_process": round(max(s["megabytes"] for s in said)),
        "pictures_per_second": round(BATCH / slowest),
    }


def two_nodes(folder: Path, args) -> dict:
    """Both nodes start, one is killed, both are started again."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def node(rank: int, *extra: str, **env) -> subprocess.Popen:
        launch = ["--nnodes", "2", "--nproc-per-node", "1", "--node-rank", str(rank)]
        launch += ["--rdzv-backend", "c10d", "--rdzv-endpoint", f"127.0.0.1:{port}"]
        launch += ["--rdzv-id", "two-nodes", "--max-restarts", "0"]
        return start(launch, 2, folder, "nodes", args, *extra, **env)

    # The pauses leave seconds between the kill and the run's end: where all steps are
    # done, the other node waits five minutes for the dead one to say so.
    nodes = [node(rank, PAUSE="0.3") for rank in range(2)]
    named = folder / "nodes" / "last_checkpoint"
    deadline = time.time() + 300
    try:
        while not named.exists():
            if time.time() > deadline or any(n.poll() is not None for n in nodes):
                raise RuntimeError((folder / "nodes.log").read_text()[-3000:])
            time.sleep(0.1)
        time.sleep(0.5)
        kill_node(nodes[1])
        killed = time.time()
        code = nodes[0].wait(timeout=120)
    finally:
        for process in nodes:
            if process.poll() is None:
                kill_node(process)
    seconds, kept = time.time() - killed, Path(named.read_text()).stem
    port += 1
    for process in [node(rank, "--resume") for rank in range(2)]:
        finish(process, folder, "nodes")
    return {
        "other_node_ended_after_seconds": round(seconds, 1),
        "its_exit_code": code,
        "resumed_from": kept,
        "weights_differ_from_undisturbed_by": difference(
            weights(folder, "processes-2"), weights(folder, "nodes")
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--iterations", type=int, default=40)
    parser.add_argument("--pictures", type=int, default=256)
    parser.add_argument("--out", help="JSON file (default: benchmarks/results/speed/)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_pictures(folder / "pictures", args.pictures)
        cases = {}
        for count in args.processes:
            cases[count] = alone(count, folder, args)
            first = weights(folder, f"processes-{args.processes[0]}")
            own = weights(folder, f"processes-{count}")
            cases[count]["weights_differ_by"] = difference(first, own)
        result = {"processes": cases, "two_nodes": two_nodes(folder, args)}
    result["unit"] = (
        f"{args.iterations} iterations, batch {BATCH} over all processes, JPEGs of "
        f"{SIZE[0]}x{SIZE[1]}, gloo; the machine was shared"
    )
    write("processes", result, args.out)


if __name__ == "__main__":
    main()
