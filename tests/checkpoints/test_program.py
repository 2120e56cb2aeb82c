"""Networks out of the framework compute what they compute inside."""

import json
import subprocess
import sys

import networks
import pytest
import torch
from torch import nn

from ce_plugin.checkpoints import export_encoder, load_encoder
from ce_plugin.checkpoints.programs import write as program
from ce_plugin.checkpoints.programs.portable import portable_encoder, portable_generator
from ce_plugin.checkpoints.programs.wrappers import CeilMaxPool2d
from ce_plugin.checkpoints.programs.write import largest_difference, write_program
from ce_plugin.errors import InputError
from ce_plugin.registry import MODELS

slow = pytest.mark.slow
QUICK = [("default-job", ".onnx"), ("dcgan-center", ".pt2")]
CASES = [
    pytest.param(name, suffix, marks=[] if (name, suffix) in QUICK else slow)
    for name in networks.NETWORKS
    for suffix in (".onnx", ".pt2")
]
ENCODERS = {
    # By network: maps, least side (None: one size).
    "default-job": (4, 32),
    "resnet18-patches": (5, 64),
    "caffenet": (6, 72),
    "convnext": (4, 64),
    "dcgan-center": (6, None),
    "mlp": (2, None),
}


def runner(path):
    """The program by the library that is to run it, and its inputs' shapes."""
    if path.suffix == ".pt2":
        loaded = torch.export.load(path)
        return loaded.module(), None
    ort = pytest.importorskip("onnxruntime")
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])

    def run(*inputs):
        given = {i.name: x.numpy() for i, x in zip(session.get_inputs(), inputs)}
        return [torch.from_numpy(value) for value in session.run(None, given)]

    return run, session


def same(found, expected):
    for f, e in zip(found, expected, strict=True):
        assert f.shape == e.shape
        assert (f - e).abs().max() <= 1e-4 * e.abs().max()


@pytest.mark.parametrize("name, suffix", CASES)
@torch.no_grad()
def test_a_generator_fills_as_the_model_does(name, suffix, tmp_path):
    pytest.importorskip("onnxscript")
    model, size = networks.write(name, tmp_path / "ce.pth")
    written = write_program(
        portable_generator(tmp_path / "ce.pth"), tmp_path / f"g{suffix}"
    )
    assert written.difference <= 1e-4
    run, session = runner(written.path)
    for batch in (1, 3, 5):
        pictures = torch.rand(batch, 3, size, size)
        mask = networks.holes(batch, size)
        found = run(pictures, mask)
        same(found, networks.fill(model, pictures, mask))
        _, composite = found
        outside = mask.expand_as(pictures) < 0.5
        assert torch.equal(composite[outside], pictures[outside])
        # What the picture hides in the hole is not looked at.
        other = torch.where(outside, pictures, torch.rand_like(pictures))
        assert torch.equal(run(other, mask)[0], found[0])
    if session:
        assert [i.shape[0] for i in session.get_inputs()] == ["batch"] * 2
        kept = session.get_modelmeta().custom_metadata_map["ce_plugin"]
        assert json.loads(kept)["picture_size"] == size


@pytest.mark.parametrize(
    "name, suffix",
    [
        pytest.param(n, s, marks=[] if (n, s) == ("mlp", ".onnx") else slow)
        for n in ENCODERS
        for s in (".onnx", ".pt2")
    ],
)
@torch.no_grad()
def test_an_encoder_gives_the_maps_of_all_its_stages(name, suffix, tmp_path):
    pytest.importorskip("onnxscript")
    model, size = networks.write(name, tmp_path / "ce.pth")
    count, least = ENCODERS[name]
    portable = portable_encoder(tmp_path / "ce.pth")
    assert portable.outputs == tuple(f"c{i + 1}" for i in range(count))
    assert portable.least == least
    written = write_program(portable, tmp_path / f"e{suffix}")
    assert written.difference <= 1e-4
    encoder, _ = load_encoder(tmp_path / "ce.pth", out_indices=range(count))
    run, session = runner(written.path)
    sides = [(size, size)]
    if least:
        sides += [(least, 2 * least + 7), (3 * least + 1, least + 10)]
    for batch in (1, 3):
        for height, width in sides:
            pictures = torch.rand(batch, 3, height, width)
            expected = encoder(model.data_preprocessor.normalize(pictures * 255))
            same(run(pictures), expected)
    if session:
        (given,) = session.get_inputs()
        sides = ["height", "width"] if least else [size, size]
        assert given.shape == ["batch", 3, *sides]
        assert [o.name for o in session.get_outputs()] == [*portable.outputs]


