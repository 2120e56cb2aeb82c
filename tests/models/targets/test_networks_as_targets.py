"""Teachers: that they follow, renew their words, and see pictures as they want them."""

import pytest
import torch
from models.pretext_cases import RESNET
from models.targets.cases import pictures

from ce_plugin.errors import InputError
from ce_plugin.models.targets import AveragedTeacher, TeacherWords
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
