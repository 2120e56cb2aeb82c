"""mmcv's wheels for GPUs, built by OpenMMLab: one folder a CUDA and torch."""

from __future__ import annotations

from pathlib import Path

from ce_plugin.environment.pip import pip
from ce_plugin.errors import InputError

from .build import MMCV

INDEX = "https://download.openmmlab.com/mmcv/dist/cu{cuda}/torch{torch}.0/index.html"


def index_of(torch: str, cuda: str) -> str:
    """The address of the wheels for a torch and a CUDA, of any patch release.

    Args:
        torch: Version of torch, with or without the local part.
        cuda: CUDA's version.

    Example:
        >>> index_of("2.1.2+cu121", "12.1").rpartition("dist/")[2]
        'cu121/torch2.1.0/index.html'
    """
    release = ".".join(torch.split(".")[:2])
    return INDEX.format(cuda=cuda.replace(".", ""), torch=release)


def prebuilt(torch: str, cuda: str, folder: Path) -> Path | None:
    """The wheel of the index that fits this interpreter, or None where there is none.

    It is looked for where pip is told to look (``PIP_FIND_LINKS``) as well.

    Args:
        torch: The installed version.
        cuda: The version that it was built with.
        folder: Folder that the wheel goes into.
    """
    index = index_of(torch, cuda)
    print(f"looking for mmcv {MMCV} for torch {torch} and CUDA {cuda}: {index}")
    options = ["--no-deps", "--only-binary", "mmcv", "--find-links", index]
    options += ["--retries", "1", "--timeout", "15", "--dest", str(folder)]
    try:
        pip("download", *options, f"mmcv=={MMCV}")
    except InputError as error:
        print(f"there is none ({error}); it has to be built", flush=True)
        return None
    return next(folder.glob("mmcv-*.whl"), None)
