"""What every registered pretext keeps; a row of ``PRETEXTS`` takes one in."""

import io

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import OptimWrapper
from models.pretext_cases import PRETEXTS, Case, registered
from tiny import build_model, dcgan_config

from ce_plugin.checkpoints import encoder_meta, export_encoder, load_encoder
from ce_plugin.checkpoints.export.config_lines import stock_resnet
from ce_plugin.errors import InputError
from ce_plugin.structures import PretextSample

NAMES = sorted(registered())
every_pretext = pytest.mark.parametrize("name", NAMES)


def case_of(name: str) -> Case:
    if name not in PRETEXTS:
        pytest.fail(
            f"{name} is registered as a pretext, but PRETEXTS in "
            "tests/models/pretext_cases.py has no row for it"
        )
    return PRETEXTS[name]


def build(name: str):
    return build_model(dict(type=name) | case_of(name).config).train()


def sgd(model, lr: float = 0.05) -> OptimWrapper:
    return OptimWrapper(torch.optim.SGD(model.parameters(), lr, momentum=0.9))


def step(model, optim, i: int, data: dict, of: int = 4) -> float:
    """As the loop does it: progress and randomness belong to the step."""
    model.progress = i / of
    torch.manual_seed(i)
    return model.train_step(data, optim)["loss"].item()


def test_every_row_is_a_pretext():
    assert set(PRETEXTS) <= set(NAMES)


@every_pretext
def test_a_few_steps_lower_the_loss(name):
    case = case_of(name)
    model, data = build(name), case.batch(8, 0)
    optim = sgd(model, case.lr)
    fresh = {name: model.get_buffer(name).clone() for name in case.memory}
    losses = []
    for _ in range(case.steps + 1):
        for buffer, value in fresh.items():
            model.get_buffer(buffer).copy_(value)
        model.progress = 0.0
        torch.manual_seed(0)
        losses.append(model.train_step(data, optim)["loss"].item())
    assert losses[-1] < losses[0], losses


@every_pretext
def test_gradients_reach_the_encoder_and_all_that_is_trained(name):
    """The plain distributed wrapper stops at a parameter that has none."""
    model, data = build(name), case_of(name).batch(8, 0)
    torch.manual_seed(0)
    losses = model(**model.data_preprocessor(data, True), mode="loss")
    total, log = model.parse_losses(losses)
    total.backward()
    for key, value in log.items():
        assert value.dtype.is_floating_point and torch.isfinite(value).all(), key
    trained = {k: p for k, p in model.named_parameters() if p.requires_grad}
    assert [k for k, p in trained.items() if p.grad is None] == []
    for key, p in trained.items():
        assert torch.isfinite(p.grad).all(), key
    first = next(p for p in model.backbone.parameters() if p.ndim == 4)
    assert first.grad.abs().sum() > 0


@every_pretext
def test_mixed_precision(name):
    model, data = build(name), case_of(name).batch(8, 0)
    found = []
    state = {k: v.clone() for k, v in model.state_dict().items()}
    for enabled in (False, True):
        model.load_state_dict(state)
        torch.manual_seed(0)
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            losses = model(**model.data_preprocessor(data, True), mode="loss")
        total, log = model.parse_losses(losses)
        assert all(value.dtype == torch.float32 for value in log.values())
        found.append(total.item())
    total.backward()
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    assert all(torch.isfinite(grad).all() for grad in grads)
    assert found[1] == pytest.approx(found[0], rel=0.1) and found[1] != found[0]


@every_pretext
def test_a_stopped_run_goes_on_as_if_it_had_not_been(name):
    batch = case_of(name).batch
    model = build(name)
    optim = sgd(model)
    for i in range(4):
        step(model, optim, i, batch(8, i))
        if i == 1:
            file = io.BytesIO()
            torch.save((model.state_dict(), optim.state_dict()), file)
    file.seek(0)
    state, optim_state = torch.load(file, weights_only=True)
    again = build_model(dict(type=name) | case_of(name).config, seed=1).train()
    optim = sgd(again)
    again.load_state_dict(state)
    optim.load_state_dict(optim_state)
    for i in (2, 3):
        step(again, optim, i, batch(8, i))
    for key, value in model.state_dict().items():
        assert torch.equal(again.state_dict()[key], value), key


@every_pretext
def test_predictions_and_features(name):
    model, data = build(name).eval(), case_of(name).batch(4, 0)
    samples = model.test_step(data)
    assert len(samples) == 4
    assert all(isinstance(sample, PretextSample) for sample in samples)
    assert [sample.path for sample in samples] == [f"{i}.jpg" for i in range(4)]
    for sample in samples:
        assert list(sample.keys())
        for key, value in sample.items():
            assert not value.is_floating_point() or torch.isfinite(value).all(), key
    views = data["inputs"]
    one = dict(inputs=views[0] if isinstance(views, list) else views)
    with torch.no_grad():
        maps = model(model.data_preprocessor(one)["inputs"], mode="tensor")
    assert tuple(x.shape[1] for x in maps) == tuple(model.features.out_channels)
    assert all(x.ndim == 4 and len(x) == 4 for x in maps)