@torch.no_grad()
def test_options_of_the_encoder(tmp_path):
    model, _ = networks.write("default-job", tmp_path / "ce.pth")
    portable = portable_encoder(
        tmp_path / "ce.pth", 64, any_size=False, normalize=False, stages=[2, 4]
    )
    assert portable.least is None
    assert portable.outputs == ("c2", "c4")
    assert portable.meta["out_strides"] == [4, 16]
    pictures = torch.rand(2, 3, 64, 64)
    found = portable.module(pictures)
    same(found[1:], model.backbone(pictures))
    assert largest_difference(portable.module, portable) == 0


@pytest.mark.parametrize("padding, stride, kernel", [(0, 2, 3), (1, 2, 3), (0, 3, 5)])
@pytest.mark.parametrize("side", range(6, 14))
def test_pools_that_round_up(padding, stride, kernel, side):
    pool = nn.MaxPool2d(kernel, stride, padding, ceil_mode=True)
    assert CeilMaxPool2d.fits(pool)
    x = torch.randn(2, 3, side, side + 3)
    assert torch.equal(CeilMaxPool2d(pool)(x), pool(x))


def test_pools_that_sometimes_leave_out_a_window_stay():
    assert not CeilMaxPool2d.fits(nn.MaxPool2d(2, 2, 1, ceil_mode=True))
    assert not CeilMaxPool2d.fits(nn.MaxPool2d(3, 2))


def test_a_program_that_differs_is_not_written(tmp_path, monkeypatch):
    networks.write("mlp", tmp_path / "ce.pth")
    portable = portable_generator(tmp_path / "ce.pth")
    out = tmp_path / "out" / "g.pt2"
    write_program(portable, out)
    before = out.read_bytes()
    bias = portable.module.model.backbone.layers[0].bias
    with torch.no_grad():
        bias += 0.1
    with pytest.raises(InputError, match="differs from the network by"):
        write_program(portable, out)
    assert out.read_bytes() == before
    assert [p.name for p in out.parent.iterdir()] == ["g.pt2"]
    # And of another shape.
    run = lambda *inputs: [x[:1] for x in portable.reference(*inputs)]  # noqa: E731
    assert largest_difference(run, portable) == float("inf")
    run = lambda *inputs: [x * float("nan") for x in portable.reference(*inputs)]  # noqa: E731
    assert largest_difference(run, portable) == float("inf")


def test_what_is_missing_is_named(tmp_path, monkeypatch):
    networks.write("mlp", tmp_path / "ce.pth")
    portable = portable_generator(tmp_path / "ce.pth")
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(InputError, match=r"pip install 'ce_plugin\[onnx\]'"):
        write_program(portable, tmp_path / "g.onnx")
    with pytest.raises(InputError, match=r"\.onnx or \.pt2"):
        write_program(portable, tmp_path / "g.pb")
    assert not [*tmp_path.glob("*g.*")]


def test_one_file_of_onnx_holds_2_gb(tmp_path, monkeypatch):
    pytest.importorskip("onnxscript")
    networks.write("mlp", tmp_path / "ce.pth")
    monkeypatch.setattr(program, "_ONNX_LIMIT", 1000)
    with pytest.raises(InputError, match=r"too many for one ONNX file; write \.pt2"):
        write_program(portable_generator(tmp_path / "ce.pth"), tmp_path / "g.onnx")


