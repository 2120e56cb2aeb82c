"""Target prediction: which cells count, from what is seen, and what is shown."""

import pytest
import torch
from models.pretext_cases import RESNET, SIZE, plain
from models.pretexts.target_prediction_case import HOG, batch, losses, make, prepared
from tiny import build_model

from ce_plugin.errors import InputError
from ce_plugin.models.base import PretextSample
from ce_plugin.models.heads import CellHead
from ce_plugin.models.targets import PixelTarget
from ce_plugin.models.targets.compare import cell_weights

WORDS = dict(type="VisualWords", cell=8, words=8)


def test_cells_hidden_whole_seen_whole_and_all():
    mask = torch.zeros(1, 1, 16, 24, dtype=torch.bool)
    mask[..., :12] = True
    assert cell_weights(mask, 8, "hole")[0, 0].tolist() == [[1, 0, 0], [1, 0, 0]]
    assert cell_weights(mask, 8, "visible")[0, 0].tolist() == [[0, 0, 1], [0, 0, 1]]
    assert cell_weights(mask, 8, "all")[0, 0].tolist() == [[1, 1, 1], [1, 1, 1]]


@pytest.mark.parametrize("region", ["hole", "visible", "all"])
def test_the_loss_is_that_of_the_cells_of_the_region(region):
    model = make(dict(hog=dict(target=HOG, region=region, weight=3.0)))
    inputs, samples = prepared(model, batch())
    found = model.loss(inputs, samples)["loss_hog"]
    target = model.targets["hog"](model.data_preprocessor.to_unit(samples.target))
    prediction = model.heads["hog"](model.extract_feat(inputs)[-1])
    error = (prediction - target).square().mean(dim=1)
    half = dict(hole=error[..., :2], visible=error[..., 2:], all=error)[region]
    torch.testing.assert_close(found, 3 * half.mean())


