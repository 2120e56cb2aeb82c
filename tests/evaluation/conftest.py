"""Random numbers, and a hole in a small picture."""

import numpy as np
import pytest


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def hole():
    mask = np.zeros((24, 20), dtype=bool)
    mask[5:15, 3:12] = True
    return mask
