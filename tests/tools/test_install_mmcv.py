"""The command that installs mmcv: what it refuses, and what it leaves as it was."""

import configparser
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from made_up_mmcv import listing, make_archive
from runs import ROOT, environment

from ce_plugin.environment.mmcv import build as mmcv_build
from ce_plugin.environment.mmcv import install as mmcv_install
from ce_plugin.environment.mmcv import wheel as mmcv_wheel
from ce_plugin.errors import InputError
from ce_plugin.tools import install_mmcv


def test_the_extra_and_the_pins_are_the_installers():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    extra = setup["options.extras_require"]["downstream"].split("\n")
    extra = {x for x in extra if x and not x.startswith("#")}
    assert extra == {*mmcv_install.REQUIREMENTS, "ninja"}
    pins = (ROOT / "requirements" / "constraints.txt").read_text().split()
    assert f"mmcv=={mmcv_build.MMCV}" in pins
    assert set(mmcv_install.REQUIREMENTS[:2]) <= set(pins)


def test_constraints(tmp_path):
    own = str(ROOT / "requirements" / "constraints.txt")
    assert mmcv_install.constraints() == ["--constraint", own]
    file = tmp_path / "mine.txt"
    file.touch()
    assert mmcv_install.constraints(str(file)) == ["--constraint", str(file)]
    with pytest.raises(InputError, match="no constraints file"):
        mmcv_install.constraints(str(tmp_path / "none.txt"))


# Runs the command on a made-up archive; that it installs anything would be the failure.
DRIVER = """
import signal
# What a shell starts in the background is deaf to interrupts, and so are its children.
signal.signal(signal.SIGINT, signal.default_int_handler)
import sys
from ce_plugin.environment.mmcv import build as mmcv_build
from ce_plugin.tools import install_mmcv
mmcv_build.SHA256, plain = sys.argv.pop(1), mmcv_build.pip
def pip(command, *args, **kwargs):
    assert command == "wheel", command
    plain(command, *args, **kwargs)
mmcv_build.pip = pip
sys.exit(install_mmcv.main())
"""


def command(digest, cache, tmp_path):
    (tmp_path / "tmp").mkdir()
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, digest, "--force", "--wheel-dir", str(cache)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment(TMPDIR=str(tmp_path / "tmp")),
    )


@pytest.mark.slow
def test_a_wrong_build_is_refused(tmp_path):
    cache = tmp_path / "cache"
    digest = make_archive(cache, tmp_path / "scratch")
    process = command(digest, cache, tmp_path)
    _, said = process.communicate(timeout=200)
    assert process.returncode == 2 and len(said.splitlines()) == 1, said
    assert "that was built is refused: nms is wrong on cpu" in said
    assert listing(cache) == [mmcv_build.ARCHIVE] and listing(tmp_path / "tmp") == []


@pytest.mark.slow
def test_a_compiler_that_refuses(tmp_path):
    cache = tmp_path / "cache"
    more = "raise SystemExit('mmcv.cpp:1:2: error: no such thing\\nninja: stopped')"
    digest = make_archive(cache, tmp_path / "scratch", more=more)
    process = command(digest, cache, tmp_path)
    _, said = process.communicate(timeout=200)
    assert process.returncode == 2 and len(said.splitlines()) == 1, said
    assert "pip wheel failed: mmcv.cpp:1:2: error: no such thing (all of it: " in said
    (log,) = listing(tmp_path / "tmp")
    assert "ninja: stopped" in (tmp_path / "tmp" / log).read_text()
    assert listing(cache) == [mmcv_build.ARCHIVE]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_leaves_nothing(number, tmp_path):
    cache, started = tmp_path / "cache", tmp_path / "started"
    more = f"open({str(started)!r}, 'w').write(str(os.getpid()))\n"
    more += "import time; time.sleep(120)"
    digest = make_archive(cache, tmp_path / "scratch", more=more)
    process = command(digest, cache, tmp_path)
    deadline = time.monotonic() + 120
    while not (started.exists() and started.read_text()):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "interrupted; start again" in said, said
    assert listing(cache) == [mmcv_build.ARCHIVE] and listing(tmp_path / "tmp") == []
    # The compiler's process is gone as well, or a corpse that nobody collected.
    time.sleep(0.5)
    status = Path("/proc", started.read_text(), "status")
    assert not status.exists() or "State:\tZ" in status.read_text()


@pytest.mark.parametrize(
    "found, names",
    [
        ({"mmcv": ["onedl-mmcv"]}, ["mmcv is onedl-mmcv's", "uninstall -y onedl-mmcv"]),
        ({"mmcv": ["mmcv", "onedl-mmcv"]}, ["mmcv is onedl-mmcv's"]),
        (
            {"mmcv": ["mmcv"], "mmdet": ["onedl-mmdetection"], "mmseg": ["x"]},
            ["mmdet is onedl-mmdetection's, mmseg is x's", "-y onedl-mmdetection x"],
        ),
    ],
)
def test_somebody_else_s_is_left_alone(found, names, monkeypatch, capsys):
    """Nothing is downloaded, built or removed: one line, and how to go on."""
    for module in (mmcv_build, mmcv_wheel):
        monkeypatch.setattr(module, "pip", None, raising=False)
    monkeypatch.setattr(mmcv_wheel, "ready_wheel", None)
    monkeypatch.setattr("ce_plugin.environment.distributions.owners", lambda: found)
    monkeypatch.setattr("sys.argv", ["install_mmcv", "--force"])
    assert install_mmcv.main() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert all(name in line for name in ["nothing was changed", *names]), line


@pytest.mark.parametrize("breaks", [None, "build", "install"])
def test_nothing_less_than_before(breaks, monkeypatch, capsys):
    """mmcv-lite goes when the new one lies there, checked; never before."""
    asked = []

    def ready_wheel(*args):
        if breaks == "build":
            raise InputError("the mmcv that was built is refused")
        return Path("new.whl")

    def pip(command, *args):
        asked.append((command, args[-1]))
        if command == breaks:
            raise InputError("pip install failed")

    found = {"mmcv": ["mmcv-lite"], "mmdet": ["mmdet"], "mmseg": ["mmsegmentation"]}
    monkeypatch.setattr("ce_plugin.environment.distributions.owners", lambda: found)
    monkeypatch.setattr(mmcv_wheel, "ready_wheel", ready_wheel)
    monkeypatch.setattr(mmcv_wheel, "check", lambda devices: None)
    monkeypatch.setattr(mmcv_build, "pip", pip)
    monkeypatch.setattr("sys.argv", ["install_mmcv"])
    new, old = ("install", "new.whl"), ("uninstall", "mmcv-lite")
    assert install_mmcv.main() == (2 if breaks else 0)
    assert asked == {None: [new, old, new], "build": [], "install": [new]}[breaks]


@pytest.mark.slow
def test_what_is_right_is_left_alone(monkeypatch, capsys, tmp_path):
    def never(*args, **kwargs):
        raise AssertionError(f"pip {args}")

    monkeypatch.setattr(mmcv_build, "pip", never)
    monkeypatch.setattr("sys.argv", ["install_mmcv", "--wheel-dir", str(tmp_path)])
    assert install_mmcv.main() == 0
    assert "mmcv 2.1.0 is right" in capsys.readouterr().out
    assert listing(tmp_path) == []
