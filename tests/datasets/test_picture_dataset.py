"""What every dataset of pictures promises, whichever kind it is."""

import pickle
import random
import zipfile

import numpy as np
import pytest
import torch
from class_folders import make_classes
from mmengine.structures import BaseDataElement
from noise_case import CROP, fill, same
from PIL import Image
from voc_folder import make_voc

from ce_plugin.datasets import BundledPhotos, ImageFolder, PictureDataset
from ce_plugin.errors import InputError
from ce_plugin.registry import DATASETS

pytestmark = pytest.mark.usefixtures("noise_mask")


@pytest.fixture
def roots(tmp_path):
    """A ``data_root`` for every registered kind."""
    fill(tmp_path / "folder", 3)
    (tmp_path / "list.txt").write_text("folder/000.png\nfolder/002.png\n")
    lists = tmp_path / "devkit" / "VOC2007" / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "trainval.txt").write_text("1\n2\n")
    images = fill(tmp_path / "devkit" / "VOC2007" / "JPEGImages", 0)
    for i in (1, 2):
        Image.new("RGB", (30, 20), (i, 9, 9)).save(images / f"{i}.jpg")
    with zipfile.ZipFile(tmp_path / "three.zip", "w") as file:
        for i in range(3):
            file.write(tmp_path / "folder" / f"{i:03d}.png", f"{i:03d}.png")
    return {
        "Shards": dict(data_root=str(tmp_path / "three.zip")),
        "ImageFolder": dict(data_root=str(tmp_path / "folder")),
        "ImageList": dict(data_root=str(tmp_path / "list.txt")),
        "VOCImages": dict(data_root=str(tmp_path / "devkit")),
        "BundledPhotos": {},
        "Pictures": dict(data_root=str(tmp_path / "folder")),
        "VOCLabels": dict(data_root=str(make_voc(tmp_path / "drawn", pictures=4))),
        "ImageLabels": dict(data_root=str(make_classes(tmp_path / "classes"))),
    }


# Digits lie in no files; tests of their own hold them to what applies to them.
NO_FILES = {"MNISTDigits"}


def own_kinds():
    return sorted(
        name
        for name, kind in DATASETS.module_dict.items()
        if kind.__module__.startswith("ce_plugin.datasets") and name not in NO_FILES
    )


@pytest.mark.parametrize("kind", own_kinds())
def test_contract(roots, kind):
    config = dict(type=kind, transforms=CROP, mask=dict(type="NoiseForTest"), seed=4)
    data = DATASETS.build(config | roots[kind])
    assert isinstance(data, PictureDataset)
    for index in range(len(data)):
        item = data[(index, 3)]
        assert set(item) == {"inputs", "data_samples"}
        assert item["inputs"].dtype == torch.uint8
        assert item["inputs"].shape == (3, 16, 16)
        assert item["inputs"].is_contiguous()
        sample = item["data_samples"]
        assert isinstance(sample, BaseDataElement)
        assert sample.mask.dtype == torch.bool
        assert sample.mask.shape == (1, 16, 16)
        assert set(sample.metainfo_keys()) == {"path", "index", "draw", "skipped"}
        assert (sample.index, sample.draw, sample.skipped) == (index, 3, ())
        assert kind == "Shards" or Image.open(sample.path).size
        assert same(data[(index, 3)], item)
        assert same(pickle.loads(pickle.dumps(data))[(index, 3)], item)
        assert not same(data[(index, 4)], item)
    assert same(data[0], data[(0, 0)])
    for wrong in (len(data), -1):
        with pytest.raises(IndexError):
            data[wrong]
    assert isinstance(data.class_of(0), str)


@pytest.mark.parametrize("kind", own_kinds())
def test_metainfo_is_plain_and_tells_the_data(roots, kind):
    data = DATASETS.build(dict(type=kind, split="train") | roots[kind])
    info = data.metainfo["data"]
    assert set(info) >= {"kind", "root", "pictures", "split", "fingerprint"}
    assert all(isinstance(value, str | int | float) for value in info.values())
    assert info["pictures"] == len(data)
    assert info["kind"] == type(data).__name__


def test_fingerprint_follows_names_and_sizes(tmp_path):
    def fingerprint(root, **options):
        return ImageFolder(str(root), **options).metainfo["data"]["fingerprint"]

    a, b = fill(tmp_path / "a", 3), fill(tmp_path / "b", 3)
    assert fingerprint(a) == fingerprint(b)  # wherever they lie
    assert fingerprint(a, split="val", seed=3) == fingerprint(a)
    with open(a / "001.png", "ab") as file:
        file.write(b"\0")
    assert fingerprint(a) != fingerprint(b)
    (b / "001.png").rename(b / "009.png")
    assert fingerprint(b) != fingerprint(fill(tmp_path / "c", 3))


