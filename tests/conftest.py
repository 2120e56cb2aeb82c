"""Fixtures of all tests: a quiet mmengine, and registries in this package's scope."""

import logging

import pytest


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
