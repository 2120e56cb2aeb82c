"""The stored results of the final comparison, and of what was tried before it."""

import sys

import pytest
from runs import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
from figures import final


@pytest.fixture(scope="session")
def board():
    """``voc320_fair``, as far as it has ended."""
    return final.stored()


@pytest.fixture(scope="session")
def tried():
    """``voc320_choose``, likewise."""
    return final.stored(name="voc320_choose")


@pytest.fixture(scope="session")
def few():
    """``camvid_fair``, likewise."""
    return final.stored(name=final.FEW)
