"""From files, folders, arrays and PIL pictures to results, and what goes wrong."""

import numpy as np
import pytest
from fillers_case import box, smooth
from PIL import Image

from ce_plugin.errors import InputError
from ce_plugin.inpainting import InpaintingInferencer, outcome
from ce_plugin.inpainting import inferencer as module
from ce_plugin.inpainting.fillers import ConstantFill
from ce_plugin.inpainting.jobs import list_jobs
from ce_plugin.masks import CenterRegion

HOLE = box(40, 50, (10, 20, 15, 30))
BOX = (15, 10, 30, 20)  # left, top, right, bottom


@pytest.fixture
def fill():
    return InpaintingInferencer("context-mean", show_progress=False)


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    for i, name in enumerate(("a.png", "b.png", "sub/c.png")):
        Image.fromarray(smooth(40, 50, i)).save(folder / name)
    return folder


def expected(picture, hole=HOLE):
    out = picture.copy()
    out[hole] = picture[~hole].mean(axis=0).round()
    return out


@pytest.mark.parametrize("form", ["path", "str", "array", "pil", "float", "alpha"])
def test_one_picture(fill, photos, form):
    picture = smooth(40, 50, 0)
    source = dict(
        path=photos / "a.png",
        str=str(photos / "a.png"),
        array=picture,
        pil=Image.fromarray(picture),
        float=picture / 255,
        alpha=np.dstack([picture, np.full((40, 50), 255, np.uint8)]),
    )[form]
    found = fill(source, masks=HOLE)
    assert np.array_equal(found["visualization"][0], expected(picture))
    (one,) = found["predictions"]
    assert np.array_equal(one["composite"], expected(picture))
    assert np.array_equal(one["mask"], HOLE) and found["failed"] == []


def test_grey(fill):
    grey = smooth(40, 50)[..., 0]
    (composite,) = fill(grey, masks=HOLE)["visualization"]
    assert np.array_equal(composite[~HOLE], np.repeat(grey[~HOLE][:, None], 3, 1))


@pytest.mark.parametrize(
    "mask",
    [
        HOLE,
        HOLE.astype(np.uint8),
        HOLE * np.uint8(255),
        Image.fromarray(HOLE),
        Image.fromarray(HOLE * np.uint8(255)).convert("RGB"),
        [BOX],
        [(15, 10, 20, 20), [20, 10, 30, 20]],
        np.array([BOX]).tolist(),
    ],
    ids=["bool", "0 1", "0 255", "1 bit", "RGB", "box", "boxes", "list"],
)
def test_masks(fill, mask):
    (composite,) = fill(smooth(40, 50), masks=mask)["visualization"]
    assert np.array_equal(composite, expected(smooth(40, 50)))


def test_mask_files(fill, tmp_path):
    image = Image.fromarray(HOLE * np.uint8(255))
    image.save(tmp_path / "grey.png")
    image.convert("1").save(tmp_path / "one.png")
    # An optimiser may give white the number 0.
    palette = Image.new("P", (50, 40))
    palette.putpalette([255, 255, 255, 0, 0, 0])
    palette.putdata((~HOLE).astype(int).ravel().tolist())
    palette.save(tmp_path / "palette.png")
    Image.fromarray(HOLE.astype(np.uint16) * 65535).save(tmp_path / "deep.png")
    for name in ("grey", "one", "palette", "deep"):
        (one,) = fill(smooth(40, 50), masks=tmp_path / f"{name}.png")["predictions"]
        assert np.array_equal(one["mask"], HOLE), name


def test_generators_draw_again_what_they_drew(fill):
    masks = dict(type="RandomBlock")
    pictures = [smooth(40, 50)] * 3
    found = [fill(pictures, masks=masks, seed=7, batch_size=n) for n in (1, 3)]
    holes = [[one["mask"] for one in f["predictions"]] for f in found]
    assert all(np.array_equal(a, b) for a, b in zip(*holes))
    assert not np.array_equal(holes[0][0], holes[0][1])
    (one,) = fill(pictures[0], masks=CenterRegion())["predictions"]
    assert one["mask"].sum() == 20 * 24


