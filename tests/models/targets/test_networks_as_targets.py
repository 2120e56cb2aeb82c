"""Teachers: that they follow, renew their words, and see pictures as they want them."""

import pytest
import torch
from mmengine.config import Config
from models.pretext_cases import RESNET
from models.targets.cases import pictures
from tiny import build_model

from ce_plugin.checkpoints import encoder_meta, export_encoder
from ce_plugin.errors import InputError
from ce_plugin.models.targets import AveragedTeacher, FixedNetwork, TeacherWords
from ce_plugin.registry import MODELS


def attached(target, **preprocessor):
    torch.manual_seed(0)
    backbone = MODELS.build(dict(RESNET))
    prep = MODELS.build(dict(type="InpaintingPreprocessor") | preprocessor)
    target.attach(backbone, prep)
    return backbone, prep


def test_the_average_by_hand():
    target = AveragedTeacher(momentum=0.9)
    backbone, _ = attached(target)
    old = [p.clone() for p in target.network.parameters()]
    with torch.no_grad():
        for p in backbone.parameters():
            p.add_(1.0)
    target.follow(backbone, target.momentum_at(0.5))
    # Half way, half of the rise to 1 is done.
    for p, was, new in zip(target.network.parameters(), old, backbone.parameters()):
        torch.testing.assert_close(p, 0.95 * was + 0.05 * new)
        assert not p.requires_grad


@pytest.mark.parametrize("target", [AveragedTeacher, TeacherWords])
def test_a_stage_that_is_not_there(target):
    with pytest.raises(InputError, match="returns 1 maps, there is no stage 1; set"):
        attached(target(stage=1))


def test_it_sees_what_the_encoder_would():
    target = AveragedTeacher()
    backbone, prep = attached(target, mean=(104, 117, 123), std=(1, 1, 1), bgr=True)
    target.eval()
    batch = pictures(2)
    seen = prep.normalize((batch * 255).float())
    expected = backbone.eval()(seen)[-1].permute(0, 2, 3, 1)
    expected = torch.nn.functional.layer_norm(expected, expected.shape[-1:])
    torch.testing.assert_close(
        target(batch), expected.permute(0, 3, 1, 2), atol=1e-4, rtol=1e-4
    )


def test_the_oldest_words_go():
    target = TeacherWords(words=6, renewed=2)
    attached(target)
    first = target.vocabulary.clone()
    target(pictures(4))
    assert torch.equal(target.vocabulary[:4], first[2:])
    torch.testing.assert_close(target.vocabulary.norm(dim=1), torch.ones(6))
    target.eval()
    kept = target.vocabulary.clone()
    shares = target(pictures(4))
    assert torch.equal(target.vocabulary, kept)
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(4, *shares.shape[-2:]))


def test_shares_of_the_teachers_words_cell_by_cell():
    target = TeacherWords(words=5, renewed=2, softness=0.3)
    attached(target)
    target.eval()
    batch = pictures(3)
    features = target.teacher(batch)
    n, _, rows, columns = features.shape
    far = torch.zeros(n, 5, rows, columns)
    for i in range(n):
        for y in range(rows):
            for x in range(columns):
                one = features[i, :, y, x] / features[i, :, y, x].norm()
                for k, word in enumerate(target.vocabulary):
                    far[i, k, y, x] = (one - word).square().sum()
    near = (-far / (0.3 * far.mean())).exp()
    expected = near / near.sum(dim=1, keepdim=True)
    torch.testing.assert_close(target(batch), expected, atol=1e-5, rtol=1e-4)


def test_a_fixed_network_sees_what_its_file_says(tmp_path):
    seen = dict(mean=(104, 117, 123), std=(2, 3, 4), bgr=True)
    config = dict(
        type="RotationPrediction",
        backbone=RESNET,
        data_preprocessor=dict(type="PicturePreprocessor") | seen,
    )
    model = build_model(config).eval()
    cfg = Config(dict(model=config, train_dataloader=dict(batch_size=4)))
    file = tmp_path / "encoder.pth"
    export_encoder(model.backbone, file, encoder_meta(model, cfg, {}, 1, 0))
    target = FixedNetwork(str(file))
    # The encoder that is trained and what it sees are others.
    attached(target, mean=(0, 0, 0), std=(1, 1, 1), bgr=False)
    batch = pictures(2)
    blue_first = (batch * 255).flip(1)
    mean, std = (torch.tensor(seen[k]).view(3, 1, 1) for k in ("mean", "std"))
    maps = model.backbone((blue_first - mean) / std)[-1]
    mean, std = (
        maps.mean(dim=1, keepdim=True),
        maps.std(dim=1, keepdim=True, correction=0),
    )
    torch.testing.assert_close(
        target.train()(batch), (maps - mean) / std, atol=1e-3, rtol=1e-3
    )
