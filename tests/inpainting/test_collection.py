"""An index is made once, renewed where files change, and whole or not there."""

import json
import os

import numpy as np
import pytest
from fillers_case import box
from PIL import Image
from scenes import scene, write_scenes

from ce_plugin.errors import InputError
from ce_plugin.inpainting.fillers import NearestNeighbor
from ce_plugin.inpainting.retrieval import build_index, collection
from ce_plugin.inpainting.retrieval import index as index_file
from ce_plugin.inpainting.retrieval.collection import (
    default_folder,
    open_collection,
    open_index,
)
from ce_plugin.inpainting.retrieval.descriptors import describe_gradients, squash


@pytest.fixture
def reads(monkeypatch):
    """Files that were described, in order."""
    names, real = [], build_index._describe

    def describe(path, reading):
        names.append(os.path.basename(path))
        return real(path, reading)

    monkeypatch.setattr(build_index, "_describe", describe)
    return names


def opened(folder, index):
    return open_index(open_collection(folder), index)


def test_what_is_kept(tmp_path):
    paths = write_scenes(tmp_path / "pictures", 3)
    index = opened(tmp_path / "pictures", tmp_path / "index")
    assert [index.path(i) for i in range(3)] == [str(p) for p in paths]
    assert index.thumbnails.dtype == np.uint8 and index.gradients.dtype == np.float16
    assert isinstance(index.thumbnails, np.memmap)
    for i in range(3):
        thumbnail = squash(scene(i))
        assert np.array_equal(index.thumbnails[i], thumbnail)
        assert np.array_equal(index.gradients[i], describe_gradients(thumbnail))
    said = json.loads((index.folder / "index.json").read_text())
    assert {"scikit-image", "format"} <= said["made_with"].keys()
    assert said["marks"]["00.png"][0] == paths[0].stat().st_size


def test_reused_and_renewed(tmp_path, reads):
    folder, place = tmp_path / "pictures", tmp_path / "index"
    paths = write_scenes(folder, 4)
    first = opened(folder, place)
    assert sorted(reads) == [p.name for p in paths]
    reads.clear()
    assert opened(folder, place).folder == first.folder and not reads

    Image.fromarray(scene(9)).save(folder / "new.png")
    added = opened(folder, place)
    assert reads == ["new.png"] and len(added) == 5
    assert np.array_equal(added.thumbnails[:4], first.thumbnails)  # still mapped
    assert [p.name for p in place.iterdir()] == [added.folder.name]

    reads.clear()
    paths[0].unlink()
    removed = opened(folder, place)
    assert not reads and removed.names == ["01.png", "02.png", "03.png", "new.png"]
    assert np.array_equal(removed.gradients[3], added.gradients[4])

    Image.fromarray(scene(8)).save(paths[1])
    changed = opened(folder, place)
    assert reads == ["01.png"]
    assert np.array_equal(changed.thumbnails[0], squash(scene(8)))
    reads.clear()
    os.utime(paths[2], ns=(1, 1))
    opened(folder, place)
    assert reads == ["02.png"]


def test_another_library_or_format_makes_all_anew(tmp_path, reads, monkeypatch):
    folder, place = tmp_path / "pictures", tmp_path / "index"
    write_scenes(folder, 3)
    opened(folder, place)
    reads.clear()
    monkeypatch.setattr(collection, "FORMAT", 99)
    opened(folder, place)
    assert len(reads) == 3


def test_a_broken_off_build_leaves_the_old_index(tmp_path, reads, monkeypatch):
    folder, place = tmp_path / "pictures", tmp_path / "index"
    paths = write_scenes(folder, 3)
    old = opened(folder, place)
    Image.fromarray(scene(9)).save(folder / "new.png")
    with monkeypatch.context() as patch:
        patch.setattr(build_index, "_describe", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            opened(folder, place)
    assert [p.name for p in place.iterdir()] == [old.folder.name]
    (folder / "new.png").unlink()
    reads.clear()
    again = opened(folder, place)
    assert not reads and np.array_equal(again.thumbnails[0], squash(scene(0)))
    assert len(paths) == len(again)


@pytest.mark.parametrize("name", ["index.json", "thumbnails.npy"])
@pytest.mark.parametrize("left", [b"", b"{", b"\0" * 99], ids=["none", "cut", "zeros"])
def test_a_damaged_index_is_built_again(tmp_path, reads, name, left):
    folder, place = tmp_path / "pictures", tmp_path / "index"
    write_scenes(folder, 2)
    index = opened(folder, place)
    for change in (False, True):
        (index.folder / name).write_bytes(left)
        if change:
            Image.fromarray(scene(9)).save(folder / "new.png")
        reads.clear()
        index = opened(folder, place)
        assert len(reads) == len(index) == 2 + change
        assert np.array_equal(index.thumbnails[0], squash(scene(0)))


def test_an_index_is_on_the_disk_before_it_counts_and_for_all(tmp_path, monkeypatch):
    events, sync, rename = [], os.fsync, os.rename

    def fsync(number):
        events.append(os.path.basename(os.readlink(f"/proc/self/fd/{number}")))
        sync(number)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "rename", lambda *a: events.append("") or rename(*a))
    write_scenes(tmp_path / "pictures", 2)
    index = opened(tmp_path / "pictures", tmp_path / "index")
    assert events == ["gradients.npy", "thumbnails.npy", "index.json", ""]
    assert index.folder.stat().st_mode & 0o777 == 0o755