def test_what_is_hidden_is_not_seen():
    """Another left half under the hole changes the target and nothing else."""
    model, data = make(), batch()
    inputs, samples = prepared(model, data)
    data["inputs"] = data["inputs"].clone()
    data["inputs"][..., : SIZE // 2] = 255 - data["inputs"][..., : SIZE // 2]
    again, other = prepared(model, data)
    assert torch.equal(inputs, again)
    assert not torch.equal(samples.target, other.target)


def test_without_a_mask_all_cells_of_the_whole_picture_count():
    model, data = make(), plain(4, 0)
    inputs, samples = prepared(model, data)
    found = model.loss(inputs, samples)["loss_hog"]
    target = model.targets["hog"](model.data_preprocessor.to_unit(inputs))
    prediction = model.heads["hog"](model.extract_feat(inputs)[-1])
    torch.testing.assert_close(found, (prediction - target).square().mean())


def test_holes_begin_when_told():
    model = make(holes_from=0.5)
    without = losses(make(), plain(4, 0))["loss_hog"]
    model.progress = 0.4
    torch.testing.assert_close(losses(model, batch())["loss_hog"], without)
    model, reference = make(holes_from=0.5), make()
    model.progress = 0.5
    torch.testing.assert_close(losses(model, batch()), losses(reference, batch()))


def test_halves_see_what_the_other_predicts():
    model = make(halves=True)
    inputs, samples = prepared(model, batch())
    seen, whole, mask = model.parts(inputs, samples)
    assert len(seen) == 8 and len(whole) == 4
    assert torch.equal(mask[:4], ~mask[4:])
    torch.testing.assert_close(torch.where(mask[4:], seen[:4], seen[4:]), whole)
    model.eval()
    assert len(model.parts(inputs, samples)[0]) == 4


def test_without_holes_there_is_nothing_to_match():
    """Both parts would be the same picture."""
    late = make(match=dict(), holes_from=0.5)
    late.progress = 0.4
    for model, data in ((late, batch()), (make(match=dict()), plain(4, 0))):
        with pytest.raises(InputError, match="match needs masks, and no holes_from"):
            losses(model, data)
    late.progress = 0.5
    assert losses(late, batch())["loss_match"] > 0


@pytest.mark.parametrize("halves", [True, False])
def test_parts_are_matched(halves):
    model = make(halves=halves, match=dict(weight=0.5, temperature=0.2))
    found = losses(model, batch())
    assert set(found) == {"loss_hog", "loss_match"}
    found["loss_match"].backward()
    first = next(p for p in model.backbone.parameters() if p.ndim == 4)
    assert first.grad.abs().sum() > 0


def test_a_bag_shares_its_words():
    # In the order of a dumped config.
    targets = dict(bag=dict(target=dict(type="BagOfWords", words="words")), words=WORDS)
    model = make(targets)
    assert model.shown == "bag"
    with pytest.raises(InputError, match="TargetFitHook"):
        losses(model, batch())
    inputs, samples = prepared(model, batch(8))
    model.fit([samples.target], seed=0)
    assert model.ready
    keys = [key for key in model.state_dict() if key.endswith("centres")]
    assert keys == ["targets.words.centres"]
    described = model.describe(model.data_preprocessor.to_unit(samples.target))
    pictures = model.data_preprocessor.to_unit(samples.target)
    torch.testing.assert_close(described["bag"], model.targets["bag"](pictures))
    assert set(model.loss(inputs, samples)) == {"loss_words", "loss_bag"}


def test_a_filled_hole_holds_the_next_picture():
    model = make(data_preprocessor=dict(type="InpaintingPreprocessor", fill="picture"))
    inputs, samples = prepared(model, batch())
    expected = torch.where(samples.mask, samples.target.roll(1, 0), samples.target)
    assert torch.equal(inputs, expected)
    # Where there is no other picture it is not its own, and no other tells of it.
    holes = torch.where(samples.mask, torch.zeros(()), samples.target)
    one, alone = prepared(model, batch(1))
    assert torch.equal(one, torch.where(alone.mask, torch.zeros(()), alone.target))
    assert torch.equal(model.data_preprocessor(batch(), False)["inputs"], holes)


def test_both_halves_hold_swapped_pixels():
    swap = dict(type="SwapPreprocessor")
    model = make(halves=True, data_preprocessor=swap)
    data = batch()
    data["data_samples"].set_metainfo(dict(index=[0, 1, 2, 3], draw=[0] * 4))
    inputs, samples = prepared(model, data)
    seen, whole, mask = model.parts(inputs, samples)
    for part, hole in ((seen[:4], mask[:4]), (seen[4:], mask[4:])):
        assert torch.equal(part[~hole.expand_as(part)], whole[~hole.expand_as(part)])
        changed = (part != whole)[hole.expand_as(part)].float().mean()
        assert 0.5 < changed < 0.95
        found, known = (set(x[:, 0, 3, 5].tolist()) for x in (part, whole))
        assert found <= known


def test_a_hole_of_noise_belongs_to_the_sample():
    model = make(data_preprocessor=dict(type="InpaintingPreprocessor", fill="noise"))
    data = batch(64)
    data["data_samples"].key = torch.arange(64)
    inputs, samples = prepared(model, data)
    noise = inputs[samples.mask.expand_as(inputs)]
    assert noise.mean().abs() < 0.02 and (noise.std() - 1).abs() < 0.02
    assert torch.equal(inputs[..., SIZE // 2 :], samples.target[..., SIZE // 2 :])
    assert torch.equal(prepared(model, data)[0], inputs)
    with pytest.raises(InputError, match="fill is one of mean, noise, picture"):
        make(data_preprocessor=dict(type="InpaintingPreprocessor", fill="sky"))


def test_a_target_of_version_0_1_still_follows():
    """Its ``follow`` takes the progress, and is told so."""
    with pytest.warns(DeprecationWarning, match="Old.follow takes the progress"):

        class Old(PixelTarget):
            def follow(self, backbone, progress):
                self.at = progress

    model = make(dict(pixels=Old(cell=8)))
    model.progress = 0.25
    losses(model, batch())
    assert model.targets["pixels"].at == 0.25
    model = make(dict(pixels=dict(type="OtherPicture", of=Old(cell=8))))
    model.progress = 0.5
    losses(model, batch())
    assert model.targets["pixels"].target.at == 0.5
    assert not PixelTarget.follows_by_progress


def test_heads_at_another_stage():
    backbone = RESNET | dict(out_indices=(2, 4))
    targets = dict(
        fine=dict(target=HOG, stage=0),
        coarse=dict(target=dict(type="HOGTarget", cell=32), stage=-1),
    )
    model = make(targets, backbone=backbone)
    assert set(losses(model, batch())) == {"loss_fine", "loss_coarse"}


def test_the_order_of_the_weights_is_that_of_a_dumped_config():
    """An optimizer's state goes by the order; the keys of a dump are sorted."""
    given = dict(
        words=WORDS, bag=dict(type="BagOfWords", words="words"), fine=dict(target=HOG)
    )
    one, two = make(given), make(dict(sorted(given.items())))
    assert list(one.targets) == ["fine", "words", "bag"]
    assert one.shown == two.shown == "bag"
    for (name, a), (other, b) in zip(one.named_parameters(), two.named_parameters()):
        assert name == other and torch.equal(a, b)


@pytest.mark.parametrize("side", [48, 80])
@pytest.mark.parametrize(
    ("target", "said"),
    [
        (HOG, "sides are multiples of 32 px"),
        (dict(type="AveragedTeacher"), "do not divide into cells of 32 px"),
    ],
)
def test_a_crop_that_the_map_does_not_divide(target, said, side):
    """Its last row would be of cells that are not there."""
    model = make(dict(x=target))
    assert model.features.out_strides[-1] == 32
    mask = torch.zeros(2, 1, side, side, dtype=torch.bool)
    data = dict(
        inputs=torch.zeros(2, 3, side, side, dtype=torch.uint8),
        data_samples=PretextSample(mask=mask),
    )
    with pytest.raises(InputError, match=said):
        losses(model, data)


def test_a_head_reaches_finer_and_coarser_cells():
    x = torch.randn(2, 4, 4, 4)
    assert CellHead(4, 5, 32, 8, 6)(x).shape == (2, 5, 16, 16)
    assert CellHead(4, 5, 8, 16, 6)(x).shape == (2, 5, 2, 2)
    head = CellHead(4, 5, 32, 8, 6).eval()
    moved = x.clone()
    moved[:, :, 0, 0] += 1
    changed = (head(moved) != head(x)).any(dim=(0, 1))
    assert changed[:4, :4].any() and not changed[4:].any() and not changed[:, 4:].any()
    with pytest.raises(InputError, match="one has to divide the other"):
        CellHead(4, 5, 32, 12, 6)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (dict(targets=dict(hog=dict(target=HOG, region="sky"))), "not 'sky'"),
        (dict(targets=dict(hog=dict(target=HOG, stage=2))), "no stage 2"),
        (dict(targets=dict(hog=dict(target=HOG, wait=2))), "not wait"),
        (dict(targets=dict(x=dict(type="ReconstructionLoss"))), "is no target"),
        (
            dict(targets=dict(b=dict(type="BagOfWords", words="w"))),
            "no target with words",
        ),
        (
            dict(
                targets=dict(
                    words=WORDS,
                    bag=dict(
                        type="OtherPicture", of=dict(type="BagOfWords", words="words")
                    ),
                )
            ),
            "words='words' is the name of a target",
        ),
        (dict(holes_from=2.0), "holes_from: 0 to 1, not 2"),
        (dict(match=dict(temp=0.5)), "match takes weight and temperature, not temp"),
    ],
)
def test_mistakes_are_named(options, said):
    with pytest.raises(InputError, match=said):
        make(**options)
    with pytest.raises(InputError, match="needs a target"):
        build_model(dict(type="TargetPrediction", backbone=RESNET, targets={}))
