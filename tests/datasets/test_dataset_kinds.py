"""Where pictures may lie, and what is said where there are none."""

import os

import pytest
from PIL import Image

from ce_plugin.datasets import ImageFolder, ImageList, Pictures, VOCImages, files
from ce_plugin.errors import InputError
from ce_plugin.registry import DATASETS


def save(path, colour="red", kind=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (12, 10), colour).save(path, kind)


def test_folder_finds_every_extension_at_any_depth_sorted(tmp_path):
    wanted = ["B.JPG", "a.jpeg", "x/y/z/c.Png", "x/d.webp", "x y/é.bmp", "e.jpe"]
    wanted += ["f.Tif", "g.TIFF", "h.gif", "i.jp2", "j.avif", "k.JFIF", "l.ppm"]
    wanted += ["m.pgm", "n.pnm", "o.pbm"]
    formats = dict(JPEG="e.jpe k.JFIF", PPM="l.ppm m.pgm n.pnm o.pbm")
    for name in wanted:
        kind = next((k for k, names in formats.items() if name in names), None)
        save(tmp_path / name, kind=kind)
    for name in (".hidden.png", ".cache/e.png", "x/.git/f.png"):
        save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "empty").mkdir()
    data = ImageFolder(str(tmp_path))
    assert data.names == sorted(wanted)
    paths = [data[i]["data_samples"].path for i in range(len(data))]
    assert paths == [str(tmp_path / name) for name in sorted(wanted)]
    assert data.class_of(data.names.index("x/y/z/c.Png")) == "x/y/z"


def test_folder_follows_links_once(tmp_path):
    save(tmp_path / "far" / "a.png")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "far")
    (root / "loop").symlink_to(root)
    (root / "broken.png").symlink_to(root / "nothing.png")
    assert ImageFolder(str(root)).names == ["link/a.png"]


def test_links_in_circles_and_closed_folders_are_told(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(files, "print_log", lambda text, *rest: said.append(text))
    save(tmp_path / "a.png")
    ImageFolder(str(tmp_path))
    assert not said
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "self.png").symlink_to("self.png")
    (tmp_path / "there").symlink_to("back")
    (tmp_path / "back").symlink_to("there")
    (tmp_path / "gone.png").symlink_to("nowhere.png")
    os.mkfifo(tmp_path / "pipe.png")
    assert ImageFolder(str(tmp_path)).names == ["a.png"]
    assert len(said) == 1 and "passed over 5 link(s)" in said[0]
    assert str(tmp_path / "back") in said[0]


def test_a_folder_that_may_not_be_entered_is_told(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(files, "print_log", lambda text, *rest: said.append(text))
    save(tmp_path / "a.png")
    save(tmp_path / "lost+found" / "b.png")
    scandir = os.scandir

    def refuse(path):  # the one who runs the tests may be allowed everything
        if "lost+found" in str(path):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert ImageFolder(str(tmp_path)).names == ["a.png"]
    assert "lost+found" in said[0]


def test_a_list_with_paths_that_no_file_can_have(tmp_path):
    for i in range(20):
        save(tmp_path / f"{i}.png")
    (tmp_path / "self.png").symlink_to("self.png")
    lines = [f"{i}.png" for i in range(40)][:20]
    for odd in ("self.png", "x" * 300 + ".png", "0.png/1.png", "a\0b.png"):
        (tmp_path / "list.txt").write_text("\n".join([*lines, odd]))
        data = ImageList(str(tmp_path / "list.txt"))
        assert len(data) == 21
        paths = {data[i]["data_samples"].path for i in range(21)}
        assert len(paths) == 20


def test_folder_without_pictures_says_what_it_looked_for(tmp_path):
    with pytest.raises(InputError, match=r"\.webp.*no files at all"):
        ImageFolder(str(tmp_path))
    (tmp_path / "b.svg").touch()
    (tmp_path / "a.raw").touch()
    with pytest.raises(InputError, match=r"2 other file\(s\) such as a.raw"):
        ImageFolder(str(tmp_path))


def test_folder_that_is_a_file(tmp_path):
    (tmp_path / "a.txt").touch()
    with pytest.raises(InputError, match="not a folder"):
        ImageFolder(str(tmp_path / "a.txt"))


def test_list_is_relative_to_its_folder(tmp_path):
    for name in ("p/a.png", "p/b c.png", "q/d.png"):
        save(tmp_path / name)
    absolute = str(tmp_path / "q" / "d.png")
    text = f"\ufeffa.png\n\n  b c.png\r\n./a.png\n{absolute}\n"
    (tmp_path / "p" / "list.txt").write_text(text, encoding="utf-8")
    data = ImageList(str(tmp_path / "p" / "list.txt"))
    assert data.names == sorted(["a.png", "b c.png", absolute])  # './a.png' is a.png
    assert data[0]["inputs"].shape == (3, 10, 12)


def test_list_with_prefix(tmp_path):
    save(tmp_path / "images" / "a.png")
    (tmp_path / "images" / "lists").mkdir()
    (tmp_path / "images" / "lists" / "x.txt").write_text("a.png")
    (tmp_path / "y.txt").write_text("a.png")
    root = str(tmp_path / "images")
    for ann_file in ("lists/x.txt", str(tmp_path / "y.txt")):
        assert ImageList(root, ann_file=ann_file)[0]["inputs"].shape == (3, 10, 12)


def test_list_in_the_working_folder(tmp_path, monkeypatch):
    save(tmp_path / "a.png")
    (tmp_path / "list.txt").write_text("a.png")
    monkeypatch.chdir(tmp_path)
    data = ImageList("list.txt")
    assert data.metainfo["data"]["root"] == str(tmp_path)
    assert data[0]["inputs"].shape == (3, 10, 12)


def test_list_with_wrong_paths(tmp_path):
    names = [f"{i}.png" for i in range(20)]
    for name in names[:19]:
        save(tmp_path / name)
    (tmp_path / "list.txt").write_text("\n".join(names))
    # One of twenty may be missing; it is passed over like any other bad picture.
    sample = ImageList(str(tmp_path / "list.txt"))[10]["data_samples"]
    assert "19.png" not in sample.path
    labelled = "\n".join(f"{name} 3" for name in names)
    (tmp_path / "labels.txt").write_text(labelled)
    with pytest.raises(InputError, match=r"20 of 20 .*0.png 3.*nothing else"):
        ImageList(str(tmp_path / "labels.txt"))


def test_list_that_is_none(tmp_path):
    (tmp_path / "empty.txt").write_text("\n\n")
    save(tmp_path / "a.png")
    (tmp_path / "b.bin").write_bytes(bytes(range(256)))
    for name, message in [
        ("empty.txt", "lists no pictures"),
        ("a.png", "is a picture"),
        ("b.bin", "no text file"),
        ("gone.txt", "no such list file"),
    ]:
        with pytest.raises(InputError, match=message):
            ImageList(str(tmp_path / name))
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="folder is a folder, and no list file"):
        ImageList(str(tmp_path), ann_file="folder")