def test_networks_without_a_program(tmp_path):
    path = tmp_path / "ce.pth"
    for change, said in [
        (
            dict(data_preprocessor=dict(networks.DIGITS, type="SwapPreprocessor")),
            "swap",
        ),
        (dict(backbone=dict(noise_channels=4)), "noise"),
        (dict(data_preprocessor=dict(fill="noise")), "noise"),
    ]:
        name = "mlp" if said == "swap" else "dcgan-center"
        cfg = networks.NETWORKS[name][0]
        part = {k: cfg[k] | v for k, v in change.items()}
        cfg = cfg | part
        model = MODELS.build(cfg)
        meta = dict(model=cfg, picture_size=networks.NETWORKS[name][1])
        torch.save(dict(state_dict=model.state_dict(), meta=meta), path)
        expected = dict(
            swap="no program of one picture",
            noise="draws noise",
        )[said]
        with pytest.raises(InputError, match=expected):
            portable_generator(path)


def test_a_hole_filled_with_another_picture_is_filled_in_colour(tmp_path):
    """Outside of training there is no other picture, in a program or without one."""
    cfg = dict(networks.NETWORKS["dcgan-center"][0])
    cfg["data_preprocessor"] = cfg["data_preprocessor"] | dict(fill="picture")
    meta = dict(model=cfg, picture_size=networks.NETWORKS["dcgan-center"][1])
    state = MODELS.build(cfg).state_dict()
    torch.save(dict(state_dict=state, meta=meta), tmp_path / "ce.pth")
    portable = portable_generator(tmp_path / "ce.pth")
    assert largest_difference(portable.module, portable) < 1e-5


def test_sizes_and_stages_that_cannot_be(tmp_path):
    path = tmp_path / "ce.pth"
    networks.write("default-job", path, picture_size=None)
    with pytest.raises(InputError, match="give --size"):
        portable_generator(path)
    networks.write("dcgan-center", path)
    with pytest.raises(InputError, match="does not take pictures of 96 pixels"):
        portable_generator(path, 96)
    with pytest.raises(InputError, match="does not take pictures of 96 pixels"):
        portable_encoder(path, 96)
    with pytest.raises(InputError, match="stages are 1 to 6"):
        portable_encoder(path, stages=[7])
    networks.write("mlp", path, normalization=None)
    with pytest.raises(InputError, match="--no-normalization"):
        portable_encoder(path)


def test_an_encoder_of_mmdet_that_takes_any_size(tmp_path):
    pytest.importorskip("mmdet")
    backbone = dict(type="mmdet.ResNet", depth=18, base_channels=4, out_indices=(2,))
    encoder = MODELS.build(backbone)
    meta = dict(backbone=backbone, normalization=dict(mean=[1] * 3, std=[1] * 3))
    export_encoder(encoder, tmp_path / "encoder.pth", meta)
    portable = portable_encoder(tmp_path / "encoder.pth", 64)
    assert portable.outputs == ("c1", "c2", "c3")
    assert portable.meta["out_strides"] == [4, 8, 16]
    assert portable.least == 32
    assert largest_difference(portable.module, portable) == 0


@slow
def test_programs_need_nothing_of_this_package(tmp_path):
    networks.write("dcgan-center", tmp_path / "ce.pth")
    write_program(portable_generator(tmp_path / "ce.pth"), tmp_path / "g.pt2")
    code = (
        "import sys\n"
        "for name in ('ce_plugin', 'mmengine', 'timm'): sys.modules[name] = None\n"
        "import torch, json\n"
        "extra = {'ce_plugin.json': ''}\n"
        "run = torch.export.load('g.pt2', extra_files=extra).module()\n"
        "out = run(torch.rand(4, 3, 128, 128), torch.zeros(4, 1, 128, 128))\n"
        "print(out[1].shape, json.loads(extra['ce_plugin.json'])['picture_size'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout == "torch.Size([4, 3, 128, 128]) 128\n", done.stderr
