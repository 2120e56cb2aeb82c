"""Checks that a file is safe to read and fits the network."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlparse

import torch
from torch import Tensor

from ce_plugin.errors import InputError


def check_state_dict(expected: Mapping, given: Mapping, network: str) -> None:
    """Raises unless ``given`` has the names and shapes of ``expected``, all of them.

    Args:
        expected: State dict of the network.
        given: State dict of the file.
        network: The network's name for the message.

    Raises:
        InputError: Says how many tensors are missing, left over or of another shape,
            and names the first of each.

    Example:
        >>> check_state_dict({'w': torch.zeros(2)}, {'w': torch.zeros(2)}, 'Net')
    """
    # Files from before PyTorch 0.4 have no such counter, and it is no weight.
    keys = {k for k in expected if not k.endswith("num_batches_tracked")}
    others = {k for k in given if not k.endswith("num_batches_tracked")}
    shapes = [
        f"{k} ({_shape(given[k])} for {_shape(expected[k])})"
        for k in sorted(keys & others)
        if _shape(given[k]) != _shape(expected[k])
    ]
    wrong = {
        "missing": sorted(keys - others),
        "left over": sorted(others - keys),
        "of another shape": shapes,
    }
    said = [
        f"{len(names)} {what}: {', '.join(names[:3])}{' ...' * (len(names) > 3)}"
        for what, names in wrong.items()
        if names
    ]
    if said:
        fit = len(keys & others) - len(shapes)
        raise InputError(
            f"the checkpoint is of another network than this {network}: {fit} of "
            f"{len(keys)} tensors fit; {'; '.join(said)}"
        )


def _shape(value: Tensor) -> tuple[int, ...]:
    return tuple(value.shape) if isinstance(value, Tensor) else ()


def not_finite(tensors: Mapping[str, Tensor]) -> list[str]:
    """Names of the tensors that hold an infinity or no number.

    Example:
        >>> not_finite(dict(a=torch.ones(2), b=torch.tensor([1.0, float("nan")])))
        ['b']
    """
    return [k for k, v in tensors.items() if not bool(torch.isfinite(v).all())]


def inspect_download(url: str) -> None:
    """Downloads a checkpoint into torch's cache, where loading finds it, and looks.

    Args:
        url: Begins with ``http://`` or ``https://``.

    Raises:
        InputError: It cannot be downloaded; or see :func:`inspect_checkpoint`.
    """
    folder = Path(torch.hub.get_dir(), "checkpoints")
    folder.mkdir(parents=True, exist_ok=True)
    # As torch.hub.load_state_dict_from_url names it.
    path = folder / Path(urlparse(url).path).name
    if not path.is_file():
        try:
            torch.hub.download_url_to_file(url, str(path), progress=False)
        except (OSError, ValueError, RuntimeError) as error:
            raise InputError(f"{url} cannot be downloaded ({error})") from error
    inspect_checkpoint(path)


def inspect_checkpoint(path: str | Path) -> Mapping:
    """Raises unless ``path`` is a checkpoint that can be read without running code.

    Args:
        path: A file written by ``torch.save``.

    Returns:
        What is in it; its tensors have shapes and no values.

    Raises:
        InputError: There is no such file, it is no checkpoint or not whole, or it is a
            pickle that carries code, which is named and not run.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"no checkpoint {path.resolve()}")
    try:
        state = torch.load(path, map_location="meta", weights_only=True, mmap=None)
    except pickle.UnpicklingError as error:
        named = _foreign_types(path)
        if not named:
            raise InputError(f"{path} is no checkpoint, or not whole") from error
        raise InputError(
            f"{path} carries code that would run on loading ({', '.join(named)}); it "
            "is refused. Where you trust its source, save its state_dict again as "
            "tensors only"
        ) from error
    except Exception as error:
        # The reader answers what it does not know with whatever that leads it to.
        known = str(error) and not isinstance(error, LookupError)
        said = f" ({error})" if known else ""
        raise InputError(f"{path} is no checkpoint, or not whole{said}") from error
    if not isinstance(state, Mapping):
        raise InputError(f"{path} holds a {type(state).__name__}, not a checkpoint")
    return state


def _foreign_types(path: Path) -> list[str]:
    try:
        return torch.serialization.get_unsafe_globals_in_checkpoint(path)
    except Exception:
        return []