def test_sample_does_not_depend_on_what_was_drawn_before():
    def foreign(picture):
        """Draws from all three global generators, as other libraries do."""
        shift = np.random.randint(9) + random.randrange(9) + int(torch.randint(9, ()))
        return torch.roll(picture, shift, -1)

    data = BundledPhotos(transforms=[*CROP, foreign], mask=dict(type="NoiseForTest"))
    expected = data[(2, 5)]
    for state in range(3):
        torch.manual_seed(state), random.seed(state), np.random.seed(state)
        data[(1, state)]
        assert same(data[(2, 5)], expected)


def test_seed_draw_and_index_change_crop_and_mask(tmp_path):
    # The same picture under all names, so that a difference is the randomness.
    fill(tmp_path, 1)
    for i in range(1, 4):
        (tmp_path / f"{i:03d}.png").write_bytes((tmp_path / "000.png").read_bytes())

    def items(seed):
        data = ImageFolder(
            str(tmp_path), transforms=CROP, mask=dict(type="NoiseForTest"), seed=seed
        )
        return [data[(i, draw)] for i in range(4) for draw in range(3)]

    drawn = [*items(0), *items(1)]
    inputs = {item["inputs"].numpy().tobytes() for item in drawn}
    masks = {item["data_samples"].mask.numpy().tobytes() for item in drawn}
    assert len(inputs) == len(masks) == len(drawn)


def test_mask_does_not_depend_on_the_transforms(tmp_path):
    root = str(fill(tmp_path, 1))
    crops = [CROP, [dict(type="CenterCrop", size=16)]]
    masks = [
        ImageFolder(root, transforms=t, mask=dict(type="NoiseForTest"))[0][
            "data_samples"
        ].mask
        for t in crops
    ]
    assert torch.equal(*masks)


def test_crops_per_picture(tmp_path):
    root = str(fill(tmp_path, 3))
    data = ImageFolder(root, transforms=CROP, crops_per_picture=4)
    assert len(data) == 12
    items = [data[i] for i in range(12)]
    assert [item["data_samples"].path[-7:-4] for item in items] == [
        name for name in ("000", "001", "002") for _ in range(4)
    ]
    assert len({item["inputs"].numpy().tobytes() for item in items}) == 12
    assert data.class_of(11) == ""


def test_views(tmp_path):
    def halves(picture):
        return picture[:, :, :10], picture[:, :8, 10:]

    data = ImageFolder(
        str(fill(tmp_path, 1)), transforms=[halves], mask=dict(type="NoiseForTest")
    )
    item = data[0]
    assert isinstance(item["inputs"], list)
    assert [tuple(view.shape) for view in item["inputs"]] == [(3, 20, 10), (3, 8, 14)]
    assert item["data_samples"].mask.shape == (1, 20, 10)  # of the first


@pytest.mark.parametrize(
    ("transform", "got"),
    [
        (dict(type="ToDtype", dtype=torch.float32, scale=True), "float32"),
        (dict(type="Grayscale"), r"\(1, 20, 24\)"),
        (dict(type="ToPILImage"), "Image"),
        (lambda picture: [picture, picture.float()], "float32"),
    ],
)
def test_transforms_must_end_in_uint8(tmp_path, transform, got):
    data = ImageFolder(str(fill(tmp_path, 1)), transforms=[transform])
    with pytest.raises(InputError, match=f"(?s)yield .*{got}.*data_preprocessor"):
        data[0]


def test_a_crop_that_does_not_fit_names_picture_and_remedy(tmp_path):
    root = str(fill(tmp_path, 1))
    crop = dict(type="RandomCrop", size=64)
    with pytest.raises(InputError, match=r"000\.png \(20x24 pixels\).*EnsureMinSize"):
        ImageFolder(root, transforms=[crop])[0]
    enlarge = dict(type="EnsureMinSize", size=64)
    item = ImageFolder(root, transforms=[enlarge, crop])[0]
    assert item["inputs"].shape == (3, 64, 64)


def test_wrong_mask_name(tmp_path):
    with pytest.raises(InputError, match=r"no mask 'RandomBlok'.*'RandomBlock'"):
        ImageFolder(str(fill(tmp_path, 1)), mask=dict(type="RandomBlok"))


@pytest.mark.parametrize(
    "option",
    [
        dict(crops_per_picture=0),
        dict(seed=-1),
        dict(min_side=0),
        dict(max_bad_share=1.5),
    ],
)
def test_arguments_out_of_range(tmp_path, option):
    with pytest.raises(InputError, match=next(iter(option))):
        ImageFolder(str(fill(tmp_path, 1)), **option)
