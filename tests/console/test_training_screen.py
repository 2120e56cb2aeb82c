"""A run as it is seen: on a terminal, in a pipe, in all its words."""

import io
import re
import subprocess
import time
from collections import deque

import pytest
import torch
from checkpoints.encoders import write_encoder_file
from console.screen import after_the_bar, before_the_bar, on_terminal, tool
from runs import DEFAULT, SMALL, environment, make_photos
from tools.test_downstream import (
    CAFFENET,
    DETECTOR,
    SEGMENTOR,
    SMALL_DETECTION,
    SMALL_SEGMENTATION,
)
from voc_folder import make_voc

from ce_plugin.console import Terminal, training
from ce_plugin.console.training import ProgressHook, batch_size, describe_figures

MOST_LINES = 15
NOISE = ("Failed to search", "pkg_resources", "FileClient", "paramwise_options")


def piped(command, folder):
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pictures, a VOCdevkit and an encoder."""
    folder = tmp_path_factory.mktemp("screen")
    make_photos(folder / "photos")
    make_voc(folder / "data" / "VOCdevkit", pictures=6)
    norm = dict(mean=[104, 117, 123], std=[1, 1, 1], bgr=True)
    write_encoder_file(CAFFENET, folder / "encoder.pth", normalization=norm)
    (folder / "detector.py").write_text(DETECTOR + SMALL_DETECTION)
    (folder / "segmentor.py").write_text(SEGMENTOR + SMALL_SEGMENTATION)
    return folder


def default_job(folder, work_dir, *args):
    options = ["--cfg-options", *SMALL, f"data_root={folder / 'photos'}"]
    return tool("train", DEFAULT, "--work-dir", work_dir, *args, *options)


@pytest.mark.slow
def test_on_a_terminal(folder):
    code, said = on_terminal(default_job(folder, "seen"), folder)
    assert code == 0, said[-3000:]
    head = before_the_bar(said)
    assert 5 <= len(head) <= MOST_LINES, head
    text = "\n".join(head)
    for word in ("ContextEncoder", "24 found", "held out", "RandomRegion", "CPU"):
        assert word in text
    assert "seen/" in text and not any(word in said for word in NOISE)
    # The bar has the loss, the speed and what is left; evaluations stand above it.
    assert re.search(r"6/6  loss 0\.\d+  [\d.]+ pictures/s  0:00:\d\d left", said)
    assert "held out after 4 iterations: hole_l1 " in said
    end = "\n".join(after_the_bar(said))
    for word in ("encoder.pth", "index.html", "from_pretrained(", "iter_6.pth"):
        assert word in end
    (log,) = (folder / "seen").glob("*/*.log")
    log = log.read_text()
    assert "Iter(train) [6/6]" in log and "Hooks will be executed" in log
    assert "24 found" in log and "Failed to search registry" not in log


@pytest.mark.slow
def test_in_a_pipe(folder):
    done = piped(default_job(folder, "piped"), folder)
    assert done.returncode == 0 and done.stderr == "", done.stderr[-3000:]
    lines = done.stdout.splitlines()
    assert len(lines) <= MOST_LINES + 10, done.stdout
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", done.stdout)
    assert [x for x in lines if re.match(r"4/6  loss .* pictures/s  .* left", x)]
    assert any(x.startswith("held out after 6 iterations: hole_l1") for x in lines)


@pytest.mark.slow
def test_all_of_it(folder):
    """--verbose shows mmengine's log as it is."""
    done = piped(default_job(folder, "verbose", "--verbose"), folder)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Iter(train) [6/6]" in done.stdout and "Hooks will be" in done.stdout
    assert "24 found" in done.stdout and "Failed to search" not in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("config", ["detector.py", "segmentor.py"])
def test_detectors_and_segmentors(config, folder):
    code, said = on_terminal(tool("train", config), folder)
    assert code == 0, said[-3000:]
    head = before_the_bar(said)
    assert 5 <= len(head) <= MOST_LINES, head
    text = "\n".join(head)
    assert "loaded 10/10 tensors from encoder.pth" in text and "held out" in text
    assert not any(word in said for word in NOISE)
    assert re.search(r"3/3  loss \S+  [\d.]+ pictures/s", said)
    assert "held out after 3 iterations: " in said
    end = "\n".join(after_the_bar(said))
    assert "iter_3.pth" in end


@pytest.mark.slow
def test_classifiers(folder):
    options = [
        f"data_root={folder / 'data' / 'VOCdevkit'}",
        "train_cfg.max_iters=2",
        "train_cfg.val_interval=2",
        "train_dataloader.batch_size=4",
        "train_dataloader.num_workers=0",
        "train_dataloader.persistent_workers=False",
        "val_dataloader.num_workers=0",
        "val_dataloader.persistent_workers=False",
    ]
    config = "supervised_r18-half_voc-96.py"
    code, said = on_terminal(tool("train", config, "--cfg-options", *options), folder)
    assert code == 0, said[-3000:]
    assert len(before_the_bar(said)) <= MOST_LINES
    assert not any(word in said for word in NOISE)


