"""Shards that are damaged, cut off or written anew: it is told, no picture is wrong."""

import io
import tarfile
import zipfile

import pytest
import torch
from PIL import Image
from shards_case import shards_of, zip_of

from ce_plugin.datasets import ImageFolder, Shards
from ce_plugin.errors import InputError

pytestmark = pytest.mark.usefixtures("cache")


def test_bad_members_are_passed_over_and_named(tmp_path):
    good = io.BytesIO()
    Image.new("RGB", (20, 20), (9, 8, 7)).save(good, "PNG")
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        for i in range(10):
            data = b"" if i == 3 else good.getvalue()[: 30 if i == 4 else None]
            member = tarfile.TarInfo(f"{i}.png")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as file:
        for i in range(10):
            file.writestr(f"{i}.png", good.getvalue())
    spoiled = bytearray((tmp_path / "b.zip").read_bytes())
    place = spoiled.index(b"3.png") + 5 + 20
    spoiled[place] ^= 255
    (tmp_path / "b.zip").write_bytes(spoiled)
    tar, packed = Shards(str(tmp_path / "a.tar")), Shards(str(tmp_path / "b.zip"))
    sample = tar[3]["data_samples"]
    assert [p[-11:] for p in sample.skipped] == ["a.tar/3.png", "a.tar/4.png"]
    assert sample.path.endswith("a.tar/5.png")
    assert packed[3]["data_samples"].skipped == (f"{tmp_path}/b.zip/3.png",)
    assert "checksum" in packed._unreadable.describe([f"{tmp_path}/b.zip/3.png"])


def test_a_damaged_member_does_not_stop_a_split(tmp_path):
    """Of pictures of one size, whose contents are compared."""
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as file:
        for i in range(40):
            picture = io.BytesIO()
            Image.new("L", (9, 9), i).save(picture, "BMP")
            file.writestr(f"{i}.bmp", picture.getvalue())
    spoiled = bytearray(path.read_bytes())
    for i in range(0, 40, 2):
        spoiled[spoiled.index(f"{i}.bmp".encode()) + 60] ^= 255
    path.write_bytes(spoiled)
    for split in ("train", "val"):
        data = Shards(str(path), split=split, max_bad_share=1)
        assert len(data) == dict(train=32, val=8)[split]


@pytest.mark.parametrize("cut", [0.3, 0.5, 0.77, "header", "end"])
def test_truncated_shard_is_one_line(folder, tmp_path, cut):
    root = shards_of(folder, tmp_path)
    path = root / "train-000001.tar"
    data = path.read_bytes()
    with tarfile.open(path) as tar:
        members = tar.getmembers()
    last = members[-1]
    places = dict(header=members[4].offset + 100, end=last.offset_data + last.size)
    place = places[cut] if cut in places else int(cut * last.offset_data)
    path.write_bytes(data[:place])
    with pytest.raises(InputError, match=r"train-000001\.tar is cut off or damaged"):
        Shards(str(root))


def test_truncated_zip_is_one_line(folder, tmp_path):
    path = zip_of(folder, tmp_path / "x.zip")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"x\.zip is cut off or damaged"):
        Shards(str(path))


def test_a_shard_written_anew_gets_a_new_index(folder, tmp_path, cache):
    root = shards_of(folder, tmp_path)
    before = Shards(str(root))
    (root / "train-000002.tar").unlink()
    with tarfile.open(root / "train-000002.tar", "w") as tar:
        tar.add(folder / before.names[-1], "other.png")
    after = Shards(str(root))
    assert after.names[-1] == "other.png"
    assert len(after) < len(before)
    assert len([*cache.glob("*/index-*")]) == 1


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_never_a_wrong_picture_from_a_shard_that_changes_meanwhile(
    folder, tmp_path, kind
):
    if kind == "zip":
        path = zip_of(folder, tmp_path / "x.zip", zipfile.ZIP_STORED)
        data = Shards(str(path))
    else:
        path = shards_of(folder, tmp_path) / "train-000000.tar"
        data = Shards(str(path))
    # The same names in another order, written over the open file.
    other = tmp_path / "other"
    if kind == "zip":
        with zipfile.ZipFile(other, "w") as file:
            for name in data.names[::-1]:
                file.write(folder / name, name)
    else:
        with tarfile.open(other, "w") as tar:
            for name in data.names[::-1]:
                tar.add(folder / name, name)
    path.write_bytes(other.read_bytes())
    wrong = 0
    for i in range(len(data)):
        try:
            picture = data[i]["inputs"]
        except InputError as error:
            assert "has been changed since" in str(error)
            wrong += 1
        else:
            assert torch.equal(picture, ImageFolder(str(folder))[i]["inputs"])
    assert wrong > len(data) / 2
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError, match="has been changed since"):
        data[len(data) - 1]


@pytest.mark.parametrize("name", ["x.tar", "x.zip"])
def test_a_folder_that_is_named_like_a_shard(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match=rf"{name} cannot be read: .*directory"):
        Shards(str(tmp_path / name))
