"""The autoencoder: the Context Encoder's network, and the whole picture back."""

import pytest
import torch
import torch.nn.functional as F
from models.pretext_cases import DECODER, RESNET, holes, plain
from tiny import build_model

from ce_plugin.errors import InputError
from ce_plugin.evaluation import PictureMetrics
from ce_plugin.evaluation.metrics.region_errors import region_errors
from ce_plugin.pages.run.panel import panel

BOTTLENECK = dict(type="ConvBottleneck", out_channels=16, kernel_size=1)
PARTS = dict(backbone=RESNET, bottleneck=BOTTLENECK, decoder=DECODER)


def autoencoder(**kwargs):
    return build_model(dict(type="AutoEncoder") | PARTS | kwargs)


def test_the_network_is_the_context_encoders():
    ours, theirs = autoencoder(), build_model(dict(type="ContextEncoder") | PARTS)
    assert {k: v.shape for k, v in ours.state_dict().items()} == {
        k: v.shape for k, v in theirs.state_dict().items()
    }
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 3, 32, 32)
    assert torch.equal(ours.eval().reconstruct(x), theirs.eval().reconstruct(x))


def test_the_loss_is_the_squared_error_of_the_whole_picture():
    model, data = autoencoder().eval(), plain(4, 0)
    inputs = model.data_preprocessor(data)["inputs"]
    losses = model.loss(inputs)
    error = F.mse_loss(model.reconstruct(inputs), inputs)
    assert losses["loss_reconstruction"].item() == pytest.approx(error.item())
    assert losses["mse"].item() == pytest.approx(error.item())


def test_a_hole_in_the_samples_changes_nothing():
    model, data = autoencoder().eval(), plain(4, 0)
    found = []
    for data in (plain(4, 0), holes(4, 0)):
        found.append(model(**model.data_preprocessor(data), mode="loss"))
    assert torch.equal(found[0]["mse"], found[1]["mse"])


def test_predictions_can_be_drawn():
    model, data = autoencoder().eval(), holes(3, 0)
    samples = model.test_step(data)
    truth = data["inputs"].float() / 255
    for sample, picture in zip(samples, truth):
        assert torch.allclose(sample.target, picture, atol=1e-6)
        assert torch.equal(sample.input, sample.target)
        assert torch.equal(sample.composite, sample.prediction)
        assert sample.mask.dtype == torch.bool and not sample.mask.any()
    assert panel(samples).ndim == 3


def test_a_loss_of_the_hole_is_refused():
    loss = dict(type="ReconstructionLoss", region="hole")
    with pytest.raises(InputError, match="region='full'"):
        autoencoder(reconstruction=loss)


def test_picture_metrics_have_the_input_beside_them():
    generator = torch.Generator().manual_seed(0)
    target, seen, made = torch.rand(3, 3, 16, 16, generator=generator)
    metric = PictureMetrics()
    for scale in (1.0, 0.5):
        sample = dict(target=target, input=seen, composite=made * scale)
        metric.process(None, [sample])
    figures = metric.evaluate(size=2)
    everywhere = torch.ones(16, 16, dtype=torch.bool).numpy()
    expected = [
        region_errors((made * scale).numpy(), target.numpy(), everywhere)["psnr"]
        for scale in (1.0, 0.5)
    ]
    assert figures["picture/psnr"] == pytest.approx(sum(expected) / 2)
    floor = region_errors(seen.numpy(), target.numpy(), everywhere)
    assert figures["picture/input_l1"] == pytest.approx(floor["l1"])


def test_picture_metrics_need_a_picture():
    with pytest.raises(InputError, match="held-out dataset is empty"):
        PictureMetrics().compute_metrics([])
