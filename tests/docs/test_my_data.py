"""docs/my-data.md, typed as it stands: from own pictures to a trained detector."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from runs import ROOT, environment
from voc_folder import make_voc

from ce_plugin.datasets.check.colours import voc_palette

PAGE = (ROOT / "docs" / "my-data.md").read_text()
BLOCKS = re.findall(r"```bash\n(.*?)```", PAGE, re.S)
# mim takes the installed package; this is the same without mim, from the checkout, and
# a few steps for each training.
MIM = """
mim() {
  local verb=$1 tool=$3
  if [ $verb = train ]; then
    case $3 in
      context-encoder*) small="$PRETRAIN";; faster*) small="$DETECT";;
      *) small="$SEGMENT";;
    esac
    shift 2
    "$PYTHON" -m ce_plugin.tools.train "$@" --cfg-options $small
  else
    shift 3
    "$PYTHON" -m "ce_plugin.tools.$tool" "$@"
  fi
}
"""
ALONE = "train_dataloader.num_workers=0 train_dataloader.persistent_workers=False "
ALONE += "val_dataloader.num_workers=0 val_dataloader.persistent_workers=False "
OPTIONS = dict(
    PRETRAIN=ALONE + "train_cfg.max_iters=2 train_cfg.val_interval=2 "
    "train_dataloader.batch_size=4 val_dataloader.batch_size=4",
    DETECT=ALONE + "train_cfg.max_epochs=1 train_dataloader.dataset.pipeline.2.scale="
    "(96,96) val_dataloader.dataset.pipeline.1.scale=(96,96) "
    "model.train_cfg.rpn_proposal.max_per_img=20 model.test_cfg.rpn.max_per_img=20",
    SEGMENT=ALONE + "train_cfg.max_iters=2 train_cfg.val_interval=2 "
    "train_dataloader.batch_size=2 default_hooks.checkpoint.interval=2 "
    "train_dataloader.dataset.pipeline.2.scale=(128,64) "
    "train_dataloader.dataset.pipeline.3.crop_size=(64,64) "
    "val_dataloader.dataset.pipeline.1.scale=(128,64)",
)


def block(word):
    (found,) = [text for text in BLOCKS if word in text]
    return found


def type_in(text, folder, code=0):
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail\n{MIM}{text}"],
        cwd=folder,
        env=environment(
            PYTHON=sys.executable,
            PATH=os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]),
            CUDA_VISIBLE_DEVICES="",
            **OPTIONS,
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout[-2000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def run_python(text, folder):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", text],
        cwd=folder,
        env=environment(CUDA_VISIBLE_DEVICES=""),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]


@pytest.fixture(scope="module")
def typed(tmp_path_factory):
    """A VOC folder of one's own, not quite VOC's, and an encoder of its pictures."""
    folder = tmp_path_factory.mktemp("typed")
    make_voc(folder / "mine", years=("2007",), pictures=12, classes=("cat", "dog"))
    pictures = folder / "mine" / "VOC2007" / "JPEGImages"
    for path in sorted(pictures.iterdir())[::3]:
        Image.open(path).save(path.with_suffix(".PNG"))
        path.unlink()
    (folder / "mine" / "images").symlink_to("VOC2007/JPEGImages")
    said = type_in(block("prepare_data coco"), folder)
    assert "mine/train.json: 6 pictures, 9 objects of cat, dog" in said
    return folder


@pytest.mark.slow
def test_the_files_of_coco_hold_what_the_annotations_said(typed):
    content = json.loads((typed / "mine" / "train.json").read_text())
    names = {c["id"]: c["name"] for c in content["categories"]}
    assert names == {1: "cat", 2: "dog"}
    masks = typed / "mine" / "VOC2007" / "SegmentationObject"
    for image in content["images"]:
        assert (typed / "mine" / "images" / image["file_name"]).is_file()
        assert (image["width"], image["height"]) == (96, 80)
        stem = image["file_name"].partition(".")[0]
        objects = np.array(Image.open(masks / f"{stem}.png"))
        own = [a for a in content["annotations"] if a["image_id"] == image["id"]]
        last = own[-1]  # nothing lies over the last one
        y, x = np.nonzero((objects == len(own)) | (objects == 255))
        left, top, width, height = last["bbox"]
        inside = (x >= left) & (x < left + width) & (y >= top) & (y < top + height)
        assert inside.sum() >= width * height - 1e-6
        assert last["area"] == width * height
    crowds = [a for a in content["annotations"] if a["iscrowd"]]
    assert len(crowds) == 1  # the second object of every fourth picture


@pytest.mark.slow
def test_the_check_counts_classes_or_says_what_is_wrong(typed):
    said = type_in(block("check coco"), typed)
    assert "cat: " in said and "dog: " in said and said.count("no problem in") == 2
    said = type_in("mim run ce_plugin prepare_data check coco mine/none.json", typed, 2)
    assert "no annotation file" in said and "Traceback" not in said


@pytest.mark.slow
def test_numbers_of_coloured_masks(tmp_path):
    coloured = tmp_path / "mine" / "coloured"
    coloured.mkdir(parents=True)
    numbers = np.random.default_rng(0).choice([0, 1, 15, 255], (9, 11)).astype("uint8")
    Image.fromarray(voc_palette()[numbers]).save(coloured / "a.png")
    assert "1 masks" in type_in(block("prepare_data numbers"), tmp_path)
    made = Image.open(tmp_path / "mine" / "masks" / "a.png")
    np.testing.assert_array_equal(np.array(made), numbers)
    np.testing.assert_array_equal(np.array(made.convert("RGB")), voc_palette()[numbers])
    Image.new("RGB", (4, 4), (1, 2, 3)).save(coloured / "b.png")
    text = "mim run ce_plugin prepare_data numbers mine/coloured other"
    assert "are not VOC's" in type_in(text, tmp_path, 2)
    assert not (tmp_path / "other").exists()


def test_every_block_of_the_page_is_typed():
    words = ["context-encoder", "check coco", "prepare_data coco", "faster-rcnn"]
    assert sorted(
        map(block, [*words, "check pairs", "prepare_data numbers"])
    ) == sorted(BLOCKS)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_pictures_become_an_encoder_a_detector_and_a_segmentor(typed, tmp_path):
    type_in(block("context-encoder"), typed)
    assert (typed / "encoder" / "encoder.pth").is_file()
    said = type_in(block("faster-rcnn"), typed)
    assert re.search(r"loaded (\d+)/\1 tensors", said)
    assert re.search(r"bbox_mAP [\d.-]+", said)
    wrong = block("faster-rcnn").replace("cat,dog", "cat,dig")
    assert "did you mean 'dog'" in type_in(wrong, typed, 2)

    year = typed / "mine" / "VOC2007"
    for part in ("train", "val"):
        for folder, source in (
            ("images", "JPEGImages"),
            ("masks", "SegmentationClass"),
        ):
            (tmp_path / "mine" / folder / part).mkdir(parents=True)
            names = (year / "ImageSets" / "Main" / f"{part}.txt").read_text().split()
            for name in names:
                (path,) = (year / source).glob(f"{name}.*")
                image = Image.open(path)
                if folder == "masks":
                    values = np.array(image)
                    values = np.select(
                        [values == 8, values == 12, values == 255], [1, 2, 255]
                    )
                    image = Image.fromarray(values.astype(np.uint8))
                end = "jpg" if folder == "images" else "png"
                image.save(tmp_path / "mine" / folder / part / f"{name}.{end}")
    (tmp_path / "encoder").symlink_to(typed / "encoder")
    said = type_in(block("check pairs"), tmp_path)
    assert "no problem in" in said
    assert re.search(r"loaded (\d+)/\1 tensors", said)
    assert "mIoU" in said

    # What is trained is used: the runs were shorter than the page's.
    Image.open(next((tmp_path / "mine/images/val").iterdir())).save(
        tmp_path / "new.jpg"
    )
    (tmp_path / "detector").symlink_to(typed / "detector")
    detect, divide = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    run_python(detect.replace("epoch_12", "epoch_1"), tmp_path)
    assert json.loads((tmp_path / "found/preds/new.json").read_text())["bboxes"]
    run_python(re.sub(r"iter_\d+", "iter_2", divide), tmp_path)
    for made in ("found/vis/new.jpg", "parts/vis/new.jpg"):
        assert Image.open(tmp_path / made).size == Image.open(tmp_path / "new.jpg").size
