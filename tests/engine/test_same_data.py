"""Processes that have found different pictures do not begin."""

import pytest

from ce_plugin.engine import same_data
from ce_plugin.errors import InputError


class Found:
    def __init__(self, root, fingerprint):
        data = dict(root=root, found=9, fingerprint=fingerprint)
        self.metainfo = dict(data=data)


def processes(monkeypatch, *others):
    monkeypatch.setattr(same_data, "get_world_size", lambda: 1 + len(others))
    found = [
        {k: v for k, v in o.metainfo["data"].items() if k != "root"} for o in others
    ]
    monkeypatch.setattr(same_data, "all_gather_object", lambda mine: [mine, *found])


def test_the_same_wherever_it_lies(monkeypatch):
    processes(monkeypatch, Found("/node/b", "ab"), Found("/node/c", "ab"))
    same_data.need_same_data(Found("/node/a", "ab"))


def test_another_one(monkeypatch):
    processes(monkeypatch, Found("/a", "ab"), Found("/a", "cd"))
    with pytest.raises(InputError, match=r"process 2 has found 9 pictures \(cd\)"):
        same_data.need_same_data(Found("/a", "ab"))


def test_one_process_asks_nobody(monkeypatch):
    monkeypatch.setattr(same_data, "all_gather_object", None)
    same_data.need_same_data(Found("/a", "ab"))
    same_data.need_same_data([1, 2, 3])
