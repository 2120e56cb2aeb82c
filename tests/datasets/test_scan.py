"""The index of a folder: kept, renewed, never in the way."""

import errno
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from ce_plugin.datasets import ImageFolder
from ce_plugin.datasets import array_cache as keep
from ce_plugin.datasets import scan as index
from ce_plugin.errors import InputError


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(index, "FEWEST_KEPT", 30)
    return tmp_path / "cache" / "ce_plugin" / "pictures"


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "pictures"
    for i in range(60):
        path = folder / f"{i % 3}" / f"{i:02d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes([i]) * (100 + i))
    return settle(folder)


def settle(root):
    """As if nothing had changed for an hour."""
    then = time.time() - 3600
    for folder, _, _ in os.walk(root):
        os.utime(folder, (then, then))
    return root


def no_scan(monkeypatch):
    def forbidden(*_):
        raise AssertionError("scanned")

    monkeypatch.setattr(index, "find_pictures", forbidden)


def test_second_start_does_not_look_at_the_pictures(cache, root, monkeypatch):
    first = [ImageFolder(str(root), split=s) for s in ("train", "val", "all")]
    no_scan(monkeypatch)
    monkeypatch.setattr(ImageFolder, "read_part", None)
    for data in first:
        again = ImageFolder(str(root), split=data.split)
        assert again.index.folder.parent.parent == cache
        assert again.names == data.names
        assert again.metainfo == data.metainfo
        assert again.index.sizes.tolist() == data.index.sizes.tolist()
    assert len(first[0]) + len(first[1]) == 60


def test_kept_or_not_the_same(cache, root, monkeypatch):
    kept = ImageFolder(str(root), split="train")
    monkeypatch.setattr(index, "FEWEST_KEPT", 1000)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache / "other"))
    plain = ImageFolder(str(root), split="train")
    assert plain.index.folder is None
    assert not (cache / "other").exists()
    assert plain.names == kept.names
    assert plain.metainfo == kept.metainfo


@pytest.mark.parametrize("change", ["add", "remove", "rename", "folder", "in place"])
def test_a_changed_folder_is_looked_at_again(cache, root, change):
    before = ImageFolder(str(root))
    if change == "add":
        (root / "1" / "new.jpg").write_bytes(b"x")
    elif change == "remove":
        (root / "1" / "01.jpg").unlink()
    elif change == "rename":
        (root / "1" / "01.jpg").rename(root / "1" / "renamed.jpg")
    elif change == "folder":
        (root / "3").mkdir()
        (root / "3" / "new.jpg").write_bytes(b"x")
    else:
        (root / "1" / "01.jpg").write_bytes(b"longer" * 100)
    wanted = sorted(str(p.relative_to(root)) for p in root.glob("*/*.jpg"))
    fresh = ImageFolder(str(root))
    assert fresh.names == wanted
    assert fresh.index.sizes.tolist() == [
        os.path.getsize(root / name) for name in wanted
    ]
    assert fresh.metainfo != before.metainfo
    if change != "in place":
        assert fresh.index.folder is None  # it may change again within the same tick
    settle(root)
    assert ImageFolder(str(root)).names == wanted
    assert len([*cache.glob("*/index-*")]) == 1  # the old one is gone


def test_a_running_dataset_keeps_its_names(cache, root):
    data = ImageFolder(str(root), split="train")
    names = [*data.names]
    (root / "1" / "00new.jpg").write_bytes(b"x")
    settle(root)
    ImageFolder(str(root), split="train")
    assert not data.index.folder.exists()
    assert [*data.names] == names


def test_full_disk_is_one_line(cache, root, monkeypatch, capsys):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(keep.np, "save", full)
    data = ImageFolder(str(root), split="train")
    assert data.index.folder is None
    assert capsys.readouterr().err.count("cannot be kept") <= 1
    monkeypatch.undo()
    assert not [*cache.rglob(".part-*")]
    assert data.names == ImageFolder(str(root), split="train").names


def test_full_disk_between_index_and_split(cache, root, monkeypatch):
    ImageFolder(str(root))
    monkeypatch.setattr(keep.os, "rename", lambda *_: (_ for _ in ()).throw(OSError()))
    broken = ImageFolder(str(root), split="train")
    monkeypatch.undo()
    assert broken.names == ImageFolder(str(root), split="train").names


def test_broken_index_is_made_again(cache, root):
    names = [*ImageFolder(str(root)).names]
    for file in cache.rglob("*.npy"):
        file.write_bytes(file.read_bytes()[:50])
    assert ImageFolder(str(root)).names == names


def test_no_cache_folder_can_be_made(root, tmp_path, monkeypatch):
    monkeypatch.setattr(index, "FEWEST_KEPT", 30)
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert len(ImageFolder(str(root), split="train")) > 40


def test_unreadable_pictures_are_written_down(cache, root):
    data = ImageFolder(str(root), split="train")
    data.note_unreadable(["a.jpg"])
    data.note_unreadable(["a.jpg", "b.jpg"])
    listed = data.index.folder / "unreadable.txt"
    assert listed.read_text() == "a.jpg\nb.jpg\n"
    # A name that is no UTF-8, as os.fsdecode has it.
    for _ in range(2):
        data.note_unreadable(["\udce4.jpg"])
    assert listed.read_bytes() == b"a.jpg\nb.jpg\n\xe4.jpg\n"


def test_no_pictures(cache, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no pictures"):
        ImageFolder(str(tmp_path / "empty"))
    assert not cache.exists()


PROCESS = """
import sys
import ce_plugin.datasets.scan as index
from ce_plugin.datasets import ImageFolder
index.FEWEST_KEPT, index.get_world_size = 30, lambda: 3
find = index.find_pictures
def found(*args):
    print("scanned")
    return find(*args)
index.find_pictures = found
print(ImageFolder(sys.argv[1], split="train").metainfo["data"])
"""


@pytest.mark.slow
def test_of_several_processes_one_scans(cache, root):
    # mmengine imports yapf, which keeps its grammar in the cache and reads it while
    # another process is writing it (yapf's issue 1204): it is to be there beforehand.
    subprocess.run([sys.executable, "-c", "import yapf"], check=True)
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(root)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    said = [run.communicate(timeout=120)[0].splitlines() for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert sum("scanned" in lines for lines in said) == 1
    assert len({lines[-1] for lines in said}) == 1


def test_two_makers_of_one_index(tmp_path):
    """Without a lock both do the work, and one result stays."""
    arrays = dict(a=np.arange(3))

    def make():
        # The other one is faster.
        assert keep.save_arrays(tmp_path / "x", arrays)
        return arrays

    assert keep.kept_arrays(tmp_path / "x", make)["a"].tolist() == [0, 1, 2]
    assert not [*tmp_path.glob(".part-*")]


def test_slow_disks_are_asked_at_once(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"abc")
    names = ["a", "gone"] * 600
    plain = index.file_sizes(names, tmp_path.joinpath)
    monkeypatch.setattr(index, "_SLOW", 0)
    assert index.file_sizes(names, tmp_path.joinpath).tolist() == plain.tolist()
    assert plain[:2].tolist() == [3, -1]