def test_a_folder_and_its_masks(fill, photos, tmp_path):
    masks = tmp_path / "masks"
    (masks / "sub").mkdir(parents=True)
    for name in ("a.png", "b.png", "sub/c.png"):
        Image.fromarray(HOLE).save(masks / name)
    out = tmp_path / "out"
    found = fill(photos, masks=masks, out_dir=out)
    assert found["visualization"] == [] and len(found["predictions"]) == 3
    for i, name in enumerate(("a.png", "b.png", "sub/c.png")):
        written = np.asarray(Image.open(out / name))
        assert np.array_equal(written, expected(smooth(40, 50, i)))
    assert sorted(p.name for p in out.rglob("*.*")) == ["a.png", "b.png", "c.png"]


def test_bad_files_do_not_end_the_others(fill, photos, tmp_path):
    (photos / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n no more")
    (photos / "empty.jpg").touch()
    Image.fromarray(smooth(30, 50)).save(photos / "small.png")
    found = fill(photos, masks=HOLE, batch_size=2)
    assert [p["name"].rsplit("/", 1)[1] for p in found["predictions"]] == [
        *("a.png", "b.png", "c.png")
    ]
    reasons = {name.rsplit("/", 1)[1]: reason for name, reason in found["failed"]}
    assert sorted(reasons) == ["bad.png", "empty.jpg", "small.png"]
    assert "cannot read" in reasons["bad.png"] and "empty file" in reasons["empty.jpg"]
    assert "50 x 40 pixels and the picture 50 x 30" in reasons["small.png"]


def test_one_that_the_filler_refuses_does_not_end_its_batch():
    class Picky(module.Filler):
        def paint(self, pictures, holes, rngs):
            if any(p[0, 0, 0] == 7 for p in pictures):
                raise InputError("not this one")
            return [(p.copy(), ()) for p in pictures]

    fill = InpaintingInferencer(Picky(), show_progress=False)
    pictures = [np.full((40, 50, 3), value, np.uint8) for value in (1, 7, 3)]
    found = fill(pictures, masks=HOLE)
    assert [p["name"] for p in found["predictions"]] == ["picture 0", "picture 2"]
    assert found["failed"] == [("picture 1", "not this one")]


def test_samples(fill):
    found = fill(smooth(40, 50), masks=HOLE, return_datasamples=True)
    (sample,) = found["predictions"]
    assert sample.composite.shape == (3, 40, 50) and sample.mask.shape == (1, 40, 50)
    assert sample.composite.min() >= 0 and sample.composite.max() <= 1


def test_equal_names_are_not_written_over(photos, tmp_path):
    Image.fromarray(smooth(40, 50)).save(photos / "a.jpg")
    jobs = list_jobs([str(photos), str(photos / "sub" / "c.png")], HOLE)
    targets = [job.target for job in jobs]
    assert len(set(targets)) == len(targets) == 5 and "a-2" in targets


def test_a_name_that_is_counted_up_is_no_other_picture_s():
    names = ("x-2.png", "x.jpg", "x.png", "x.webp", "y.png", "y.gif", "y-2.jpg")
    targets = [job.target for job in list_jobs([*names], HOLE)]
    assert targets == ["x-2", "x", "x-3", "x-4", "y", "y-3", "y-2"]


@pytest.mark.parametrize("order", [1, -1])
def test_a_mask_and_a_prediction_are_no_other_picture_s(order):
    names = ("a.png", "a_mask.png", "a_mask-2.jpg", "a_prediction.png", "b_mask.png")
    found = {job.name: job.target for job in list_jobs([*names][::order], HOLE)}
    assert list(found.values()) == [name[:-4] for name in found]
    found = {
        job.name: job.target for job in list_jobs([*names][::order], HOLE, parts=True)
    }
    assert [found[name] for name in names] == [
        *("a", "a_mask-3", "a_mask-2", "a_prediction-2", "b_mask")
    ]


def test_masks_of_a_folder_in_any_case_of_letters(photos, tmp_path):
    masks = tmp_path / "masks"
    (masks / "sub").mkdir(parents=True)
    for name in ("a.PNG", "b.Png", "b.png", "sub/c.BMP"):
        Image.fromarray(HOLE).save(masks / name)
    found = [job.mask for job in list_jobs(photos, masks)]
    assert found == [str(masks / name) for name in ("a.PNG", "b.png", "sub/c.BMP")]
    (masks / "a.PNG").unlink()
    assert list_jobs(photos, masks)[0].mask == str(masks / "a.png")


def test_writers_that_share_a_folder(tmp_path, monkeypatch):
    """One picture waits to be put in its place while another is written."""
    put, first = outcome.replace_file, tmp_path / "a.png"

    def slowly(part, path):
        if path == first:
            outcome._write(tmp_path / "b.png", b"b")
        put(part, path)

    monkeypatch.setattr(outcome, "replace_file", slowly)
    outcome._write(first, b"a")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "a.png": b"a",
        "b.png": b"b",
    }


