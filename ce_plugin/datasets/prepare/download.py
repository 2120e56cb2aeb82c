"""Fetches VOC and SBD through torchvision, which knows where they are."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError

from ce_plugin.errors import InputError


def download_voc(root: str, years: Sequence[str]) -> Path:
    """Fetches VOC to ``root/VOCdevkit``: trainval of each year, of 2007 test as well.

    Returns:
        The VOCdevkit.

    Raises:
        InputError: An unknown year, or it could not be fetched.
    """
    from torchvision.datasets import VOCDetection, VOCSegmentation

    for year in years:
        if year not in ("2007", "2012"):
            raise InputError(f"years are 2007 and 2012, not {year}")
    with _fetching(root, "VOC"):
        for year in years:
            for part in ("trainval", "test") if year == "2007" else ("trainval",):
                VOCDetection(root, year, part, download=True)
                # The same archive; this only looks whether the masks' list is in it.
                VOCSegmentation(root, year, part)
    return Path(root, "VOCdevkit")


def download_sbd(root: str) -> Path:
    """Fetches SBD to ``root``: ``img``, ``cls``, ``inst`` and two lists.

    Returns:
        ``root``.

    Raises:
        InputError: It could not be fetched, or is there already.
    """
    from torchvision.datasets import SBDataset

    if Path(root, "cls").exists():
        raise InputError(f"{Path(root, 'cls').absolute()} is there already")
    with _fetching(root, "SBD"):
        SBDataset(root, "train", "segmentation", download=True)
    return Path(root)


@contextmanager
def _fetching(root: str, what: str) -> Callable[[], None]:
    """Turns what goes wrong on the way into one line, and leaves no empty folder."""
    folder = Path(root)
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except (URLError, HTTPException, ConnectionError, TimeoutError) as error:
        reason = getattr(error, "reason", None) or error
        raise InputError(
            f"{what} cannot be fetched, is there a network? ({reason}); it can be "
            f"brought to {folder.absolute()} by hand and looked at with check"
        ) from error
    except (RuntimeError, EOFError, tarfile.TarError) as error:
        raise InputError(
            f"{what} did not arrive whole in {folder.absolute()} ({error}); try again"
        ) from error
    finally:
        if new and not any(folder.iterdir()):
            folder.rmdir()
