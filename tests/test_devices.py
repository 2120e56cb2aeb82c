"""A device that is not there is one line, wherever one is named."""

import pytest
import torch

from ce_plugin.devices import device_of
from ce_plugin.errors import InputError
from ce_plugin.inpainting.fillers.build import build_filler
from ce_plugin.zoo import GENERATOR

WRONG = {"cud": "is not known to torch", "cuda:99": "torch finds .* CUDA devices"}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_one_is_named(name):
    with pytest.raises(InputError, match=f"the device {name}.* {WRONG[name]}"):
        device_of(name)
    with pytest.raises(InputError, match=WRONG[name]):
        build_filler("encoder-decoder", GENERATOR, name)


def test_without_a_name_it_is_the_best_there_is():
    assert device_of().type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert device_of(torch.device("cpu")) == torch.device("cpu")
