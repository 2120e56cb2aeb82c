"""The hooks around target prediction: vocabulary before, norm statistics after."""

import logging
from types import SimpleNamespace

import pytest
import torch
from mmengine.logging import MessageHub
from models.pretext_cases import RESNET, pictures
from tiny import build_model
from torch.utils.data import Dataset

from ce_plugin.datasets import collate_samples
from ce_plugin.engine.hooks import (
    NormStatisticsHook,
    SafeCheckpointHook,
    TargetFitHook,
)
from ce_plugin.engine.hooks.norm_statistics import training_crops
from ce_plugin.engine.hooks.target_fit import SECONDS_KEY
from ce_plugin.errors import InputError
from ce_plugin.structures import PretextSample

WORDS = dict(words=dict(type="VisualWords", cell=8, words=6))


class Crops(Dataset):
    """Ten pictures with a hole; which draw it is shows in the first pixel."""

    def __init__(self):
        self.pictures = pictures(10, 0)
        self.asked = []

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, item):
        index, draw = item
        self.asked.append(item)
        picture = self.pictures[index].clone()
        picture[:, 0, 0] = draw
        sample = PretextSample(metainfo=dict(path=f"{index}.jpg", index=index))
        sample.mask = torch.zeros(1, 32, 32, dtype=torch.bool)
        sample.mask[:, :16, :16] = True
        return dict(inputs=picture, data_samples=sample)


def runner_of(model, work_dir="no/such/folder"):
    loader = SimpleNamespace(dataset=Crops(), collate_fn=collate_samples)
    return SimpleNamespace(
        model=model,
        train_dataloader=loader,
        seed=3,
        iter=6,
        work_dir=str(work_dir),
        message_hub=MessageHub.get_instance("target_hooks"),
        logger=logging.getLogger("test"),
    )


def make(targets=WORDS, **options):
    config = dict(type="TargetPrediction", backbone=RESNET, targets=targets)
    return build_model(config | options)


def test_crops_are_whole_and_drawn_again_where_they_are_few():
    model = make()
    runner = runner_of(model)
    batches = list(training_crops(runner, model, pictures=25, batch_size=10))
    assert [len(batch) for batch in batches] == [10, 10, 5]
    asked = runner.train_dataloader.dataset.asked
    assert asked[9:12] == [(9, 0), (0, 1), (1, 1)] and len(set(asked)) == 25
    unit = model.data_preprocessor.to_unit(batches[0])
    expected = runner.train_dataloader.dataset.pictures / 255
    torch.testing.assert_close(unit[..., 1:, 1:], expected[..., 1:, 1:])
    few = runner_of(model)
    list(training_crops(few, model, pictures=5, batch_size=5))
    assert [index for index, _ in few.train_dataloader.dataset.asked] == [0, 2, 4, 6, 8]


def test_fits_once_and_books_its_seconds():
    model = make()
    runner = runner_of(model)
    TargetFitHook(pictures=20, batch_size=10).before_train(runner)
    assert model.ready
    assert all(second > 0 for second in runner.message_hub.get_info(SECONDS_KEY))
    centres = model.targets["words"].centres.clone()
    other = make()
    TargetFitHook(pictures=20, batch_size=7).before_train(runner_of(other))
    torch.testing.assert_close(other.targets["words"].centres, centres)
    # What came from a checkpoint is kept.
    again = make()
    again.load_state_dict(model.state_dict())
    untouched = runner_of(again)
    TargetFitHook(pictures=20).before_train(untouched)
    assert not untouched.train_dataloader.dataset.asked
    assert torch.equal(again.targets["words"].centres, centres)


def test_a_model_without_targets_is_named():
    model = build_model(dict(type="RotationPrediction", backbone=RESNET))
    with pytest.raises(InputError, match="has no targets to fit"):
        TargetFitHook().before_train(runner_of(model))
    with pytest.raises(InputError, match="at least 1"):
        TargetFitHook(pictures=0)
    with pytest.raises(InputError, match="at least 1"):
        NormStatisticsHook(batch_size=0)


def test_statistics_are_the_mean_over_whole_pictures():
    model = make(dict(hog=dict(type="HOGTarget", cell=8))).train()
    # As if trained: statistics of something else.
    for norm in model.backbone.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            norm.running_mean.fill_(9.0)
    weights = {k: v.clone() for k, v in model.backbone.named_parameters()}
    runner = runner_of(model)
    NormStatisticsHook(pictures=10, batch_size=5).after_train(runner)
    first = model.backbone.net.model.bn1
    convolved = [
        model.backbone.net.model.conv1(batch)
        for batch in training_crops(runner, model, 10, 5)
    ]
    means = torch.stack([x.mean(dim=(0, 2, 3)) for x in convolved])
    variances = torch.stack([x.var(dim=(0, 2, 3)) for x in convolved])
    torch.testing.assert_close(first.running_mean, means.mean(dim=0))
    torch.testing.assert_close(first.running_var, variances.mean(dim=0))
    assert first.momentum == 0.1 and model.backbone.training and first.training
    for key, value in model.backbone.named_parameters():
        assert torch.equal(value, weights[key])


@pytest.mark.parametrize("step", [6, 4])
def test_the_last_checkpoint_has_the_statistics_of_the_export(step, tmp_path):
    """And a resumed run goes on with those of training."""
    model = make(dict(hog=dict(type="HOGTarget", cell=8))).train()
    trained = {k: v.clone() for k, v in model.state_dict().items()}
    path = tmp_path / f"iter_{step}.pth"
    torch.save(dict(meta=dict(iter=step), state_dict=trained), path)
    (tmp_path / "last_checkpoint").write_text(str(path))
    NormStatisticsHook(pictures=10).after_train(runner_of(model, tmp_path))
    kept = torch.load(path, weights_only=True)
    # One of an earlier step, in a run that was stopped, has other weights.
    expected = model.state_dict() if step == 6 else trained
    for key, value in kept["state_dict"].items():
        assert torch.equal(value, expected[key]), key
    runner = SimpleNamespace(model=model, _resume=True)
    SafeCheckpointHook().after_load_checkpoint(runner, kept)
    for key, value in kept["state_dict"].items():
        assert torch.equal(value, trained[key]), key
    first = next(key for key in trained if key.endswith("running_mean"))
    assert not torch.equal(model.state_dict()[first], trained[first])
