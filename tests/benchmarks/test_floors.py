"""Encoders without pretraining: what is written, and what is said of it."""

import json
import sys

import pytest
import torch
from runs import ROOT, make_photos
from voc_folder import make_voc

from ce_plugin.checkpoints import load_encoder, read_weights
from ce_plugin.errors import InputError
from ce_plugin.models.initialization.data_dependent import data_dependent_init
from ce_plugin.registry import MODELS
from ce_plugin.tools import train as tool

sys.path.insert(0, str(ROOT / "benchmarks"))
from harness.programs import floors
from harness.programs.foreign import write_foreign

R18 = dict(type="TimmBackbone", model_name="resnet18", channels=[8, 8, 16, 16])
CAFFE = dict(mean=[104.0, 117.0, 123.0], std=[1.0, 1.0, 1.0], bgr=True)


def write(kind, folder, **spec) -> dict:
    """The command, its encoder's tensors and meta."""
    out = folder / f"{kind}_{spec.get('seed', 0)}" / "encoder.pth"
    path = folder / "spec.json"
    path.write_text(json.dumps(dict(encoder=R18, out=str(out)) | spec))
    assert floors.main([kind, str(path)]) == 0
    state, meta = read_weights(out)
    assert load_encoder(out)[0](torch.zeros(1, 3, 32, 32))[-1].shape[1] == 16
    return dict(state=state, meta=meta, path=out)


def same(one, two) -> bool:
    return all(torch.equal(v, two["state"][k]) for k, v in one["state"].items())


def test_random(tmp_path):
    first = write("random", tmp_path, seed=1, normalization=CAFFE)
    meta = first["meta"]
    assert meta["pretext"] == "random" and meta["iterations"] == 0
    assert meta["seed"] == 1 and meta["data"] is None
    assert meta["normalization"] == CAFFE
    assert meta["backbone"] == R18 and list(meta["out_channels"]) == [16]
    torch.manual_seed(1)
    net = MODELS.build(R18)
    net.init_weights()
    assert same(first, dict(state=net.state_dict()))
    assert not same(first, write("random", tmp_path, seed=2))


def test_norms_of_random_init_see_the_crops(tmp_path):
    """As those of what is trained; no weight changes."""
    photos = make_photos(tmp_path / "photos", count=12, size=48)
    plain = write("random", tmp_path, seed=3)
    found = write(
        "random", tmp_path, seed=3, data=str(photos), size=32, norm_statistics=True
    )
    assert found["meta"]["data"]["pictures"] == 12
    norms = {k for k in plain["state"] if "running" in k or "num_batches" in k}
    for name, value in found["state"].items():
        assert torch.equal(value, plain["state"][name]) != (name in norms), name
    # The first norm by hand, on the same crops.
    shown, _ = floors._shown(floors.training_crops(str(photos), 32, 3), 3, 12)
    mean = torch.tensor([123.675, 116.28, 103.53]).view(3, 1, 1)
    std = torch.tensor([58.395, 57.12, 57.375]).view(3, 1, 1)
    torch.manual_seed(3)
    net = MODELS.build(R18)
    net.init_weights()
    convolved = net.net.model.conv1((shown.float() - mean) / std)
    (name,) = [n for n in norms if n.endswith("bn1.running_mean") and "layer" not in n]
    torch.testing.assert_close(found["state"][name], convolved.mean((0, 2, 3)))


@pytest.mark.slow
def test_data_dependent(tmp_path, capsys):
    photos = make_photos(tmp_path / "photos", count=12, size=48)
    spec = dict(data=str(photos), size=32, images=8, batch_size=4, iterations=2)
    one = write("data-dependent", tmp_path, seed=3, **spec)
    assert "ratios of gradient to weight" in capsys.readouterr().out
    meta = one["meta"]
    assert meta["pretext"] == "data-dependent" and meta["iterations"] == 0
    assert meta["images"] == 8 and meta["data"]["pictures"] == 12
    assert meta["options"] == dict(iterations=2)
    # By hand, on the same crops.
    dataset = floors.training_crops(str(photos), 32, 3)
    dataset = floors.build_named(floors.DATASETS, dataset, "dataset")
    order = torch.randperm(12, generator=torch.Generator().manual_seed(3))[:8]
    shown = torch.stack([dataset[(int(i), 3)]["inputs"] for i in order]).float()
    mean = torch.tensor([123.675, 116.28, 103.53]).view(3, 1, 1)
    std = torch.tensor([58.395, 57.12, 57.375]).view(3, 1, 1)
    torch.manual_seed(3)
    net = MODELS.build(R18)
    batches = list(((shown - mean) / std).split(4))
    data_dependent_init(net, batches, iterations=2, seed=3)
    for name, value in net.state_dict().items():
        torch.testing.assert_close(one["state"][name], value, rtol=1e-3, atol=1e-4)
    assert same(one, write("data-dependent", tmp_path, seed=3, **spec))
    assert not same(one, write("data-dependent", tmp_path, seed=4, **spec))


