"""Pictures in shards are what they are in a folder, wherever the shards lie."""

import io
import os
import pickle
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest
import torch
from mmengine.runner import Runner
from noise_case import CROP
from PIL import Image
from shards_case import MASK, shards_of, zip_of

from ce_plugin.datasets import ImageFolder, ImageList, Pictures, Shards
from ce_plugin.datasets.prepare.shards import make_shards
from ce_plugin.datasets.shards.files import expand, names_shards
from ce_plugin.errors import InputError

pytestmark = pytest.mark.usefixtures("cache")


def assert_same(a, b):
    assert a.names == b.names
    mine, other = a.metainfo["data"], b.metainfo["data"]
    differ = {"kind", "root"}
    assert {k: v for k, v in mine.items() if k not in differ} == {
        k: v for k, v in other.items() if k not in differ
    }
    for i in range(len(a)):
        x, y = a[(i, 3)], b[(i, 3)]
        assert torch.equal(x["inputs"], y["inputs"])
        assert torch.equal(x["data_samples"].mask, y["data_samples"].mask)
        assert a.class_of(i) == b.class_of(i)


@pytest.mark.parametrize("kind", ["tar", "stored", "deflated", "pattern", "list"])
@pytest.mark.parametrize("split", ["train", "val"])
def test_same_as_the_folder(folder, tmp_path, kind, split):
    options = dict(split=split, transforms=CROP, mask=MASK, held_out=0.2)
    if kind in ("stored", "deflated"):
        root = str(zip_of(folder, tmp_path / "x.zip", 8 * (kind == "deflated")))
    else:
        root = str(shards_of(folder, tmp_path))
        if kind == "pattern":
            root = f"{root}/train-{{000000..000002}}.tar"
        elif kind == "list":
            root = [f"{root}/train-00000{i}.tar" for i in range(3)]
    data = Pictures(root, **options)
    assert type(data) is Shards
    assert_same(data, ImageFolder(str(folder), **options))
    again = Pictures(root, **options)  # from the cache
    assert again.index.folder is not None
    assert_same(again, data)
    copy = pickle.loads(pickle.dumps(data))
    assert torch.equal(copy[0]["inputs"], data[0]["inputs"])
    path = data[0]["data_samples"].path
    assert path.endswith(data.names[0])
    assert "tar/" in path or "zip/" in path


@pytest.mark.parametrize("workers", [0, 2])
def test_stream_through_the_loader(folder, tmp_path, workers):
    def batches(root, start):
        loader = Runner.build_dataloader(
            dict(
                batch_size=4,
                num_workers=workers,
                persistent_workers=workers > 0,
                collate_fn=dict(type="ce_plugin.collate_samples"),
                sampler=dict(type="ce_plugin.SeededSampler"),
                dataset=dict(
                    type="ce_plugin.Pictures",
                    data_root=str(root),
                    split="train",
                    transforms=CROP,
                ),
            ),
            seed=3,
        )
        loader.sampler.start = start
        stream = iter(loader)
        return [next(stream)["inputs"] for _ in range(5)]

    expected = batches(folder, 0)
    shards = shards_of(folder, tmp_path)
    for got, want in zip(batches(shards, 0), expected):
        assert torch.equal(got, want)
    assert torch.equal(batches(shards, 12)[0], expected[3])


@pytest.mark.parametrize("encoding", ["utf-8", "cp850", "latin-1"])
def test_names_of_a_zip_that_does_not_say_their_encoding(tmp_path, encoding):
    """As zip of Linux, macOS and Windows write them."""
    path, written = tmp_path / "x.zip", "Möbel".encode(encoding)
    plain = "M" + "x" * (len(written) - 4) + "bel"
    with zipfile.ZipFile(path, "w") as file:
        for name, value in ((f"{plain}/a.png", 50), ("b.png", 90)):
            picture = io.BytesIO()
            Image.new("L", (9, 9), value).save(picture, "PNG")
            file.writestr(name, picture.getvalue())
    path.write_bytes(path.read_bytes().replace(plain.encode(), written))
    data = Pictures(str(path), cache_mb=0)
    assert [int(data[i]["inputs"][0, 0, 0]) for i in range(2)] == [50, 90]
    # Another name at its place, and all else as it was: still the picture.
    path.write_bytes(path.read_bytes().replace(written, b"?" * len(written), 1))
    assert int(data[0]["inputs"][0, 0, 0]) == 50
    path.write_bytes(path.read_bytes().replace(b"IDAT", b"idat"))
    with pytest.raises(InputError, match="has been changed since"):
        data[0]


