"""Sets of masks as files: drawn once, checked, and refused where they are damaged."""

import json

import numpy as np
import pytest
from PIL import Image

from ce_plugin.errors import InputError
from ce_plugin.evaluation.scoring.mask_sets import (
    load_mask_set,
    make_mask_set,
    numbered,
    read_record,
)
from ce_plugin.masks import RandomBlock

BLOCKS = dict(type="RandomBlock")


def same(one, other):
    assert list(one) == list(other)
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])


def test_a_set_is_what_the_generator_draws_and_comes_back(tmp_path):
    assert make_mask_set(tmp_path / "set", BLOCKS, numbered(4, 32, 48), seed=3) is True
    masks = load_mask_set(tmp_path / "set")
    assert list(masks) == ["0000", "0001", "0002", "0003"]
    for number, mask in enumerate(masks.values()):
        assert mask.dtype == bool
        expected = RandomBlock()(32, 48, np.random.default_rng((3, number)))
        np.testing.assert_array_equal(mask, expected)
    with Image.open(tmp_path / "set" / "0002.png") as image:
        assert (image.mode, image.size) == ("1", (48, 32))
    record = read_record(tmp_path / "set")
    assert record["generator"] == BLOCKS
    assert record["seed"] == 3
    assert record["arguments"].startswith("RandomBlock(min_side=0.125")
    assert len(record["sha256"]) == 64
    assert [path.name for path in tmp_path.iterdir()] == ["set"]  # nothing left over


def test_a_longer_set_begins_with_the_shorter(tmp_path):
    make_mask_set(tmp_path / "a", BLOCKS, numbered(2, 32, 32))
    make_mask_set(tmp_path / "b", BLOCKS, numbered(3, 32, 32))
    short, long = load_mask_set(tmp_path / "a"), load_mask_set(tmp_path / "b")
    long.pop("0002")
    same(short, long)


def test_the_same_again_checks_and_leaves_alone(tmp_path):
    make_mask_set(tmp_path / "a", BLOCKS, numbered(2, 32, 32))
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "a").iterdir()}
    assert make_mask_set(tmp_path / "a", BLOCKS, numbered(2, 32, 32)) is False
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "a").iterdir()} == before


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (dict(seed=1), "seed 0, not 1"),
        (dict(generator=BLOCKS | dict(tries=9)), "tries"),
        (dict(generator=dict(type="CenterRegion")), "CenterRegion"),
        (dict(pictures=numbered(3, 32, 32)), "names or sizes differ"),
        (dict(pictures=numbered(2, 32, 40)), "names or sizes differ"),
    ],
)
def test_another_set_is_never_written_over(tmp_path, asked, named):
    first = dict(generator=BLOCKS, pictures=numbered(2, 32, 32), seed=0)
    make_mask_set(tmp_path / "a", **first)
    before = load_mask_set(tmp_path / "a")
    with pytest.raises(InputError, match=f"another set of masks .*{named}"):
        make_mask_set(tmp_path / "a", **(first | asked))
    same(load_mask_set(tmp_path / "a"), before)


def test_changed_defaults_of_a_generator_make_another_set(tmp_path):
    """The config may be the same while what it means is not."""
    make_mask_set(tmp_path / "a", BLOCKS, numbered(2, 32, 32))
    path = tmp_path / "a" / "masks.json"
    record = json.loads(path.read_text())
    record["arguments"] = record["arguments"].replace("tries=50", "tries=40")
    path.write_text(json.dumps(record))
    with pytest.raises(InputError, match="another set of masks"):
        make_mask_set(tmp_path / "a", BLOCKS, numbered(2, 32, 32))


def test_damage_is_found(tmp_path):
    folder = tmp_path / "a"
    make_mask_set(folder, BLOCKS, numbered(3, 32, 32))
    file = folder / "0001.png"
    whole = file.read_bytes()

    mask = np.array(Image.open(file))
    mask[0, 0] ^= True
    Image.fromarray(mask).save(file)
    with pytest.raises(InputError, match=r"not those that masks.json was written with"):
        load_mask_set(folder)
    with pytest.raises(InputError, match="not those"):
        make_mask_set(folder, BLOCKS, numbered(3, 32, 32))

    file.write_bytes(whole[:40])
    with pytest.raises(InputError, match=r"damaged: 0001.png cannot be read"):
        load_mask_set(folder)
    file.unlink()
    with pytest.raises(InputError, match=r"damaged: 0001.png"):
        load_mask_set(folder)
    file.write_bytes(whole)
    assert len(load_mask_set(folder)) == 3
    # Files in another order are other masks.
    (folder / "0000.png").rename(folder / "x.png")
    (folder / "0002.png").rename(folder / "0000.png")
    (folder / "x.png").rename(folder / "0002.png")
    with pytest.raises(InputError, match="not those"):
        load_mask_set(folder)


def test_a_folder_with_anything_else_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="is there and is no set of masks"):
        make_mask_set(tmp_path, BLOCKS, numbered(1, 32, 32))
    with pytest.raises(InputError, match="is there and is no set"):
        make_mask_set(tmp_path / "notes.txt", BLOCKS, numbered(1, 32, 32))
    (tmp_path / "empty").mkdir()
    assert make_mask_set(tmp_path / "empty", BLOCKS, numbered(1, 32, 32))


def test_a_set_that_cannot_be_drawn_leaves_nothing(tmp_path):
    for generator in (dict(type="Nope"), dict(type="CenterRegion", overlapp=1), "Nope"):
        with pytest.raises(InputError, match=r"mask generator|overlapp"):
            make_mask_set(tmp_path / "a", generator, numbered(1, 32, 32))
    pictures = dict(good=(32, 32), tiny=(2, 2))
    with pytest.raises(InputError, match="2 pixels"):
        make_mask_set(tmp_path / "a", BLOCKS, pictures)
    assert list(tmp_path.iterdir()) == []


def test_names_of_pictures_in_folders(tmp_path):
    pictures = {"day/one": (32, 40), "two": (48, 32)}
    make_mask_set(tmp_path / "a", BLOCKS, pictures)
    assert (tmp_path / "a" / "day" / "one.png").is_file()
    masks = load_mask_set(tmp_path / "a")
    assert {name: mask.shape for name, mask in masks.items()} == pictures


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"generator": 1}', "null", "7"])
def test_a_broken_record_is_named(tmp_path, text):
    (tmp_path / "masks.json").write_text(text)
    with pytest.raises(InputError, match=r"masks.json (cannot be read|is no record)"):
        load_mask_set(tmp_path)


def test_no_record(tmp_path):
    with pytest.raises(InputError, match=r"it has no masks.json"):
        load_mask_set(tmp_path)
