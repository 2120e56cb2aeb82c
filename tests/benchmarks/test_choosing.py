"""The split that recipes are chosen on keeps what is judged to itself."""

import doctest
import shutil
from pathlib import Path

import tables_case  # noqa: F401  puts the harness on the path
from harness.data import choosing
from harness.data.choosing import choosing_devkit, choosing_pictures
from harness.data.entries import held_names, pictures_outside_val
from harness.data.generated import make_voc


def test_examples():
    assert doctest.testmod(choosing).failed == 0


def test_a_picture_that_both_years_have_is_held_out_of_both(tmp_path):
    root = make_voc(tmp_path / "dev", pictures=9)
    first = next((root / "VOC2007" / "JPEGImages").glob("*.jpg"))
    lists = root / "VOC2007" / "ImageSets"
    for held in lists.glob("*/val.txt"):
        names = set(held.read_text().split()) - {first.stem}
        held.write_text("".join(f"{name}\n" for name in sorted(names)))
    assert first in pictures_outside_val(root)
    with open(root / "VOC2012" / "ImageSets" / "Main" / "val.txt", "a") as file:
        file.write(f"2007_{first.stem}\n")
    assert first not in pictures_outside_val(root)


def test_what_one_year_judges_on_is_learned_from_in_no_other(tmp_path):
    """A picture of 2007 has a name of its own in the folder and lists of 2012."""
    root = make_voc(tmp_path / "dev", pictures=9)
    held = (root / "VOC2007/ImageSets/Main/train.txt").read_text().split()[0]
    with open(root / "VOC2012/ImageSets/Segmentation/val.txt", "a") as file:
        file.write(f"2007_{held}\n")
    judged = min(held_names(choosing_devkit(root, tmp_path) / "VOC2007"))
    twin = root / "VOC2012" / "JPEGImages" / f"2007_{judged}.jpg"
    shutil.copy(root / "VOC2007" / "JPEGImages" / f"{judged}.jpg", twin)
    listed = choosing_pictures(root, tmp_path).read_text().split()
    assert str(twin) not in listed and listed
    lists = (tmp_path / "choosing" / "VOC2007").glob("ImageSets/*/*.txt")
    assert held not in {name for path in lists for name in path.read_text().split()}


def test_what_one_year_judges_on_no_list_of_the_other_learns_from(tmp_path):
    root = make_voc(tmp_path / "dev", pictures=9)
    made = choosing_devkit(root, tmp_path)
    judged = sorted(held_names(made / "VOC2007"))
    listed = root / "VOC2012" / "ImageSets" / "Main" / "train.txt"
    twins = {f"2007_{name}" for name in judged}
    with open(listed, "a") as file:
        file.writelines(f"{name}\n" for name in sorted(twins))
    made = choosing_devkit(root, tmp_path)
    learned = (made / "VOC2012/ImageSets/Main/train.txt").read_text().split()
    assert learned and not twins & set(learned)
    assert held_names(made / "VOC2007") == set(judged)


def test_the_choosing_split_has_no_picture_of_val(tmp_path):
    root = make_voc(tmp_path / "dev", pictures=9)
    year = root / "VOC2012"
    # SBD's list has pictures of Main's val.
    stolen = (year / "ImageSets" / "Main" / "val.txt").read_text().split()[0]
    with open(year / "ImageSets" / "Segmentation" / "aug.txt", "a") as file:
        file.write(f"{stolen}\n")
    listed = choosing_pictures(root, tmp_path)
    made = tmp_path / "choosing"
    for year in ("VOC2007", "VOC2012"):
        val = held_names(root / year)
        judged = held_names(made / year)
        lists = made / year / "ImageSets"
        learned = {
            name
            for task, part in (("Main", "train"), ("Segmentation", "aug"))
            for name in (lists / task / f"{part}.txt").read_text().split()
        }
        assert judged and learned and not judged & learned
        assert not (judged | learned) & val
        seen = {Path(x).stem for x in listed.read_text().split() if f"/{year}/" in x}
        assert learned <= seen and not seen & (judged | val)
        assert (made / year / "JPEGImages" / f"{min(judged)}.jpg").is_file()
    before = (made / "VOC2007").stat().st_mtime_ns
    assert choosing_devkit(root, tmp_path) == made
    # The same: whoever reads it goes on.
    assert (made / "VOC2007").stat().st_mtime_ns == before
    assert not list(tmp_path.glob("*.part"))
    assert len(pictures_outside_val(root)) > len(listed.read_text().split())