@every_pretext
def test_its_encoder_goes_downstream_whole(name, tmp_path):
    case = case_of(name)
    model = build(name)
    step(model, sgd(model), 0, case.batch(4, 0))
    cfg = Config(
        dict(
            model=dict(type=name, backbone=case.config["backbone"]),
            train_dataloader=dict(batch_size=4),
        )
    )
    path = tmp_path / "encoder.pth"
    meta = encoder_meta(model, cfg, {}, iterations=1, seed=0)
    ours = model.backbone.state_dict()
    assert export_encoder(model.backbone, path, meta) == len(ours)
    init = dict(type="ce_plugin.PretrainedEncoder", checkpoint=str(path))
    stock = stock_resnet(case.config["backbone"])
    if stock is None:
        loaded, meta = load_encoder(path)
        assert meta["pretext"] == name
        networks = [loaded]
    else:
        from mmdet.registry import MODELS as DETECTORS
        from mmdet.utils import register_all_modules
        from mmseg.models import ResNet

        register_all_modules(init_default_scope=False)
        stock.pop("type")
        cfg = dict(type="mmdet.ResNet", **stock, init_cfg=init)
        networks = [DETECTORS.build(cfg), ResNet(**stock, init_cfg=init)]
        for network in networks:
            network.init_weights()
    for network in networks:
        theirs = network.state_dict()
        assert set(theirs) == set(ours)
        for key, value in ours.items():
            assert torch.equal(theirs[key], value), key


@every_pretext
def test_a_loop_of_one_s_own(name):
    """Plain tensors, a plain optimizer: the weights are those of the Runner's step."""
    case = case_of(name)
    model, theirs = build(name), build(name)
    plain = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9)
    wrapped = sgd(theirs)
    for i in range(2):
        data = case.batch(8, i)
        pictures, samples = data["inputs"], data["data_samples"]
        masks = samples.mask if "mask" in samples else None
        model.progress = i / 2
        torch.manual_seed(i)
        plain.zero_grad()
        loss = model.total_loss(pictures, masks)
        loss.backward()
        plain.step()
        assert loss.ndim == 0
        # What the dataset draws for the preprocessor does not come with plain tensors.
        data["data_samples"] = PretextSample(
            **({} if masks is None else {"mask": masks})
        )
        assert step(theirs, wrapped, i, data, of=2) == loss.item()
    for key, value in theirs.state_dict().items():
        assert torch.equal(model.state_dict()[key], value), key


@every_pretext
def test_a_loop_of_one_s_own_takes_floats_and_refuses_what_is_no_picture(name):
    case = case_of(name)
    model, data = build(name), case.batch(8, 0)
    views, samples = data["inputs"], data["data_samples"]
    masks = samples.mask if "mask" in samples else None
    several = isinstance(views, list)
    state = {k: v.clone() for k, v in model.state_dict().items()}

    def loss(change, masks=masks):
        model.load_state_dict(state)
        torch.manual_seed(0)
        changed = [change(view) for view in (views if several else [views])]
        return model.total_loss(changed if several else changed[0], masks).item()

    in_bytes = loss(lambda view: view)
    assert loss(lambda view: view / 255) == pytest.approx(in_bytes, rel=1e-3)
    for change, said in (
        (lambda view: view / 127.5 - 1, r"in \[0, 1\].* before normalising"),
        (lambda view: view[:, :1], r"RGB \(B, 3, H, W\)"),
        (lambda view: view.int(), "uint8 or floats"),
    ):
        with pytest.raises(InputError, match=said):
            loss(change)
    if masks is None:
        hole = torch.zeros(8, 1, 32, 32, dtype=torch.bool)
        with pytest.raises(InputError, match="leave the masks out"):
            loss(lambda view: view, hole)
    else:
        assert loss(lambda view: view, masks[:, 0]) == in_bytes
        for wrong in (masks.float(), masks[..., 1:]):
            with pytest.raises(InputError, match="masks are bool"):
                loss(lambda view: view, wrong)


def test_what_needs_masks_or_two_optimizers_says_so():
    pictures = torch.rand(2, 3, 32, 32)
    with pytest.raises(InputError, match="needs masks"):
        build("ContextEncoder").total_loss(pictures)
    joint = build_model(dcgan_config())
    with pytest.raises(InputError, match="two optimizers"):
        joint.total_loss(pictures)
