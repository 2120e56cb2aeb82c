"""Provenance of a result: its key, the data's fingerprint, versions and device."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

import ce_plugin

from ..suite import ROOT

PROTOCOL = 1
"""Goes up when a change of the harness or the package changes figures: results of an
older one are then measured again."""
_PACKAGES = ("torch", "torchvision", "mmengine", "mmcv", "mmdet", "mmsegmentation")
_MORE_PACKAGES = ("lightly", "timm", "scikit-learn", "numpy")


def run_key(**parts: Any) -> str:
    """A hash of everything that a figure depends on, including the code's version."""
    parts |= dict(protocol=PROTOCOL, version=ce_plugin.__version__)
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def need_storable(what: str, entries: Any) -> None:
    """Looks through entries of a result, which may lie in dicts and lists.

    Args:
        what: One of them in words, for the message.
        entries: Those that are to be stored.

    Raises:
        ValueError: A number is not finite, or of a type that JSON does not have, such
            as NumPy's float32.
    """
    try:
        json.dumps(entries, allow_nan=False)
    except TypeError as error:
        raise ValueError(f"{what} cannot be stored ({error})") from error
    except ValueError as error:
        raise ValueError(f"{what} is not finite") from error


def fingerprint(path: str | Path, linked: bool = True) -> str:
    """A hash of the names and sizes of a folder's files, or of a list's pictures.

    Args:
        path: The folder, the list, or a file.
        linked: Whether folders that are links are looked into.
    """
    path = Path(path)
    digest = hashlib.blake2b(digest_size=8)
    if path.is_dir():
        files = [(str(file.relative_to(path)), file) for file in _files(path, linked)]
    elif path.suffix == ".txt":
        lines = path.read_text().splitlines()
        files = [("/".join(Path(line).parts[-3:]), Path(line)) for line in lines]
    else:
        files = [(path.name, path)]
    for name, file in sorted(files):
        digest.update(f"{name}\0{file.stat().st_size}\n".encode())
    return digest.hexdigest()


def _files(path: Path, linked: bool) -> Iterator[Path]:
    for at, folders, names in os.walk(path, followlinks=linked):
        here = Path(at).resolve()
        # A link to a folder that it lies in would never end.
        folders[:] = [
            name
            for name in folders
            if not here.is_relative_to(Path(at, name).resolve())
        ]
        yield from (Path(at, name) for name in names)


def environment() -> dict[str, Any]:
    """Versions, commit and device of this machine."""
    versions = dict(ce_plugin=ce_plugin.__version__, python=platform.python_version())
    for name in (*_PACKAGES, *_MORE_PACKAGES):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return dict(versions=versions, commit=_commit(), device=_device())


def _commit() -> str | None:
    """The commit, with ``+`` where files of the checkout differ; None without git."""

    def git(*words: str) -> str:
        command = ["git", "-C", str(ROOT), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    try:
        commit = git("rev-parse", "--short=12", "HEAD")
        changed = git("status", "--porcelain", "--untracked-files=no")
    except OSError:
        return None
    return commit + "+" * bool(changed) if commit else None


def _device() -> dict[str, Any]:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    found = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    flags = next((line for line in lines if line.startswith("flags")), "")
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return dict(
        cpu=found[0] if found else platform.machine(),
        cores=os.cpu_count(),
        bfloat16="avx512_bf16" in flags or "amx_bf16" in flags,
        gpu=gpu,
    )