def test_nothing_else_in_the_folder_is_touched(tmp_path):
    folder, place = tmp_path / "pictures", tmp_path / "index"
    write_scenes(folder, 2)
    other = place / "0123456789abcdef"
    other.mkdir(parents=True)
    (other / "index.json").write_text("{}")
    (place / "notes").mkdir()
    opened(folder, place)
    assert other.is_dir() and (place / "notes").is_dir()


def test_unreadable_pictures_are_passed_over_and_named(tmp_path, caplog):
    folder, place = tmp_path / "pictures", tmp_path / "index"
    write_scenes(folder, 4)
    (folder / "01b.png").write_bytes(b"no picture")
    (folder / "empty.jpg").write_bytes(b"")
    index = opened(folder, place)
    assert index.names == ["00.png", "01.png", "02.png", "03.png"]
    assert set(index.unreadable) == {"01b.png", "empty.jpg"}
    assert index.unreadable["empty.jpg"] == "empty file"
    assert np.array_equal(index.thumbnails[2], squash(scene(2)))
    assert opened(folder, place).unreadable == index.unreadable


def test_too_many_or_only_unreadable(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(6):
        (folder / f"{i}.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match="cannot be read"):
        opened(folder, tmp_path / "index")
    for i in range(2, 6):
        (folder / f"{i}.png").unlink()
    with pytest.raises(InputError, match="no picture of the collection can be read"):
        opened(folder, tmp_path / "index")
    assert not list((tmp_path / "index").iterdir())


@pytest.mark.parametrize("kind", ["missing", "empty"])
def test_no_collection(tmp_path, kind):
    if kind == "empty":
        (tmp_path / kind).mkdir()
    with pytest.raises(InputError, match=r"^the collection of pictures: [^\n]+$"):
        open_collection(tmp_path / kind)


def test_a_list_and_a_split(tmp_path):
    write_scenes(tmp_path / "pictures", 5)
    (tmp_path / "list.txt").write_text("pictures/03.png\npictures/01.png\n")
    index = opened(tmp_path / "list.txt", tmp_path / "index")
    assert index.names == ["pictures/01.png", "pictures/03.png"]
    split = dict(data_root=str(tmp_path / "pictures"), held_out=0.2)
    sides = [
        open_collection(split | dict(split=side, split_by="pictures")).names
        for side in ("train", "val")
    ]
    assert sorted(sides[0] + sides[1]) == [f"{i:02d}.png" for i in range(5)]
    with pytest.raises(InputError, match="split"):
        open_collection(split | dict(split="train"))


def test_the_default_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    one, two = default_folder(tmp_path / "a"), default_folder(tmp_path / "b")
    assert one.parent == tmp_path / "cache/ce_plugin/collections" and one != two
    assert default_folder(tmp_path / "x" / ".." / "a") == one


def test_a_folder_that_cannot_be_written(tmp_path):
    write_scenes(tmp_path / "pictures", 2)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="another folder as index"):
        opened(tmp_path / "pictures", tmp_path / "file" / "index")


def test_features_are_kept_for_the_newest_holes(tmp_path, monkeypatch):
    write_scenes(tmp_path / "pictures", 3)
    index = opened(tmp_path / "pictures", tmp_path / "index")
    monkeypatch.setattr(index_file, "MOST_FEATURES", 2)
    calls = []

    def ask(key):
        def compute(thumbnails):
            calls.append(key)
            return thumbnails.reshape(len(thumbnails), -1)[:, :5] / 256

        found = index.features(key, compute)
        assert found.shape == (3, 5) and found.dtype == np.float16
        os.utime(index.folder / "features" / f"{key}.npy", (len(calls), len(calls)))

    for key in "aba":
        ask(key)
    assert calls == ["a", "b"]
    # b is now the one unused for longest.
    os.utime(index.folder / "features" / "b.npy", (0, 0))
    for key in "ca":
        ask(key)
    assert calls == ["a", "b", "c"]
    assert {p.name for p in (index.folder / "features").iterdir()} == {"a.npy", "c.npy"}


def test_values_and_channels_are_those_of_the_collection(tmp_path):
    """12 bits in 16, which nobody can read without a range."""
    folder, place = tmp_path / "pictures", tmp_path / "index"
    folder.mkdir()
    deep = np.mgrid[:64, :80].sum(0).astype(np.uint16) * 28  # up to 3976
    for i in range(3):
        Image.fromarray(deep + i).save(folder / f"{i}.png")
    options = dict(data_root=str(folder), value_range=(0, 4095))
    filler = NearestNeighbor(options, index=place, blend=False)
    thumbnail = filler.index.thumbnails[0]
    assert 0 <= thumbnail.min() < 8 and thumbnail.max() > 240
    hole = box(64, 80, (20, 40, 30, 50))
    (filling,) = filler([np.zeros((64, 80, 3), np.uint8)], [hole])
    near = np.abs(filling.prediction[hole] - deep[hole][:, None] * (255 / 4095))
    assert near.max() < 1
    again = NearestNeighbor(options | dict(value_range=[0, 4095]), index=place).index
    assert again.folder == filler.index.folder
    other = NearestNeighbor(options | dict(value_range=(0, 8190)), index=place).index
    assert other.folder != filler.index.folder
    assert other.thumbnails.max() < 140
