"""What the metric sums are the draws of the dataset."""

import numpy as np
import pytest
import torch
from voc_folder import make_voc

from ce_plugin.datasets import VOC_CLASSES, VOCLabels, collate_samples
from ce_plugin.evaluation import VOCMultiLabelAP
from ce_plugin.evaluation.metrics.average_precision import average_precision
from ce_plugin.registry import MODELS

DRAWS = 3


def test_figures_are_those_of_the_sum_of_single_draws(tmp_path):
    voc = make_voc(tmp_path, years=["2007"], pictures=8)
    crop = [dict(type="VOCRandomSquareCrop", size=32)]
    options = dict(image_set="trainval", transforms=crop, seed=3)
    data = VOCLabels(voc, **options, crops_per_picture=DRAWS)
    torch.manual_seed(0)
    model = MODELS.build(
        dict(
            type="ImageClassifier",
            backbone=torch.nn.Conv2d(3, 16, 5, stride=4),
            head=dict(type="PooledLinear", num_classes=20),
            loss=dict(type="MultiLabelLoss"),
            data_preprocessor=dict(type="InpaintingPreprocessor"),
        )
    ).eval()

    metric = VOCMultiLabelAP()
    metric.dataset_meta = data.metainfo
    for start in range(0, len(data), 5):
        items = [data[i] for i in range(start, min(start + 5, len(data)))]
        samples = model.val_step(collate_samples(items))
        metric.process(None, [sample.to_dict() for sample in samples])
    figures = metric.evaluate(size=len(data))

    # Picture by picture, draw by draw.
    sums = np.zeros((8, DRAWS, 20))
    for picture in range(8):
        for draw in range(DRAWS):
            one = collate_samples([data[DRAWS * picture + draw]])
            sums[picture, draw] = model.val_step(one)[0].scores.numpy()
    # The draws of a picture differ, and its label is theirs.
    assert np.abs(sums[:, 0] - sums[:, 1]).max() > 1e-3
    labels = data.labels.numpy()
    for name, scores in (
        ("mAP_1-draw", sums[:, 0]),
        (f"mAP_{DRAWS}-draws", sums.sum(1)),
    ):
        values = [average_precision(s, y) for s, y in zip(scores.T, labels.T)]
        wanted = 100 * np.nanmean(values)
        assert figures[f"voc/{name}"] == pytest.approx(wanted)
    there = {c for c, y in zip(VOC_CLASSES, labels.T) if (y > 0).any()}
    named = {key[7:] for key in figures if key.startswith("voc/AP_")}
    assert named == there and 0 < len(there) < 20
