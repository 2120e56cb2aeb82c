"""Whose mask and whose noise a picture's hole has."""

import torch
from models.pretext_cases import holes

from ce_plugin.models.preprocessor import InpaintingPreprocessor
from ce_plugin.structures import PretextSample


def test_one_mask_for_a_batch_in_training_alone():
    prep = InpaintingPreprocessor(one_mask_per_batch=True)
    data = holes(6, 0)
    own, shared = data["data_samples"].mask, data["data_samples"].mask[:1]
    assert torch.equal(prep(data, True)["data_samples"].mask, shared.expand_as(own))
    assert torch.equal(prep(data)["data_samples"].mask, own)


def test_noise_in_held_out_holes_is_the_pictures_own():
    prep = InpaintingPreprocessor(fill="noise")
    data = holes(6, 0)
    data["data_samples"].set_metainfo(dict(index=[*range(6)]))
    first = prep(data)["inputs"]
    assert torch.equal(prep(data)["inputs"], first)
    one = PretextSample(mask=data["data_samples"].mask[4:5], metainfo=dict(index=[4]))
    alone = prep(dict(inputs=data["inputs"][4:5], data_samples=one))["inputs"]
    assert torch.equal(alone[0], first[4])
    assert not torch.equal(prep(data, True)["inputs"], first)
