"""Files from a Hugging Face repository, or at once one line on why not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

from ce_plugin.errors import InputError

_SECONDS = 3.0
"""A server that does not answer a knock within this time is not waited for."""


def fetch(
    name: str,
    revision: str | None,
    cache_dir: str | Path | None,
    patterns: Sequence[str],
) -> Path:
    """The folder of a repository's files, downloaded where they are not in the cache.

    Without a way to the server the cache alone is looked into.

    Args:
        name: 'owner/name'.
        revision: Branch, tag or commit.
        cache_dir: Where downloads are kept; None: where huggingface_hub does.
        patterns: Which files.

    Raises:
        InputError: No such repository or revision, no access, or no way there and no
            copy in the cache.
    """
    # timm has brought it; seldom needed, and slow to import.
    import huggingface_hub
    from huggingface_hub import constants

    there = constants.is_offline_mode() or reachable(constants.ENDPOINT)
    options = {} if there else dict(local_files_only=True)
    try:
        found = huggingface_hub.snapshot_download(
            name,
            revision=revision,
            cache_dir=cache_dir,
            allow_patterns=list(patterns),
            **options,
        )
    except (OSError, ValueError) as error:
        copy = Path(cache_dir or constants.HF_HUB_CACHE, _folder(name))
        why = _reason(error, revision, "" if there else constants.ENDPOINT)
        raise InputError(
            f"there is no folder {name} here, and as a Hugging Face repository {why}; "
            f"a copy would lie in {copy}"
        ) from error
    return Path(found)


def reachable(url: str) -> bool:
    """Whether the server of ``url`` takes a connection within a few seconds.

    True where a proxy stands between, which alone can tell.
    """
    parts = urlsplit(url)
    if getproxies().get(parts.scheme) or getproxies().get("all"):
        return True
    answered = []

    def knock() -> None:
        port = parts.port or (80 if parts.scheme == "http" else 443)
        try:
            with socket.create_connection((parts.hostname, port), _SECONDS):
                answered.append(True)
        except OSError:
            pass

    # Looking up a name has no time limit of its own.
    knocking = threading.Thread(target=knock, daemon=True)
    knocking.start()
    knocking.join(_SECONDS)
    return bool(answered)


def _folder(name: str) -> str:
    return f"models--{name.replace('/', '--')}"


def _reason(error: Exception, revision: str | None, unreachable: str) -> str:
    """An error of huggingface_hub in one phrase."""
    from huggingface_hub import errors

    if unreachable:
        return f"it cannot be had: {unreachable} is not reachable from here"
    if isinstance(error, errors.GatedRepoError):
        return "it is closed to you: ask for access on its page, then `hf auth login`"
    if isinstance(error, errors.RepositoryNotFoundError):
        return "it does not exist, or is private: `hf auth login` opens your own"
    if isinstance(error, errors.RevisionNotFoundError):
        return f"it has no revision {revision!r}"
    said = " ".join(str(error).split()).split(". ")[0].rstrip(".")
    return f"it cannot be had ({type(error).__name__}: {said})"