@pytest.mark.slow
def test_an_error_ends_the_bar(folder):
    """The cursor is there again, and the error stands alone on its line."""
    (folder / "stops.py").write_text(
        "from mmengine.hooks import Hook\n"
        "from ce_plugin.errors import TrainingError\n"
        "from ce_plugin.registry import HOOKS\n"
        "@HOOKS.register_module()\n"
        "class Stops(Hook):\n"
        "    def after_train_iter(self, runner, *args, **kwargs):\n"
        "        if runner.iter == 2:\n"
        "            raise TrainingError('no more')\n"
    )
    config = folder / "stops_config.py"
    config.write_text(
        f"_base_ = {str(DEFAULT)!r}\n"
        "custom_imports = dict(imports=['stops'])\n"
        "custom_hooks = [dict(type='ThroughputHook'), dict(type='Stops')]\n"
    )
    command = default_job(folder, "stopped")
    command[command.index(str(DEFAULT))] = str(config)
    code, said = on_terminal(command, folder)
    assert code == 1, said[-3000:]
    assert after_the_bar(said) == ["ce_plugin: error: no more"]


@pytest.mark.parametrize(
    "batch, count",
    [
        (dict(inputs=torch.zeros(5, 3, 8, 8)), 5),
        (dict(inputs=[torch.zeros(3, 8, 8)] * 4), 4),
        (dict(inputs=[torch.zeros(6, 3, 8, 8)] * 2), 6),
        (dict(inputs=torch.zeros(7, 784)), 7),
        (dict(inputs=[]), 0),
        (dict(other=1), 0),
        ([1, 2], 0),
    ],
)
def test_pictures_in_a_batch(batch, count):
    assert batch_size(batch) == count


def test_figures_of_an_evaluation():
    figures = {f"set/f{i}": float(i) for i in range(9)} | {"set/floor/f0": 3.0}
    assert describe_figures(figures) == (
        "f0 0, f1 1, f2 2, f3 3, f4 4, f5 5 and 3 more in the log"
    )
    assert describe_figures({"mAP": 0.123456}) == "mAP 0.1235"


class Screen:
    """Notes what it is told."""

    live, verbose = False, False

    def __init__(self):
        self.said = []

    def line(self, text):
        self.said.append(text)


class Run:
    """As much of a runner as the hook asks for."""

    max_iters, iter, world_size = 100, 0, 2
    message_hub = type("Hub", (), dict(log_scalars={}))


def test_speed_and_time_left(monkeypatch):
    """Two processes of 8 pictures, 2 s a step; 40 s of evaluation do not count."""
    clock = [0.0]
    monkeypatch.setattr("time.perf_counter", lambda: clock[0])
    screen, run = Screen(), Run()
    hook = ProgressHook(screen, interval=10)
    for run.iter in range(10):
        clock[0] += 2
        hook.after_train_iter(run, run.iter, dict(inputs=["picture"] * 8))
    assert screen.said == ["10/100  8 pictures/s  0:03:00 left"]
    clock[0] += 40
    hook.after_val_epoch(run, {"mAP": 1.0})
    assert screen.said[-1] == "held out after 9 iterations: mAP 1"
    assert hook.steps == deque([(2.0, 8)] * 10)
    clock[0] += 2
    hook.after_train_iter(run, 10, dict(inputs=["picture"] * 8))
    assert hook.steps[-1] == (2.0, 8)


def test_it_costs_next_to_nothing(monkeypatch):
    """Drawn four times a second: below 1 % of a core; between drawings microseconds."""
    monkeypatch.setenv("TERM", "xterm")

    class Tty(io.StringIO):
        def isatty(self):
            return True

    screen, run = Terminal(Tty()), Run()
    hook = ProgressHook(screen, interval=50)
    screen.start_bar(run.max_iters)
    batch = dict(inputs=["picture"] * 8)

    def seconds(count):
        began = time.process_time()
        for run.iter in range(count):
            hook.after_train_iter(run, run.iter, batch)
        return (time.process_time() - began) / count

    monkeypatch.setattr(training, "SECONDS_BETWEEN_DRAWINGS", 0)
    drawing = seconds(90)
    monkeypatch.setattr(training, "SECONDS_BETWEEN_DRAWINGS", 1e9)
    between = seconds(90)
    screen.stop_bar()
    assert 4 * drawing < 0.01 and between < 1e-4
