"""The command doctor: its report and exit code, and what it finds in an environment."""

import hashlib
import subprocess
import sys

import pytest
from made_up_environment import INSTALL, NO_OPENMMLAB, ONEDL, THEIRS, fake
from runs import ROOT, environment

from ce_plugin.environment import facts
from ce_plugin.environment.distributions import owners
from ce_plugin.environment.report import report
from ce_plugin.tools import doctor


def test_report():
    text, count = report(fake())
    assert count == 0 and "all is well" in text
    assert "mmcv                    2.1.0, with operators" in text
    assert "lightly                 not installed; for other pretext tasks" in text
    assert "mmcv-lite" not in text

    text, count = report(fake({"mmcv": "2.2.0", "mmcv-lite": "2.2.0"}, operators="x"))
    assert count == 1 and "all is well" not in text
    assert "mmcv                    2.2.0, without working operators" in text
    assert "mmcv-lite               2.2.0" in text


def test_onedl_is_named_and_what_its_mim_cannot():
    changes = dict(versions={**NO_OPENMMLAB, **THEIRS}, owners=ONEDL)
    text, count = report(fake(**changes))
    assert count == 0 and "all is well" in text
    assert "mmengine                0.10.12 (onedl-mmengine)" in text
    assert "mmcv                    2.3.6 (onedl-mmcv), with operators" in text
    assert "note: onedl-mim cannot start ce_plugin" in text
    assert "py -m ce_plugin.tools.train CONFIG" in text
    assert "note:" not in report(fake())[0]


def install(site, name, **files):
    """A distribution in a folder, as pip leaves it."""
    record = [f"{name}-1.0.dist-info/RECORD,,"]
    for path, text in files.items():
        folder, _, stem = path.partition("__")
        path = f"{folder}/{stem}.py" if stem else "cv/__init__.py"
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
        digest = hashlib.sha256(text.encode()).hexdigest()
        record.append(f"{path},sha256={digest},{len(text)}")
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    )
    (info / "RECORD").write_text("\n".join(record) + "\n")


def test_who_owns_a_name(tmp_path, monkeypatch):
    """Two that write the same module; two parts of a namespace; a stray `tests`."""
    shared = {"space____init__": ""}  # The same empty file, as nvidia's have it.
    install(tmp_path, "one", init="1", space__first="1", tests__a="", **shared)
    install(tmp_path, "two", init="2", space__second="2", tests__b="", **shared)
    monkeypatch.syspath_prepend(str(tmp_path))
    found = owners()
    assert found["cv"] == ["one", "two"]
    assert found["space"] == ["one"] and "tests" not in found
    assert found["mmcv"] == ["mmcv"] and all(
        len(several) == 1 for name, several in found.items() if name != "cv"
    )


def test_imports_that_fail_or_crash_are_findings(tmp_path, monkeypatch):
    (tmp_path / "crashes.py").write_text("import os; os.abort()")
    (tmp_path / "exits.py").write_text("raise SystemExit('no\\n such thing')")
    (tmp_path / "chatty.py").write_text("print('hello')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    names = ("json", "chatty", "crashes", "exits", "nowhere_to_be_found", "math")
    found = facts._faults(names)
    assert found["json"] is None and found["chatty"] is None and found["math"] is None
    assert found["crashes"] == "the interpreter ended with code -6"
    assert found["exits"] == "SystemExit: no such thing"
    assert "No module named 'nowhere_to_be_found'" in found["nowhere_to_be_found"]


@pytest.mark.parametrize("version", ["2.1.0", "2.2.0"])
def test_exit_code(version, monkeypatch, capsys):
    monkeypatch.setattr(facts, "this_environment", lambda: fake({"mmcv": version}))
    monkeypatch.setattr("sys.argv", ["doctor"])
    well = version == "2.1.0"
    assert doctor.main() == (0 if well else 1)
    assert ("all is well" if well else f"mend: {INSTALL}") in capsys.readouterr().out


@pytest.mark.slow
def test_this_environment_is_well(tmp_path):
    """Started by its path, as mim does, from a folder that hides what is installed."""
    (tmp_path / "mmcv.py").write_text("raise ImportError")
    done = subprocess.run(
        [sys.executable, str(ROOT / "ce_plugin" / "tools" / "doctor.py")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(),
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "mmcv                    2.1.0, with operators" in done.stdout
    assert "all is well" in done.stdout
