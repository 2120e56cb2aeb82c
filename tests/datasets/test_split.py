"""Training never sees a pixel of what is held out."""

import hashlib
import os
import shutil
import time
from collections import Counter

import numpy as np
import pytest
import torch
from PIL import Image

from ce_plugin.datasets import ImageFolder
from ce_plugin.datasets.decoding.decode import BadPicture
from ce_plugin.datasets.name_table import Names
from ce_plugin.datasets.split import choose_held_out, cut_region, find_copies
from ce_plugin.errors import InputError

CROP = dict(type="RandomResizedCrop", size=16, interpolation="nearest", antialias=False)


def save_coordinates(path, number, height, width):
    """Each pixel says which picture, row and column it is."""
    y, x = np.mgrid[:height, :width]
    Image.fromarray(
        np.stack([np.full_like(x, number), y, x], axis=2).astype(np.uint8)
    ).save(path)


def pixels(dataset, draws):
    """All (picture, row, column) that come out."""
    seen = set()
    for index in range(len(dataset)):
        for draw in range(draws):
            picture = dataset[(index, draw)]["inputs"]
            seen |= set(map(tuple, picture.flatten(1).T.tolist()))
    return seen


def folder_of(tmp_path, count, sizes=((40, 60), (60, 40), (50, 50))):
    for i in range(count):
        save_coordinates(tmp_path / f"{i:03d}.png", i, *sizes[i % len(sizes)])
    return str(tmp_path)


@pytest.mark.parametrize("count", [1, 3, 19, 20, 40])
def test_no_pixel_is_on_both_sides(tmp_path, count):
    root = folder_of(tmp_path, count)
    options = dict(held_out=0.1, transforms=[CROP])
    train = ImageFolder(root, split="train", seed=1, **options)
    val = ImageFolder(root, split="val", seed=2, **options)
    seen, held = pixels(train, draws=8), pixels(val, draws=8)
    assert len(seen) > 100
    assert len(held) > 100
    assert not seen & held
    expected = "regions" if count < 20 else "pictures"
    assert train.split_by == val.split_by == expected
    if expected == "pictures":
        assert {number for number, _, _ in seen}.isdisjoint(n for n, _, _ in held)
        assert len(val) == {20: 5, 40: 8}[count]
        assert sorted(train.names + val.names) == sorted(os.listdir(root))


def test_regions_are_cut_across_the_longer_side(tmp_path):
    root = folder_of(tmp_path, 3)
    train = ImageFolder(root, split="train")
    val = ImageFolder(root, split="val")
    assert [train[i]["inputs"].shape[1:] for i in range(3)] == [
        (40, 45),
        (45, 40),
        (50, 38),
    ]
    assert [val[i]["inputs"].shape[1:] for i in range(3)] == [
        (40, 15),
        (15, 40),
        (50, 12),
    ]
    assert pixels(train, 1) | pixels(val, 1) == pixels(ImageFolder(root), 1)


def test_region_of_an_upright_picture_is_cut_after_turning(tmp_path):
    y, x = np.mgrid[:40, :64].astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.fromarray(np.stack([x, y, x], axis=2))
    image.save(tmp_path / "a.png", exif=exif)
    val = ImageFolder(str(tmp_path), split="val")[0]["inputs"]
    assert val.shape == (3, 16, 40)  # the lower part: columns 48 to 63 of the file
    assert set(val[0].unique().tolist()) == set(range(48, 64))


@pytest.mark.parametrize(("height", "width"), [(1, 2), (2, 1), (1, 300), (3, 3)])
def test_both_regions_have_a_pixel(height, width):
    picture = torch.zeros(3, height, width)
    parts = [cut_region(picture, split, 0.01) for split in ("train", "val")]
    assert sum(part.numel() for part in parts) == picture.numel()
    assert all(part.numel() for part in parts)


def test_one_pixel_has_no_regions():
    with pytest.raises(BadPicture):
        cut_region(torch.zeros(3, 1, 1), "train", 0.25)


def test_copies_of_held_out_pictures_are_not_trained_on(tmp_path):
    root = folder_of(tmp_path, 30)
    held = ImageFolder(root, split="val", held_out=0.1).names
    (tmp_path / "more").mkdir()
    # Names are tried until three copies are on the training side.
    copied = 0
    for number in range(40):
        name = f"more/copy{number}.png"
        shutil.copy(tmp_path / held[0], tmp_path / name)
        val = ImageFolder(root, split="val", held_out=0.1)
        if name in val.names or held[0] not in val.names:
            (tmp_path / name).unlink()
        else:
            copied += 1
        if copied == 3:
            break
    train = ImageFolder(root, split="train", held_out=0.1)
    val = ImageFolder(root, split="val", held_out=0.1)
    assert copied == 3
    assert not [name for name in train.names if name.startswith("more/")]
    assert len(train) + len(val) + copied == 33
    options = dict(held_out=0.1, transforms=[CROP])
    assert not pixels(ImageFolder(root, split="train", **options), 3) & pixels(
        ImageFolder(root, split="val", **options), 3
    )