def test_large_pictures_go_alone(fill, monkeypatch):
    monkeypatch.setattr(module, "MOST_PIXELS", 3 * HOLE.size - 1)
    jobs = list_jobs([smooth(40, 50)] * 5, HOLE)
    assert [len(b.jobs) for b in fill.preprocess(jobs, 4)] == [2, 2, 1]


@pytest.mark.parametrize(
    "masks, said",
    [
        (None, "no mask: give"),
        (np.zeros((40, 50), bool), "empty"),
        (np.ones((40, 50), bool), "whole picture"),
        (np.ones((40, 51), bool), "51 x 40 pixels and the picture 50 x 40"),
        ([(60, 0, 70, 9)], "no pixel in a picture of 50 x 40"),
        ([HOLE, HOLE], "2 masks for 1 pictures"),
        ("nowhere.png", "no mask .*nowhere.png"),
        (np.zeros((4, 4, 3)), r"\(H, W\)"),
    ],
)
def test_wrong_masks(fill, masks, said):
    with pytest.raises(InputError, match=said):
        fill(smooth(40, 50), masks=masks)


@pytest.mark.parametrize(
    "picture, said",
    [
        ("nowhere.png", "cannot read the picture nowhere.png: No such file"),
        (np.zeros((40, 50, 5), np.uint8), "array"),
        (np.full((40, 50, 3), 2.0), r"\[0, 1\]"),
        (np.full((40, 50, 3), np.nan), r"\[0, 1\]"),
        (np.zeros((40, 50, 3), np.int64), "uint8"),
        (3, "a path, an array or a PIL picture"),
        ([], "no pictures"),
    ],
)
def test_wrong_pictures(fill, picture, said):
    with pytest.raises(InputError, match=said):
        fill(picture, masks=HOLE)


def test_a_config_with_arguments_beside_it():
    config = dict(type="ConstantFill", colour=(9, 9, 9))
    fill = InpaintingInferencer(config, colour=(1, 2, 3), show_progress=False)
    assert fill.filler.colour == (1, 2, 3)
    assert InpaintingInferencer(config).filler.colour == (9, 9, 9)


def test_wrong_fillers():
    with pytest.raises(InputError, match=r"known are .*context-mean"):
        InpaintingInferencer("photoshop")
    with pytest.raises(InputError, match="checkpoint"):
        InpaintingInferencer("telea", checkpoint="x.pth")
    config = dict(type="ConstantFill")
    with pytest.raises(InputError, match=r"filler ConstantFill: .*'checkpoint'"):
        InpaintingInferencer(config, checkpoint="x.pth")
    with pytest.raises(InputError, match="no filler 'Nope'; known"):
        InpaintingInferencer(dict(type="Nope"))
    with pytest.raises(InputError, match="a filler needs a type"):
        InpaintingInferencer(dict(colour=(1, 2, 3)))
    with pytest.raises(InputError, match="constant is built and takes no device, col"):
        InpaintingInferencer(ConstantFill(), device="cpu", colour=(1, 2, 3))
    with pytest.raises(InputError, match="no filler 'Nope'; known"):
        InpaintingInferencer("patchmatch", start=dict(type="Nope"))
    with pytest.raises(InputError, match="a seed is 0 or more, not -1"):
        InpaintingInferencer("telea")(smooth(40, 50), masks=HOLE, seed=-1)
    with pytest.raises(InputError, match="a seed is 0 or more, not -2"):
        ConstantFill()([smooth(40, 50)], [HOLE], [-2])
    with pytest.raises(InputError, match="batch_size is 1 or more"):
        fill = InpaintingInferencer("telea", show_progress=False)
        fill(smooth(40, 50), masks=HOLE, batch_size=0)
