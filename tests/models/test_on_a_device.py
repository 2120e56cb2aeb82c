"""On a CUDA device that is not there: nothing is mixed up, and nothing waits.

Forward passes only: autograd asks for the device itself, and what runs backward are the
derivatives of what has been seen forward.
"""

import pytest
import torch
from models.fake_device import FakeDevice, Waits
from models.pretext_cases import PRETEXTS, RESNET, VARIANTS, fitted, plain, registered
from tiny import build_model

from ce_plugin.errors import InputError
from ce_plugin.models.classifiers import ImageClassifier
from ce_plugin.registry import MODELS

# What waits for the device in a step, and why it has to. None does.
ALLOWED: dict[str, dict[str, int]] = {}
# Operations that do not repeat bit for bit, where no gradient goes through them.
HARMLESS = {
    "Colorization": {"_adaptive_avg_pool2d"},
    "TargetPrediction": {"replication_pad2d"},
    "hidden words": {"replication_pad2d"},
}


def classes(labels):
    def make(n, seed):
        data = plain(n, seed)
        data["data_samples"].gt_label = labels(n)
        return data

    return make


def classifier(head, loss, **more):
    head.setdefault("num_classes", 5)
    return dict(type="ImageClassifier", backbone=RESNET, head=head, loss=loss) | dict(
        data_preprocessor=dict(type="PicturePreprocessor"), **more
    )


ONE = classes(lambda n: torch.arange(n))
SEVERAL = classes(lambda n: torch.ones(n, 5, dtype=torch.int8))
POOLED = dict(type="PooledLinear")
CLASSIFIERS = {
    "cross entropy": (classifier(POOLED, dict(type="CrossEntropyLoss")), ONE),
    "binary": (classifier(POOLED, dict(type="BinaryCrossEntropyLoss")), ONE),
    "several": (classifier(POOLED, dict(type="MultiLabelLoss")), SEVERAL),
    "frozen": (
        classifier(POOLED, dict(type="CrossEntropyLoss"), train_layers="head"),
        ONE,
    ),
    "layers": (
        classifier(
            dict(type="LayerwiseLinear", names=["last"], features=64),
            dict(type="CrossEntropyLoss"),
        ),
        ONE,
    ),
    "mixed": (
        classifier(
            POOLED,
            dict(type="CrossEntropyLoss"),
            mix=dict(type="MixupCutMix", num_classes=5),
        ),
        ONE,
    ),
}
CASES = {
    name: (dict(type=name) | case.config, case.batch)
    for name, case in (PRETEXTS | VARIANTS).items()
} | CLASSIFIERS


def test_every_pretext_and_classifier_has_a_row():
    classifiers = {
        name
        for name, cls in MODELS.module_dict.items()
        if isinstance(cls, type) and issubclass(cls, ImageClassifier)
    }
    assert classifiers == {"ImageClassifier"}
    assert set(registered()) <= set(CASES)


@pytest.mark.parametrize("mixed", [False, True], ids=["float32", "bfloat16"])
@pytest.mark.parametrize("name", sorted(CASES))
def test_placement_and_waits(name, mixed, monkeypatch):
    # Fake tensors have no numbers on the host either, where a look costs nothing.
    monkeypatch.setattr("ce_plugin.models.classifiers.mixing._host_seed", lambda: 0)
    look = "ce_plugin.models.classifiers.image_classifier.check_range"
    monkeypatch.setattr(look, lambda labels, _: labels.device.type == "cpu" or 1 / 0)
    config, batch = CASES[name]
    device, waits = FakeDevice(), Waits()
    model = device.take(fitted(build_model(config)).train())
    data = device.fake_batch(batch(4, 0))
    with device.running(waits, mixed):
        made = model.data_preprocessor(data, True)
        # No gradient goes through what happens to pictures.
        waits.unrepeatable.clear()
        waits.copies = 0
        total, log = model.parse_losses(model(**made, mode="loss"))
    assert {value.device.type for value in log.values()} == {"cuda"}
    assert {value.dtype for value in log.values()} == {torch.float32}
    assert total.requires_grad
    assert dict(waits.found) == ALLOWED.get(name, {})
    # A recorded step would repeat what it copied first.
    assert waits.copies == 0
    assert waits.unrepeatable == HARMLESS.get(name, set())


def test_what_waits_is_found():
    device, waits = FakeDevice(), Waits()
    x = device.move(torch.arange(3))
    with device.running(waits, False):
        with pytest.raises(Exception, match="nonzero"):
            x[x > 1]
        with pytest.raises(Exception, match="scalar"):
            x.sum().item()
        x.cpu()
        x.to("cpu", non_blocking=True)
        with pytest.raises(RuntimeError, match="cpu"):
            x + torch.zeros(3)
    assert waits.found == {
        "elsewhere: _local_scalar_dense": 1,
        "elsewhere: cuda to cpu": 1,
    }


def test_labels_are_looked_at_before_they_leave_the_host():
    config, batch = CASES["cross entropy"]
    model, data = build_model(config).train(), batch(4, 0)
    data["data_samples"].gt_label[2] = 5
    with pytest.raises(InputError, match="the label 5, but the head has num_classes=5"):
        model.data_preprocessor(data, True)
