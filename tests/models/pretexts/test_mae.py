"""MAE against its loss written out, and its encoder in plain timm."""

import pytest
import torch
from tiny import build_model

from ce_plugin.checkpoints import (
    build_encoder,
    encoder_meta,
    export_encoder,
    load_encoder_weights,
    read_weights,
)
from ce_plugin.errors import InputError
from ce_plugin.models.draws import fresh_keys
from ce_plugin.structures import PretextSample

pytest.importorskip("lightly")
import timm
from mmengine.config import Config

SMALL = dict(img_size=32, patch_size=8, embed_dim=32, depth=2, num_heads=2)


def config(**kwargs) -> dict:
    vit = dict(type="TimmBackbone", model_name="vit_tiny_patch16_224", norm=True)
    small = dict(decoder_channels=16, decoder_depth=1, decoder_heads=2)
    return dict(type="MAE", backbone=vit | SMALL, **small) | kwargs


def pictures(n=3, side=32) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(n, 3, side, side, generator=generator)


def by_hand(model, x, hidden, normalized) -> float:
    """The loss of every hidden patch in a loop, from the model's prediction."""
    kept = [[i for i in range(16) if i not in row] for row in hidden.tolist()]
    prediction = model.reconstruct(x, torch.tensor(kept), hidden)
    losses = []
    for picture, painted, row in zip(x, prediction, hidden.tolist()):
        for index in row:
            top, left = 8 * (index // 4), 8 * (index % 4)
            truth = picture[:, top : top + 8, left : left + 8]
            if normalized:
                truth = (truth - truth.mean()) / (truth.var() + 1e-6).sqrt()
            patch = painted[:, top : top + 8, left : left + 8]
            losses.append((patch - truth).square().mean().item())
    return sum(losses) / len(losses)


@pytest.mark.parametrize("normalized", [True, False])
def test_loss_is_the_papers(normalized):
    raw = {} if normalized else dict(reconstruction=dict(type="ReconstructionLoss"))
    model, x = build_model(config(**raw)), pictures()
    torch.manual_seed(5)
    loss = model(x, mode="loss")["loss_reconstruction"]
    torch.manual_seed(5)
    _, hidden = model.draw(fresh_keys(len(x)))
    assert loss.item() == pytest.approx(by_hand(model, x, hidden, normalized), rel=1e-5)


def test_prediction_is_encoder_and_decoder_written_out():
    model, x = build_model(config()).eval(), pictures(1)
    kept, hidden = model.draw(fresh_keys(1))
    vit = timm.create_model("vit_tiny_patch16_224", num_classes=0, **SMALL).eval()
    vit.load_state_dict(model.backbone.state_dict())
    tokens = vit._pos_embed(vit.patch_embed(x))
    tokens = torch.cat([tokens[:, :1], tokens[:, 1 + kept[0]]], dim=1)
    seen = model.embed(vit.norm(vit.blocks(tokens)))
    full = [seen[:, 0]]
    order = kept[0].tolist()
    for i in range(16):
        token = seen[:, 1 + order.index(i)] if i in order else None
        full.append(model.decoder.mask_token[:, 0] if token is None else token)
    full = torch.stack(full, dim=1) + model.decoder.pos_embed
    full = model.project(model.decoder.norm(model.decoder.blocks(full)))[:, 1:]
    picture = full.view(4, 4, 3, 8, 8).permute(2, 0, 3, 1, 4).reshape(1, 3, 32, 32)
    ours = model.reconstruct(x, kept, hidden)
    torch.testing.assert_close(ours, picture, rtol=1e-4, atol=1e-5)


def test_hidden_patches_do_not_reach_the_encoder():
    model, x = build_model(config()).eval(), pictures(2)
    kept, hidden = model.draw(fresh_keys(2))
    other = torch.where(model.pixel_mask(hidden), torch.rand_like(x), x)
    same = model.reconstruct(x, kept, hidden)
    torch.testing.assert_close(same, model.reconstruct(other, kept, hidden))


@pytest.mark.parametrize(("ratio", "hidden"), [(0.75, 12), (0.5, 8), (0.6, 10)])
def test_masked_share(ratio, hidden):
    model = build_model(config(mask_ratio=ratio))
    kept, masked = model.draw(fresh_keys(5))
    assert kept.shape == (5, 16 - hidden) and masked.shape == (5, hidden)
    assert (model.pixel_mask(masked).sum(dim=(1, 2, 3)) == hidden * 64).all()
    assert len({tuple(sorted(row)) for row in masked.tolist()}) > 1


def test_the_export_is_a_plain_timm_vit(tmp_path):
    model = build_model(config())
    names = list(model.state_dict())
    assert len(names) == len({p.data_ptr() for p in model.state_dict().values()})
    run = Config(dict(model=config(), train_dataloader=dict(batch_size=2)))
    path = tmp_path / "encoder.pth"
    export_encoder(model.backbone, path, encoder_meta(model, run, {}, 1, 0))
    state, meta = read_weights(path)
    timm.create_model("vit_tiny_patch16_224", num_classes=0, **SMALL).load_state_dict(
        state, strict=True
    )
    encoder = build_encoder(meta)
    load_encoder_weights(encoder, state, path)
    x = pictures()
    torch.testing.assert_close(encoder(x)[0], model(x)[0])


def test_without_the_norm_in_the_encoder_the_task_has_its_own():
    cfg = config()
    cfg["backbone"].pop("norm")
    model = build_model(cfg)
    assert "norm.weight" in model.state_dict()
    assert not any(name.startswith("norm.") for name in model.backbone.state_dict())
    model(pictures(), mode="loss")["loss_reconstruction"].backward()
    assert all(p.grad is not None for p in model.parameters() if p.requires_grad)


def test_every_parameter_learns_and_the_loss_falls():
    model, x = build_model(config()), pictures()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    losses = []
    for _ in range(20):
        torch.manual_seed(0)
        loss = model(x, mode="loss")["loss_reconstruction"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert all(p.grad is not None for p in model.parameters() if p.requires_grad)
    assert losses[-1] < 0.95 * losses[0]


def test_predict_leaves_what_is_seen_and_repeats_its_holes():
    model, x = build_model(config()).eval(), pictures()
    state = torch.random.get_rng_state()
    found = model(x, PretextSample(metainfo=dict(index=[7, 8, 9])), mode="predict")
    assert torch.equal(state, torch.random.get_rng_state())
    truth = model.data_preprocessor.to_unit(x)
    for sample, target in zip(found, truth):
        hole = sample.mask.expand(3, -1, -1)
        assert torch.equal(sample.composite[~hole], target[~hole])
        assert torch.equal(sample.composite[hole], sample.prediction[hole])
        assert not torch.equal(sample.composite[hole], target[hole])
        assert torch.equal(sample.target, target)
        assert sample.mask.sum() == 12 * 64
    alone = model(x[1:2], PretextSample(metainfo=dict(index=[8])), mode="predict")
    assert torch.equal(alone[0].mask, found[1].mask)
    assert not torch.equal(found[0].mask, found[1].mask)


def test_positions_and_given_weights():
    model = build_model(config())
    positions = model.vit.pos_embed
    assert not positions.requires_grad and positions[0, 0].abs().sum() == 0
    assert positions[0, 1:].abs().max() <= 1 and positions[0, 1:].std() > 0.5
    given = build_model(config()).backbone
    before = {name: value.clone() for name, value in given.state_dict().items()}
    again = build_model(config(backbone=given), seed=3)
    for name, value in again.backbone.state_dict().items():
        assert torch.equal(value, before[name]), name


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        (dict(backbone=dict(type="TimmBackbone", model_name="resnet18")), "ViT"),
        (dict(mask_ratio=1.0), "mask_ratio"),
        (dict(mask_ratio=0.99), "mask_ratio"),
    ],
)
def test_mistakes_in_one_line(kwargs, words):
    with pytest.raises(InputError, match=words) as caught:
        build_model(config(**kwargs))
    assert "\n" not in str(caught.value)


def test_other_pictures_than_the_vit_takes():
    with pytest.raises(InputError, match="48x48 px, the ViT takes 32x32"):
        build_model(config())(pictures(side=48), mode="loss")
