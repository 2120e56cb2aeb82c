"""The three noises: how much is hit, with what, and that the truth stays clean."""

import pytest
import torch
import torch.nn.functional as F
from models.pretext_cases import PAINTS, plain
from tiny import build_model

from ce_plugin.errors import InputError


def denoising(**kwargs):
    return build_model(dict(type="DenoisingAutoEncoder") | PAINTS | kwargs).eval()


def normalized(model, n=16):
    return model.data_preprocessor(plain(n, 0))["inputs"]


@pytest.mark.parametrize("noise", ["masking", "salt-and-pepper"])
@pytest.mark.parametrize("amount", [0.1, 0.25, 0.6])
def test_share_of_pixels_that_are_hit(noise, amount):
    model = denoising(noise=noise, amount=amount)
    x = normalized(model)
    torch.manual_seed(0)
    seen, hit = model.corrupt(x)
    # 16384 pixels: four deviations of their share are at most .016.
    assert hit.float().mean().item() == pytest.approx(amount, abs=0.016)
    hit = hit.expand_as(x)
    assert torch.equal(seen[~hit], x[~hit])
    assert not torch.equal(seen[hit], x[hit])


def test_masked_pixels_have_the_mean_colour():
    model = denoising(noise="masking")
    seen, hit = model.corrupt(normalized(model))
    assert torch.equal(seen == 0, hit.expand_as(seen))


def test_salt_and_pepper_are_white_and_black_in_equal_parts():
    model = denoising(noise="salt-and-pepper", amount=0.5)
    torch.manual_seed(0)
    seen, hit = model.corrupt(normalized(model))
    colours = model.data_preprocessor.to_unit(seen).permute(0, 2, 3, 1)[hit[:, 0]]
    white = (colours > 1 - 1e-5).all(1)
    assert torch.equal(~white, (colours < 1e-5).all(1))
    # 8192 pixels: four deviations of their share are .022.
    assert white.float().mean().item() == pytest.approx(0.5, abs=0.022)


def test_gaussian_noise_has_its_deviation_in_every_channel():
    model = denoising(noise="gaussian", amount=0.2)
    x = normalized(model)
    torch.manual_seed(0)
    seen, hit = model.corrupt(x)
    assert hit.all()
    noise = (seen - x) * model.data_preprocessor.std / 255
    assert noise.mean(dim=(0, 2, 3)).abs().max() < 0.007
    for std in noise.std(dim=(0, 2, 3)).tolist():
        assert std == pytest.approx(0.2, abs=0.005)
    channels = noise.transpose(0, 1).flatten(1)
    assert torch.corrcoef(channels).triu(1).abs().max() < 0.04


@pytest.mark.parametrize("region", ["full", "hole"])
def test_the_truth_is_clean_and_the_region_counts(region):
    loss = dict(type="ReconstructionLoss", region=region)
    model = denoising(reconstruction=loss)
    x = normalized(model)
    torch.manual_seed(3)
    found = model.loss(x)["loss_reconstruction"].item()
    torch.manual_seed(3)
    seen, hit = model.corrupt(x)
    error = F.mse_loss(model.reconstruct(seen), x, reduction="none")
    counted = hit.expand_as(x) if region == "hole" else torch.ones_like(x).bool()
    assert found == pytest.approx(error[counted].mean().item(), rel=1e-5)


def test_noise_is_new_at_each_step_and_the_same_in_evaluation():
    model, data = denoising(), plain(2, 0)
    x = normalized(model)
    assert not torch.equal(model.corrupt(x)[0], model.corrupt(x)[0])
    one, two = model.test_step(data)[0], model.test_step(data)[0]
    assert torch.equal(one.input, two.input)
    assert not torch.equal(one.input, one.target)
    assert not one.mask.any()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (dict(noise="snow"), "masking, salt-and-pepper, gaussian"),
        (dict(amount=0), "above 0 and at most 1"),
        (dict(amount=1.5), "above 0 and at most 1"),
    ],
)
def test_bad_arguments(wrong, message):
    with pytest.raises(InputError, match=message):
        denoising(**wrong)
