"""The probe tool from an encoder file to a JSON file, and the user's mistakes."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from runs import environment
from voc_folder import make_voc

from ce_plugin.checkpoints import export_encoder, save_pretrained
from ce_plugin.models.backbones import CaffeNet
from ce_plugin.registry import MODELS
from ce_plugin.tools import probe as tool

NORM = dict(mean=[123.7, 116.3, 103.5], std=[58.4, 57.1, 57.4], bgr=False)
SMALL = dict(
    type="ce_plugin.TimmBackbone", model_name="resnet18", channels=(8, 8, 16, 16)
)


def write_encoder(path, config=SMALL, **meta):
    torch.manual_seed(0)
    backbone = MODELS.build(config)
    export_encoder(backbone, path, dict(backbone=config, normalization=NORM) | meta)
    return path


def make_classes(root, count=6):
    """Class folders: red and blue noise."""
    rng = np.random.default_rng(0)
    for split in ("train", "val"):
        for channel, name in ((0, "red"), (2, "blue")):
            (root / split / name).mkdir(parents=True)
            for i in range(count):
                pixels = rng.integers(0, 120, (40, 48, 3), dtype=np.uint8)
                pixels[..., channel] += 120
                Image.fromarray(pixels).save(root / split / name / f"{i}.png")
    return root


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("probe")
    make_voc(root / "voc", years=("2007",), pictures=24)
    make_classes(root / "classes")
    write_encoder(root / "encoder.pth")
    return root


def run(folder, monkeypatch, capsys, *args, encoder="encoder.pth", data="voc"):
    argv = ["probe", str(folder / encoder), "--data-root", str(folder / data)]
    argv += ["--size", "32", "--workers", "0", "--jobs", "1", *args]
    monkeypatch.setattr("sys.argv", argv)
    code = tool.main()
    said = capsys.readouterr()
    return code, said.out, said.err


def check_layer(task, figures, classes):
    if task == "low-shot":
        assert set(figures["shots"]) == {"1", "2"}
        for shot in figures["shots"].values():
            assert 0 <= shot["min"] <= shot["map"] <= shot["max"] <= 100
            assert shot["std"] >= 0 and set(shot["by_cost"]) == {"0.1", "10.0"}
            assert list(shot["per_class"]) == classes
    elif task == "knn":
        assert set(figures["neighbours"]) == {"3"} and set(figures["left_out"]) == {
            "99"
        }
        assert list(figures["neighbours"]["3"]["per_class"]) == classes
    else:
        assert list(figures["per_class"]) == classes
        for one in figures["per_class"].values():
            assert all(0 <= one[k] <= 100 for k in ("ap", "ap_11point", "cv_ap"))
        aps = [one["ap"] for one in figures["per_class"].values()]
        assert figures["map"] == pytest.approx(np.mean(aps))


def test_voc(folder, monkeypatch, capsys, tmp_path):
    out = tmp_path / "result.json"
    args = ["--task", *tool.TASKS, "--year", "2007", "--layers", "layer1", "layer4"]
    args += ["--costs", "0.1", "10", "--shots", "1", "2", "--draws", "2"]
    args += ["--neighbours", "3", "99", "--out", str(out)]
    code, text, _ = run(folder, monkeypatch, capsys, *args)
    assert code == 0
    result = json.loads(out.read_text())
    classes = ["aeroplane", "bicycle", "bird", "boat"]
    assert result["classes"]["counted"] == classes
    assert result["classes"]["left_out"]["cat"] == "0 positives in train"
    assert result["data"]["train"]["pictures"] == 24
    assert result["data"]["test"]["pictures"] == 12
    assert (
        result["data"]["train"]["fingerprint"] != result["data"]["test"]["fingerprint"]
    )
    assert result["encoder"]["random_init"] is False
    assert len(result["encoder"]["sha256"]) == 64
    assert result["settings"]["size"] == 32
    assert result["settings"]["resize"] == "squash"
    assert result["settings"]["svm"]["costs"] == [0.1, 10.0]
    assert result["settings"]["svm"]["pool"] == "9k"
    assert result["settings"]["knn"]["dimensions"] == {"layer1": 8, "layer4": 16}
    assert set(result["tasks"]) == set(tool.TASKS) <= set(result["seconds"])
    assert set(result["versions"]) >= {"ce_plugin", "torch", "scikit_learn"}
    for task, told in result["tasks"].items():
        assert told["metric"] == "mAP" and told["unit"] == "percent"
        assert list(told["layers"]) == ["layer1", "layer4"]
        assert told["best_layer"] in told["layers"]
        assert f"{task}, mAP %" in text
        for figures in told["layers"].values():
            check_layer(task, figures, classes)
    # The colour tells the class, and the first layers see it.
    assert result["tasks"]["svm"]["layers"]["layer1"]["map"] > 90
    assert result["tasks"]["svm"]["chosen_layer"] in ("layer1", "layer4")
    assert "left out with 0 positives in train: bottle" in text


def test_a_folder_of_weights(folder, monkeypatch, capsys, tmp_path):
    save_pretrained(folder / "encoder.pth", folder / "saved")
    out = tmp_path / "out.json"
    code, _, said = run(
        folder, monkeypatch, capsys, "--task", "knn", "--out", str(out), encoder="saved"
    )
    assert code == 0, said
    file = json.loads(out.read_text())["encoder"]["file"]
    assert file == str(folder / "saved" / "model.safetensors")


def test_random_init_is_the_seed_s_alone(folder, monkeypatch, capsys, tmp_path):
    def figures(name, *args, encoder="encoder.pth"):
        out = tmp_path / name
        options = ["--layers", "last", "--costs", "1", "--out", str(out), *args]
        assert run(folder, monkeypatch, capsys, *options, encoder=encoder)[0] == 0
        result = json.loads(out.read_text())
        return result["tasks"], result["encoder"]

    torch.manual_seed(5)
    first, told = figures("a.json", "--random-init", "--seed", "3")
    write_encoder(folder / "other.pth")
    state = torch.load(folder / "other.pth", weights_only=True)
    for value in state["state_dict"].values():
        value.mul_(2) if value.is_floating_point() else None
    torch.save(state, folder / "other.pth")
    torch.manual_seed(6)
    again, _ = figures("b.json", "--random-init", "--seed", "3", encoder="other.pth")
    assert first == again
    assert told["random_init"] is True and told["seed"] == 3
    assert figures("c.json")[0] != first
    assert figures("d.json", "--random-init", "--seed", "4")[0] != first


def test_class_folders(folder, monkeypatch, capsys, tmp_path):
    out = tmp_path / "result.json"
    args = ["--task", "knn", "logistic", "--layers", "act1", "--neighbours", "3"]
    code, text, _ = run(
        folder, monkeypatch, capsys, *args, "--out", str(out), data="classes"
    )
    assert code == 0 and "top1" in text
    result = json.loads(out.read_text())
    assert result["classes"]["counted"] == ["blue", "red"]
    assert result["settings"]["resize"] == "crop"
    tasks = result["tasks"]
    assert tasks["knn"]["layers"]["act1"]["neighbours"]["3"]["top1"] == 100
    assert tasks["logistic"]["layers"]["act1"]["top1"] == 100
    assert tasks["logistic"]["metric"] == "top1"


def test_a_class_has_one_number_whatever_the_folders_are_called(
    folder, monkeypatch, capsys, tmp_path
):
    root = make_classes(tmp_path / "classes")
    (root / "train").rename(root / "learn")
    (root / "val" / "blue").rename(root / "val" / "azure")
    args = ["--task", "knn", "--layers", "last", "--neighbours", "3"]
    args += ["--train", "learn"]
    code, _, err = run(folder, monkeypatch, capsys, *args, data=root)
    assert code == 2 and "'azure'" in err and "wrong class list" in err


def test_caffenet_takes_its_own_size_and_order(folder, monkeypatch, capsys, tmp_path):
    """227 pixels and all six layers unless told otherwise; BGR as its file says."""
    config = dict(type="ce_plugin.CaffeNet")
    write_encoder(folder / "caffe.pth", config, normalization=NORM | dict(bgr=True))
    out = tmp_path / "result.json"
    argv = ["probe", str(folder / "caffe.pth"), "--data-root", str(folder / "classes")]
    argv += ["--task", "knn", "--neighbours", "3", "--workers", "0", "--out", str(out)]
    monkeypatch.setattr("sys.argv", argv)
    assert tool.main() == 0
    capsys.readouterr()
    result = json.loads(out.read_text())
    assert list(result["tasks"]["knn"]["layers"]) == list(CaffeNet.NAMES)
    assert result["settings"]["size"] == 227
    assert result["encoder"]["normalization"]["bgr"] is True


MISTAKES = {
    ("--layers", "layer9"): "no layer 'layer9' in this encoder; there are: act1",
    ("--train", "nosuch"): "nosuch.txt",
    ("--year", "2010"): "no VOC2010",
    ("--pool", "big"): "pool is '9k', 'global'",
    ("--costs", "0"): "positive numbers",
    ("--costs", "a"): "positive numbers or 'published'",
    ("--min-positives", "1000"): "no class has enough pictures",
    ("--task", "low-shot", "--shots", "96"): "none of k = 96 can be drawn",
    ("--task", "knn", "--neighbours", "500"): "none of k = 500 fits 24",
    ("--draws", "0"): "--draws is 1 or more",
    ("--size", "0"): "--size is a number of pixels",
    ("--device", "gpux"): "the device gpux",
    ("--out", "/no/such/folder/a.json"): "no folder for --out",
    ("--out", "/tmp"): "--out /tmp is a folder",
}


@pytest.mark.parametrize("args", MISTAKES)
def test_mistakes(args, folder, monkeypatch, capsys):
    code, out, err = run(folder, monkeypatch, capsys, "--layers", "last", *args)
    lines = [x for x in err.splitlines() if x.startswith("ce_plugin: error: ")]
    assert code == 2 and len(lines) == 1 and MISTAKES[args] in lines[0]
    assert "mAP" not in out


def test_wrong_files_and_folders(folder, monkeypatch, capsys, tmp_path):
    def said(**where):
        code, _, err = run(folder, monkeypatch, capsys, **where)
        assert code == 2
        return err

    (folder / "text.pth").write_text("no weights")
    assert "text.pth" in said(encoder="text.pth")
    assert "none.pth" in said(encoder="none.pth")
    assert "nowhere" in said(data="nowhere")
    assert "svm needs the labels of a VOCdevkit" in said(data="classes")
    write_encoder(folder / "bare.pth", normalization=None)
    assert "does not say how its pictures were normalised" in said(encoder="bare.pth")
    empty = make_voc(tmp_path / "voc", years=("2007",), pictures=8)
    (empty / "VOC2007/ImageSets/Main/test.txt").write_text("")
    assert "test.txt lists no pictures" in said(data=empty)


def test_nothing_half_written(folder, monkeypatch, capsys, tmp_path):
    out = tmp_path / "result.json"
    out.write_text("before")
    args = ["--min-positives", "1000", "--layers", "last", "--out", str(out)]
    assert run(folder, monkeypatch, capsys, *args)[0] == 2
    assert out.read_text() == "before" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.slow
def test_as_a_module(folder):
    command = [sys.executable, "-m", "ce_plugin.tools.probe", "encoder.pth"]
    command += ["--data-root", "voc", "--size", "32", "--layers", "last", "--jobs", "1"]
    command += ["--task", "knn", "--neighbours", "3", "--workers", "1"]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=environment()
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "24 training, 12 test pictures, 4 classes" in done.stdout
    # Nothing of mmengine's own talk.
    assert "The value is the same" not in done.stdout + done.stderr
