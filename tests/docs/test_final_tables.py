"""Tables that benchmarks/figures/final.py makes are on the pages as it makes them."""

import sys

import pytest
from runs import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
from figures import final

PAGES = {path.name: path.read_text() for path in final.pages()}


@pytest.fixture(scope="module")
def made():
    return final.tables(final.stored(), final.stored(name=final.FEW))


@pytest.mark.parametrize("name", [n for n in PAGES if final.MARK.search(PAGES[n])])
def test_they_are_those_of_the_store(name, made):
    """Where not: `python benchmarks/figures/final.py --write`, and read the prose."""
    assert final.fill_in(PAGES[name], made) == PAGES[name]


def test_each_is_on_one_page(made):
    marks = [mark[2] for text in PAGES.values() for mark in final.MARK.finditer(text)]
    assert sorted(marks) == sorted(made)