def test_foreign_weights_of_the_same_network(tmp_path, capsys):
    net = MODELS.build(R18)
    state = net.state_dict() | {"fc.weight": torch.zeros(5, 16)}
    torch.save(state, tmp_path / "theirs.pth")
    found = write("weights", tmp_path, weights=str(tmp_path / "theirs.pth"))
    assert same(found, dict(state=net.state_dict()))
    meta = found["meta"]
    assert meta["pretext"] == "supervised" and meta["source"] == "theirs.pth"
    assert meta["iterations"] is None and meta["other_network"] is None
    assert capsys.readouterr().out == ""


def test_foreign_weights_of_another_network_say_so(tmp_path, capsys):
    other = MODELS.build(dict(type="TimmBackbone", model_name="resnet18"))
    torch.save(other.state_dict(), tmp_path / "wide.pth")
    out = tmp_path / "encoder.pth"
    line = write_foreign(R18, out, tmp_path / "wide.pth")
    assert "wide.pth is resnet18, the suite's encoder is resnet18 (channels=" in line
    assert "\n" not in line and read_weights(out)[1]["other_network"] == line
    assert load_encoder(out)[1]["backbone"]["model_name"] == "resnet18"
    spec = dict(encoder=R18, out=str(out), weights=str(tmp_path / "wide.pth"))
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    assert floors.main(["weights", str(tmp_path / "spec.json")]) == 0
    assert capsys.readouterr().out.strip() == line

    torch.save({"a.weight": torch.zeros(2)}, tmp_path / "nobodys.pth")
    with pytest.raises(InputError, match="does not fill"):
        write_foreign(R18, out, tmp_path / "nobodys.pth")


@pytest.mark.parametrize(
    ("kind", "spec", "words"),
    [
        ("ranodm", {}, "not 'ranodm'"),
        ("weights", {}, "needs weights"),
        ("data-dependent", dict(data="/no/such"), "/no/such"),
    ],
)
def test_mistakes_in_one_line(kind, spec, words, tmp_path, capsys):
    spec = dict(encoder=R18, out=str(tmp_path / "encoder.pth")) | spec
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    assert floors.main([kind, str(tmp_path / "spec.json")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line and not (tmp_path / "encoder.pth").exists()


@pytest.mark.slow
def test_supervised_on_the_train_lists(tmp_path, monkeypatch):
    root = make_voc(tmp_path / "VOCdevkit", pictures=12)
    config = ROOT / "configs/classification/supervised_r18-half_voc-96.py"
    work = tmp_path / "run"
    argv = ["train", str(config), "--work-dir", str(work), "--cfg-options"]
    argv += [f"data_root={root}", "train_cfg.max_iters=2", "train_cfg.val_interval=2"]
    for loader in ("train_dataloader", "val_dataloader"):
        argv += [f"{loader}.num_workers=0", f"{loader}.persistent_workers=False"]
        argv += [f"{loader}.batch_size=4"]
    monkeypatch.setattr(sys, "argv", argv)
    assert tool.main() == 0
    net, meta = load_encoder(work / "encoder.pth")
    assert meta["pretext"] == "ImageClassifier" and meta["iterations"] == 2
    # Half of the pictures of either year.
    assert meta["data"]["pictures"] == 12
    assert meta["normalization"]["bgr"] is False
    saved = torch.load(work / "iter_2.pth", weights_only=True)["state_dict"]
    for name, value in net.state_dict().items():
        assert torch.equal(value, saved[f"backbone.{name}"]), name
    figures = json.loads((work / "metrics.json").read_text())["metrics"]
    assert 0 <= figures["voc/mAP_1-draw"] <= 100
