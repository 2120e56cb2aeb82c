"""What belongs together in a folder: results, columns, masks and originals."""

from pathlib import Path

import pytest
from gallery_case import MASK, NAMES, leave, truth_of, write

from ce_plugin.errors import InputError
from ce_plugin.pages.gallery import find_results


def test_what_inpaint_leaves_is_found(tmp_path):
    for name in NAMES:
        leave(tmp_path / "out", name)
    leave(tmp_path / "out", "alone", parts=False)
    found = find_results(tmp_path / "out")
    (column,) = found.columns
    assert found.rows == ["a9", "a10", "alone", "deep/b"]  # numbers by their value
    assert sorted(column.masks) == sorted(NAMES)
    assert column.masks["deep/b"].endswith("deep/b_mask.png")
    assert column.predictions == {}  # the same files as the pictures
    assert found.problems == found.notes == []
    leave(tmp_path / "out", "a9", prediction=truth_of("a9"))
    (column,) = find_results(tmp_path / "out").columns
    assert sorted(column.predictions) == sorted(NAMES)


def test_a_photograph_of_a_mask_is_one(tmp_path):
    for name in ("dog", "dog_mask", "cat_mask", "cat_prediction"):
        write(tmp_path / f"{name}.png", truth_of(name))
    write(tmp_path / "dog_mask_mask.png", MASK)
    found = find_results(tmp_path)
    assert found.rows == [
        "cat_mask",
        "cat_prediction",
        "dog",
        "dog_mask",
        "dog_mask_mask",
    ]
    assert not found.has_masks


def test_sub_folders_are_columns_where_names_are_the_same(folder):
    found = find_results(folder / "out")
    assert [column.name for column in found.columns] == ["good", "poor"]
    assert found.rows == list(NAMES)
    flat = find_results(folder / "out", flat=True)
    assert [column.name for column in flat.columns] == ["result"]
    assert "good/a9" in flat.rows and len(flat.rows) == 6
    chosen = find_results(folder / "out", columns=["poor", "good/", "poor"])
    assert [column.name for column in chosen.columns] == ["poor", "good"]
    write(folder / "out" / "overview.png", truth_of("x"))
    beside = find_results(folder / "out")
    assert len(beside.columns) == 1 and "overview.png" in beside.notes[0]
    # Names that differ: parts of one collection.
    write(folder / "more" / "cats" / "1.png", truth_of("x"))
    write(folder / "more" / "dogs" / "2.png", truth_of("y"))
    assert find_results(folder / "more").rows == ["cats/1", "dogs/2"]


def test_originals_and_masks_inside_the_folder_are_no_columns(folder):
    out = folder / "out"
    for name in NAMES:
        write(out / "photos" / f"{name}.png", truth_of(name))
        write(out / "masks" / f"{name}.png", MASK)
    found = find_results(out, truth=out / "photos", masks=out / "masks")
    assert [column.name for column in found.columns] == ["good", "poor"]
    assert sorted(found.originals) == sorted(found.masks) == sorted(NAMES)
    write(out / "good" / "one.png", MASK)  # one for all
    assert find_results(out, masks=out / "good" / "one.png", flat=True).rows[:2] == [
        "good/a9",
        "good/a10",
    ]
    assert "good/one" not in find_results(out, masks=out / "good" / "one.png").rows
    with pytest.raises(InputError, match="all its pictures are originals"):
        find_results(out / "photos", truth=out / "photos")


def test_two_endings_are_two_pictures_of_one_original(tmp_path):
    for name in ("x.bmp", "x.png", "y.png"):
        write(tmp_path / "out" / name, truth_of(name))
    write(tmp_path / "photos" / "x.webp", truth_of("x"))
    write(tmp_path / "photos" / "x.png", truth_of("x"))
    found = find_results(tmp_path / "out", truth=tmp_path / "photos")
    assert found.rows == ["x", "x.png", "y"]
    assert {Path(p).name for p in found.originals.values()} == {"x.png"}
    assert len(found.originals) == 2
    assert found.problems[0].startswith("y: no original in ")
    assert found.problems[1:] == [
        "x.webp: original x.png has the same name and is taken"
    ]


@pytest.mark.parametrize(
    "options, said",
    [
        (dict(folder="nowhere"), "no folder .*nowhere"),
        (dict(folder="photos/a9.bmp"), "not a folder: .*a9.bmp"),
        (dict(folder="empty"), "no pictures in .*empty"),
        (dict(truth="nowhere"), "no folder .*nowhere"),
        (dict(truth="other"), "no original in .* has the name of a result, such as a9"),
        (dict(masks="other"), "no mask in .* has the name of a result"),
        (dict(masks="nowhere.png"), "no folder .*nowhere.png"),
        (dict(columns=["good", "bad"]), "sub-folder bad of .*; there are good, poor"),
        (dict(columns=["good"], flat=True), "--columns and --flat"),
    ],
)
def test_what_cannot_be_found(folder, options, said):
    (folder / "empty").mkdir()
    write(folder / "other" / "other.png", MASK)
    for key in ("folder", "truth", "masks"):
        if key in options:
            options[key] = folder / options[key]
    with pytest.raises(InputError, match=said) as error:
        find_results(**dict(folder=folder / "out") | options)
    assert "data_root" not in str(error.value)
