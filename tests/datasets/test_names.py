"""Names in arrays behave like the list that they stand for."""

import pickle

import numpy as np
import pytest

from ce_plugin.datasets.name_table import Names, fingerprint

LIST = [
    "a.jpg",
    "",
    "b/ä.jpg",
    "日本.png",
    "roh\udcff.bmp",
    *(f"{i}" for i in range(9000)),
]


def test_like_a_list():
    names = Names.of(LIST)
    assert len(names) == len(LIST)
    assert [*names] == LIST
    assert names == LIST
    assert names != LIST[:-1]
    assert names != ["b", *LIST[1:]]
    assert [names[i] for i in range(-5, 9)] == [LIST[i] for i in range(-5, 9)]
    assert names.index("日本.png") == 3
    assert names + names[:1] == [*LIST, LIST[0]]
    assert repr(names[:2]) == repr(LIST[:2])
    for wrong in (len(LIST), -len(LIST) - 1):
        with pytest.raises(IndexError):
            names[wrong]


@pytest.mark.parametrize(
    "part", [slice(None, None, 3), slice(5, 2), slice(-7, None), slice(None, None, -1)]
)
def test_slices(part):
    names = Names.of(LIST)
    assert names[part] == LIST[part]
    turned = names.take(np.arange(len(LIST))[::-1])
    assert turned[part] == LIST[::-1][part]


def test_taken_names_know_their_places():
    odd = Names.of(LIST).take(np.arange(1, 9000, 2, dtype=np.uint32))
    assert odd == LIST[1:9000:2]
    some = odd.take([0, 10])
    assert some == [LIST[1], LIST[21]]
    assert some.positions.tolist() == [1, 21]
    assert some.position(1) == 21
    assert [*Names.of(LIST).take([])] == []
    assert pickle.loads(pickle.dumps(some)) == some
    assert odd.map(len, np.int64).tolist() == [
        len(name.encode("utf-8", "surrogateescape")) for name in odd
    ]


def test_nothing():
    assert Names.of([]) == []
    assert len(Names.of([]).positions) == 0


def test_fingerprint_is_that_of_earlier_versions():
    # blake2b of "name\\0size\\n" of all, eight bytes.
    assert fingerprint(Names.of(["a", "b"]), np.array([1, -1])) == "51dd4d28d2bc402d"
