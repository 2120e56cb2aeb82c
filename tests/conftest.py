import logging

import pytest


@pytest.fixture(autouse=True, scope="session")
def quiet():
    """mmengine prints a line for every tensor that is initialised."""
    from mmengine.logging import MMLogger

    MMLogger.get_instance("mmengine", log_level=logging.ERROR)
