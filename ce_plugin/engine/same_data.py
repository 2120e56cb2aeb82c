"""Checks that all processes of a run read the same pictures."""

from __future__ import annotations

from mmengine.dist import all_gather_object, get_world_size
from torch.utils.data import Dataset

from ce_plugin.errors import InputError


def need_same_data(dataset: Dataset) -> None:
    """Compares the data that the processes have found.

    A folder that has changed between two looks, or nodes whose copies of it differ,
    would give each process an order of its own, and no error.

    Args:
        dataset: A dataset whose ``metainfo['data']`` is compared, without the path.

    Raises:
        InputError: They differ, in every process.
    """
    if get_world_size() == 1:
        return
    data = (getattr(dataset, "metainfo", None) or {}).get("data") or {}
    mine = {key: value for key, value in data.items() if key != "root"}
    found = all_gather_object(mine)
    for rank, other in enumerate(found):
        if other != found[0]:
            raise InputError(
                f"process {rank} has found {other.get('found')} pictures "
                f"({other.get('fingerprint')}), process 0 {found[0].get('found')} "
                f"({found[0].get('fingerprint')}); has {data.get('root')} changed, or "
                "is it another one on each node? Start again when all have the same"
            )