def test_only_equal_bytes_are_copies(tmp_path):
    contents = {
        "held": b"a" * 9000 + b"b",
        "copy": b"a" * 9000 + b"b",
        "same_size_and_middle": b"a" * 9000 + b"c",
        "other_middle": b"a" * 4400 + b"x" * 600 + b"a" * 4000 + b"b",
        "longer": b"a" * 9001 + b"b",
        "empty": b"",
    }
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    sizes = {name: len(data) for name, data in contents.items()} | {"gone": -1}
    names = [name for name in sizes if name != "held"]
    held = ["held", "empty", "gone"]
    everything = [*held, *names]
    numbers = np.arange(len(everything))

    def content(number, start, count):
        return (tmp_path / everything[number]).read_bytes()[start : start + count]

    counted = np.array([sizes[name] for name in everything])
    copies = find_copies(numbers[len(held) :], numbers[: len(held)], counted, content)
    assert [everything[number] for number in copies] == ["copy"]


def test_each_of_many_equal_pictures_is_read_once(tmp_path):
    root = fill_with_links(tmp_path, 20_000)
    began = time.process_time()
    train = ImageFolder(root, split="train")
    assert time.process_time() - began < 15
    val = ImageFolder(root, split="val")
    # All are copies of five pictures, of one of which none is held out.
    assert len(val) == 1000
    assert 3000 < len(train) < 4000
    kept = {os.stat(os.path.join(root, name)).st_ino for name in train.names}
    held = {os.stat(os.path.join(root, name)).st_ino for name in val.names}
    assert len(kept) == 1
    assert len(held) == 4


def fill_with_links(folder, count):
    """Hard links of five pictures; those that fall to the fifth are never held out."""
    rng = np.random.default_rng(0)
    for i in range(5):
        noise = rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / f"{i}.bmp")
    (folder / "many").mkdir()
    names = [f"{i:06d}.bmp" for i in range(count)]
    held = set(choose_held_out(Names.of(names), 0.05, seed=0).tolist())
    for i, name in enumerate(names):
        source = 4 if i not in held and i % 5 == 4 else i % 4
        os.link(folder / f"{source}.bmp", folder / "many" / name)
    return str(folder / "many")


def test_a_picture_is_read_once_however_many_are_alike():
    contents = [b"a" * 5000, b"a" * 4999 + b"b", b"c" * 5000]
    numbers = np.arange(3000)
    reads = Counter()

    def content(number, start, count):
        reads[number, "whole" if start == 0 else "middle"] += 1
        return contents[number % 3][start : start + count]

    held = numbers[numbers % 3 != 2][:500]
    others = np.setdiff1d(numbers, held)
    copies = find_copies(others, held, np.full(3000, 5000), content)
    assert (copies == others[others % 3 != 2]).all()
    assert set(reads.values()) == {1}
    assert not any((number, "whole") in reads for number in range(2, 3000, 3))


def test_choice_depends_on_names_and_seed_only():
    names = [f"{i:04d}.jpg" for i in range(500)]

    def choose(names, seed=3):
        held = choose_held_out(Names.of(names), 0.1, seed=seed)
        return {names[number] for number in held}

    chosen = choose(names)
    assert len(chosen) == 50
    assert choose(names[::-1]) == chosen
    assert choose(names, seed=4) != chosen
    # Evenly spread: a hash, not the first or the last.
    assert 15 <= len(chosen & set(names[:250])) <= 35
    # Ten new pictures change little of it.
    more = choose([*names, *(f"new{i}" for i in range(10))])
    assert len(more & chosen) >= 45


def test_the_choice_is_that_of_earlier_versions():
    """Ranked by the hash of seed and name: a resumed run needs the same split."""

    def rank(name):
        return hashlib.blake2b(f"7\0{name}".encode(), digest_size=8).digest()

    names = sorted(f"ordner/bäume {i}.jpg" for i in range(1000))
    chosen = choose_held_out(Names.of(names), 0.05, seed=7)
    assert {names[i] for i in chosen} == set(sorted(names, key=rank)[:50])
    assert (np.diff(chosen) > 0).all()


@pytest.mark.parametrize(
    ("count", "held"),
    [(2, 1), (7, 1), (8, 2), (20, 5), (40, 8), (160, 8), (1000, 50), (110_000, 5000)],
)
def test_a_few_are_held_out_at_least_and_a_few_thousand_at_most(count, held):
    names = Names.of(str(i) for i in range(count))
    assert len(choose_held_out(names, 0.05, seed=0)) == held


def test_the_runs_seed_does_not_change_what_is_held_out(tmp_path):
    root = folder_of(tmp_path, 30)
    names = [ImageFolder(root, split="val", seed=seed).names for seed in (0, 1)]
    assert names[0] == names[1]
    assert ImageFolder(root, split="val", split_seed=1).names != names[0]


def test_nothing_held_out(tmp_path):
    root = folder_of(tmp_path, 2)
    train = ImageFolder(root, split="train", held_out=0)
    assert train.split_by == "none"
    assert train[0]["inputs"].shape == (3, 40, 60)
    with pytest.raises(InputError, match="held_out"):
        ImageFolder(root, split="val", held_out=0)
    with pytest.raises(InputError, match="regions"):
        (tmp_path / "001.png").unlink()
        ImageFolder(root, split="train", split_by="pictures")


@pytest.mark.parametrize(
    "option",
    [
        dict(split="test"),
        dict(held_out=1.0),
        dict(held_out=-0.1),
        dict(held_out_region=0.0),
        dict(held_out_region=1.0),
        dict(split_by="crops"),
    ],
)
def test_arguments_out_of_range(tmp_path, option):
    root = folder_of(tmp_path, 1)
    with pytest.raises(InputError, match=next(iter(option))):
        ImageFolder(root, **option)
