"""Fixtures of all tests: a quiet mmengine, this package's scope, a drawn VOCdevkit."""

import logging
import shutil
import signal

import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def quiet():
    """mmengine prints a line for every tensor that is initialised."""
    from mmengine.logging import MMLogger

    MMLogger.get_instance("mmengine", log_level=logging.ERROR)


@pytest.fixture(autouse=True)
def scope():
    """A runner of one test leaves its scope to the next one; every test gets ours."""
    from mmengine.registry import init_default_scope

    init_default_scope("ce_plugin")


@pytest.fixture(autouse=True)
def threads():
    """A test's number of threads ends with it: more than cores slow all later ones."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def signals():
    """No test leaves a handler: later pools end their processes by SIGTERM."""
    known = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in known]
    yield
    after = [signal.getsignal(number) for number in known]
    for number, handler in zip(known, before, strict=True):
        signal.signal(number, handler)
    assert after == before


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A drawn VOCdevkit, the same for all tests of a file."""
    from voc_folder import make_voc

    return make_voc(tmp_path_factory.mktemp("drawn"))


@pytest.fixture
def voc(drawn, tmp_path):
    """A copy of it, to be spoiled."""
    return shutil.copytree(drawn, tmp_path / "VOCdevkit")