def test_equal_names_get_their_shard_before_them(tmp_path):
    for shard in "ab":
        with tarfile.open(tmp_path / f"{shard}.tar", "w") as tar:
            picture = io.BytesIO()
            Image.new("RGB", (9, 9), (ord(shard), 0, 0)).save(picture, "PNG")
            member = tarfile.TarInfo("./0.png")
            member.size = picture.tell()
            tar.addfile(member, io.BytesIO(picture.getvalue()))
    data = Shards(str(tmp_path))
    assert data.names == ["a.tar/0.png", "b.tar/0.png"]
    assert [int(data[i]["inputs"][0, 0, 0]) for i in range(2)] == [97, 98]
    assert data[1]["data_samples"].path == f"{tmp_path}/b.tar/0.png"


def test_mistakes_are_one_line(folder, tmp_path):
    with pytest.raises(InputError, match=r"no shard .*gone-1\.tar \(3 in all\)"):
        Pictures(f"{tmp_path}/gone-{{1..3}}.tar")
    (tmp_path / "a.tar.gz").touch()
    with pytest.raises(InputError, match="a compressed tar cannot"):
        Pictures(str(tmp_path / "a.tar.gz"))
    with tarfile.open(tmp_path / "empty.tar", "w") as tar:
        tar.add(folder / "notes.txt", "notes.txt")
    with pytest.raises(InputError, match=r"no pictures in .*empty\.tar"):
        Pictures(str(tmp_path / "empty.tar"))
    with pytest.raises(InputError, match="nonsense"):
        Pictures("nonsense://bucket/a.tar")
    root = str(shards_of(folder, tmp_path))
    with pytest.raises(InputError, match="unpack"):
        Pictures(root).path_of("0.png")
    for empty in ([], "x-{5..1}.tar"):
        with pytest.raises(InputError, match=r"names no shard; a range is \{first"):
            Shards(empty)
    with pytest.raises(InputError, match=r"no such folder: .*gone; check data_root"):
        Pictures([root, f"{tmp_path}/gone"])
    with pytest.raises(InputError, match="a path or a list of such, not 5"):
        Pictures(5)


def test_paths_of_pathlib(folder, tmp_path):
    path = zip_of(folder, tmp_path / "x.zip")
    text = Pictures(str(path))
    for root in (path, [path]):
        data = Pictures(root)
        assert (data.root, data.names) == (text.root, text.names)


def test_which_roots_are_shards(folder, tmp_path):
    assert names_shards("s3://bucket/train-{0..9}.tar")
    assert not names_shards(str(folder))
    (folder / "archive.tar").touch()
    assert not names_shards(str(folder))  # beside pictures in folders
    assert not names_shards(str(tmp_path / "gone"))
    flat = tmp_path / "flat"
    flat.mkdir()
    (flat / "a.tar").touch()
    (flat / "README.txt").touch()
    assert names_shards(str(flat))
    (flat / "b.JPG").touch()
    with pytest.raises(InputError, match=r"archives \(a\.tar\).*pictures \(b\.JPG\)"):
        Pictures(str(flat))
    (tmp_path / "list.txt").write_text(f"{folder}/class0/000ä.png")
    assert type(Pictures(str(tmp_path / "list.txt"))) is ImageList
    assert expand("a") == ["a"]
    assert expand("{1..3}{x,y}") == ["1x", "1y", "2x", "2y", "3x", "3y"]
    assert expand("{0098..0101}")[::3] == ["0098", "0101"]


def test_make_shards(folder, tmp_path):
    out = tmp_path / "deep" / "out"
    shutil.copyfile(Path(folder, "class0", "000ä.png"), folder / "class1" / "big.bmp")
    with open(folder / "class1" / "big.bmp", "ab") as file:
        file.write(b"x" * 2**21)
    assert make_shards(str(folder), str(out), megabytes=1) == (2, [])
    assert sorted(os.listdir(out)) == ["pictures-000000.tar", "pictures-000001.tar"]
    options = dict(split="train", transforms=CROP, mask=MASK)
    assert_same(Pictures(str(out), **options), Pictures(str(folder), **options))
    make_shards(str(folder), str(tmp_path / "again"), megabytes=1)
    for name in os.listdir(out):
        assert (out / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    with pytest.raises(InputError, match="not empty"):
        make_shards(str(folder), str(out))
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write shards"):
        make_shards(str(folder), str(tmp_path / "file" / "out"))
    assert not [*out.parent.glob(".*")]
