"""Shards and zips of a folder's pictures, for tests."""

import tarfile
import zipfile

from ce_plugin.datasets import ImageFolder

MASK = dict(type="RandomBlock")


def shards_of(folder, tmp_path, bytes_a_shard=20_000):
    """Several tars with the folder's pictures."""
    out = tmp_path / "shards"
    names = ImageFolder(str(folder)).names
    out.mkdir()
    size, number = bytes_a_shard, -1
    for name in names:
        if size >= bytes_a_shard:
            size, number = 0, number + 1
        with tarfile.open(out / f"train-{number:06d}.tar", "a") as tar:
            tar.add(folder / name, name)
        size += (folder / name).stat().st_size
    assert number == 2
    return out


def zip_of(folder, path, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as file:
        for name in ImageFolder(str(folder)).names:
            file.write(folder / name, name)
        file.writestr("labels.json", "{}")
        file.writestr("__MACOSX/._000.png", "fork")
    return path
