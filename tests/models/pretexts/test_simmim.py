"""SimMIM against its loss written out, and its encoder in plain timm."""

import pytest
import torch
from tiny import build_model

from ce_plugin.errors import InputError
from ce_plugin.models.draws import fresh_keys
from ce_plugin.structures import PretextSample

pytest.importorskip("lightly")
import timm

SMALL = dict(img_size=32, patch_size=4, embed_dim=32, depth=2, num_heads=2)


def config(**kwargs) -> dict:
    vit = dict(type="TimmBackbone", model_name="vit_tiny_patch16_224", norm=True)
    return dict(type="SimMIM", backbone=vit | SMALL, mask_patch=8) | kwargs


def pictures(n=3) -> torch.Tensor:
    return torch.randn(n, 3, 32, 32, generator=torch.Generator().manual_seed(1))


def test_loss_is_the_papers():
    model, x = build_model(config()), pictures()
    torch.manual_seed(5)
    loss = model(x, mode="loss")["loss_reconstruction"]
    torch.manual_seed(5)
    kept, hidden = model.draw(fresh_keys(len(x)))
    prediction = model.reconstruct(x, kept, hidden)
    total = count = 0
    for picture, painted, row in zip(x, prediction, hidden.tolist()):
        for index in row:
            top, left = 8 * (index // 4), 8 * (index % 4)
            window = (slice(None), slice(top, top + 8), slice(left, left + 8))
            total += (picture[window] - painted[window]).abs().sum().item()
            count += 3 * 64
    assert loss.item() == pytest.approx(total / count, rel=1e-5)


def test_prediction_is_the_vit_written_out():
    model, x = build_model(config()).eval(), pictures(1)
    kept, hidden = model.draw(fresh_keys(1))
    vit = timm.create_model("vit_tiny_patch16_224", num_classes=0, **SMALL).eval()
    vit.load_state_dict(model.backbone.state_dict(), strict=True)
    tokens = vit.patch_embed(x)
    for index in hidden[0].tolist():
        row, column = 2 * (index // 4), 2 * (index % 4)
        for place in (row * 8 + column, row * 8 + column + 1):
            tokens[:, place] = tokens[:, place + 8] = model.mask_token[0, 0]
    out = model.project(vit.norm(vit.blocks(vit._pos_embed(tokens))))[:, 1:]
    picture = out.view(8, 8, 3, 4, 4).permute(2, 0, 3, 1, 4).reshape(1, 3, 32, 32)
    ours = model.reconstruct(x, kept, hidden)
    torch.testing.assert_close(ours, picture, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("ratio", "hidden"), [(0.6, 10), (0.5, 8), (0.8, 13)])
def test_masked_share(ratio, hidden):
    model = build_model(config(mask_ratio=ratio))
    _, masked = model.draw(fresh_keys(5))
    assert (model.pixel_mask(masked).sum(dim=(1, 2, 3)) == hidden * 64).all()


def test_every_parameter_learns_and_the_state_has_each_tensor_once():
    model = build_model(config())
    model(pictures(), mode="loss")["loss_reconstruction"].backward()
    assert all(p.grad is not None for p in model.parameters() if p.requires_grad)
    state = model.state_dict()
    assert len(state) == len({value.data_ptr() for value in state.values()})


def test_predict_leaves_what_is_seen():
    model, x = build_model(config()).eval(), pictures()
    found = model(x, PretextSample(metainfo=dict(index=[7, 8, 9])), mode="predict")
    truth = model.data_preprocessor.to_unit(x)
    for sample, target in zip(found, truth):
        hole = sample.mask.expand(3, -1, -1)
        assert torch.equal(sample.composite[~hole], target[~hole])
        assert torch.equal(sample.composite[hole], sample.prediction[hole])
        assert sample.mask.sum() == 10 * 64
        for name in ("input", "prediction", "target"):
            assert sample.get(name).min() >= 0 and sample.get(name).max() <= 1


@pytest.mark.parametrize("patch", [6, 10, 64])
def test_a_unit_that_does_not_fit(patch):
    with pytest.raises(InputError, match=f"mask_patch of {patch} px"):
        build_model(config(mask_patch=patch))
