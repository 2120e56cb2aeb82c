"""A fixture of the tests that run a suite in this process."""

import pytest


@pytest.fixture
def desk(tmp_path, monkeypatch, capsys):
    """The toy suite, run in this process in a folder of its own."""
    # Imported here, because it puts benchmarks/ in front of the path.
    from toy_desk import Desk

    return Desk(tmp_path, monkeypatch, capsys)