@pytest.fixture
def devkit(tmp_path):
    """Two years, the second without a test list."""
    for year, ids in (("VOC2007", ["000001", "000002"]), ("VOC2012", ["2008_000003"])):
        lists = tmp_path / "VOCdevkit" / year / "ImageSets" / "Main"
        lists.mkdir(parents=True)
        for i in ids:
            save(tmp_path / "VOCdevkit" / year / "JPEGImages" / f"{i}.jpg")
        (lists / "trainval.txt").write_text("\n".join(ids) + "\n")
        (lists / "cat_trainval.txt").write_text(f"{ids[0]} -1\n")
    save(tmp_path / "VOCdevkit" / "VOC2007" / "JPEGImages" / "000009.jpg")
    lists = tmp_path / "VOCdevkit" / "VOC2007" / "ImageSets" / "Main"
    (lists / "test.txt").write_text("000009\n")
    return tmp_path / "VOCdevkit"


def stems(data):
    return [os.path.basename(name)[:-4] for name in data.names]


def test_voc_years_and_lists(devkit):
    root = str(devkit)
    assert stems(VOCImages(root)) == ["000001", "000002", "2008_000003"]
    assert stems(VOCImages(root, years=["2007"])) == ["000001", "000002"]
    for years in ([2012], 2012, "2012"):
        assert stems(VOCImages(root, years=years)) == ["2008_000003"]
    assert stems(VOCImages(root, image_set="test")) == ["000009"]
    assert stems(VOCImages(str(devkit / "VOC2012"))) == ["2008_000003"]
    assert stems(VOCImages(root, image_set="cat_trainval")) == ["000001", "2008_000003"]
    assert VOCImages(root)[2]["inputs"].shape == (3, 10, 12)


def test_voc_mistakes(devkit, tmp_path):
    root = str(devkit)
    with pytest.raises(InputError, match=r"no VOC2010 in .*VOC2007, VOC2012"):
        VOCImages(root, years=["2010"])
    with pytest.raises(InputError, match=r"no list .*tran\.txt"):
        VOCImages(root, image_set="tran")
    with pytest.raises(InputError, match=r"no list .*VOC2012.*test\.txt"):
        VOCImages(root, image_set="test", years=["2007", "2012"])
    with pytest.raises(InputError, match="no VOCdevkit"):
        VOCImages(str(tmp_path))
    with pytest.raises(InputError, match="one year"):
        VOCImages(str(devkit / "VOC2007"), years=["2007"])


def test_pictures_is_what_data_root_is(devkit, tmp_path):
    save(tmp_path / "plain" / "a.png")
    (tmp_path / "list.txt").write_text("plain/a.png")
    for data_root, kind in [
        (None, "BundledPhotos"),
        (str(devkit), "VOCImages"),
        (str(devkit / "VOC2007"), "VOCImages"),
        (str(devkit / "VOC2007" / "JPEGImages"), "ImageFolder"),
        (str(tmp_path / "plain"), "ImageFolder"),
        (str(tmp_path / "list.txt"), "ImageList"),
    ]:
        data = DATASETS.build(dict(type="Pictures", data_root=data_root))
        assert type(data).__name__ == kind == data.metainfo["data"]["kind"]


def test_pictures_names_what_is_not_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as error:
        Pictures("photos/of/nobody")
    assert str(tmp_path / "photos" / "of" / "nobody") in str(error.value)


def test_pictures_hands_options_on_or_names_the_nearest(devkit):
    assert len(Pictures(str(devkit), image_set="test", crops_per_picture=3)) == 3
    with pytest.raises(InputError, match=r"VOCImages takes no .*'image_set'"):
        Pictures(str(devkit), image_sets="test")
    with pytest.raises(InputError, match=r"'held_out'"):
        Pictures(heldout=0.1)
