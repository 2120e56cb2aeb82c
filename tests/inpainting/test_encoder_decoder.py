"""A Context Encoder as a filler does what the network itself does."""

import time
import tracemalloc

import numpy as np
import pytest
import torch
from fillers_case import CENTER, REGION, box, checkpoint, smooth
from tiny import RELEASED, build_model, dcgan_config

from ce_plugin.checkpoints.load.model import load_model
from ce_plugin.errors import InputError
from ce_plugin.inpainting.fillers import EncoderDecoder
from ce_plugin.structures import PretextSample
from ce_plugin.zoo import GENERATOR


def predicted(path, picture, mask):
    """The network's own composite, uint8."""
    model, _ = load_model(path)
    sample = PretextSample(mask=torch.from_numpy(mask)[None, None])
    inputs = torch.from_numpy(picture).permute(2, 0, 1)[None]
    with torch.no_grad():
        (found,) = model.test_step(dict(inputs=inputs, data_samples=sample))
    composite = found.composite.permute(1, 2, 0).mul(255).round()
    return composite.to(torch.uint8).numpy()


@pytest.mark.parametrize("window", ["center", "full"])
def test_at_the_networks_size_it_is_the_network(tmp_path, window):
    path = checkpoint(tmp_path, window)
    filler = EncoderDecoder(path, device="cpu")
    picture, hole = smooth(128, 128), box(128, 128, (36, 92, 36, 92))
    if window == "full":
        hole = box(128, 128, (6, 60, 10, 40), (80, 100, 80, 120))
    (filling,) = filler([picture], [hole])
    # The filler shows mid grey in the hole, the preprocessor its own fill.
    assert np.array_equal(filling.composite, predicted(path, picture, hole))
    assert not filling.notes


@pytest.mark.parametrize("change", ["one mask", "noise in holes", "noise in code"])
def test_a_pictures_filling_is_its_own(tmp_path, change):
    """Whatever else is in the batch, and with one seed always the same."""
    config = dcgan_config(64, "full", joint=False)
    if change == "noise in code":
        config["backbone"] = config["backbone"] | dict(noise_channels=4)
    else:
        option = dict(fill="noise") if "noise" in change else {}
        config["data_preprocessor"] = RELEASED | dict(one_mask_per_batch=True) | option
    model = build_model(config)
    with torch.no_grad():
        # As they are drawn, what is seen hardly changes what comes out.
        for weights in model.parameters():
            weights.mul_(6 if weights.ndim == 4 else 1)
    meta = dict(model=config, mask=REGION, picture_size=64)
    path = tmp_path / "whole.pth"
    torch.save(dict(state_dict=model.state_dict(), meta=meta), path)
    filler = EncoderDecoder(path, device="cpu")
    pictures = [smooth(64, 64, seed) for seed in (0, 1)]
    holes = [box(64, 64, (4, 30, 4, 30)), box(64, 64, (34, 60, 34, 60))]
    together = filler(pictures, holes, [5, 6])
    for picture, hole, seed, found in zip(pictures, holes, (5, 6), together):
        (alone,) = filler([picture], [hole], [seed])
        far = alone.composite.astype(int) - found.composite
        assert np.abs(far).max() <= 1
        (other,) = filler([picture], [hole], [seed + 1])
        differs = np.abs(other.composite.astype(int) - found.composite).max() > 1
        assert differs == ("noise" in change)


@pytest.mark.parametrize("side", [66, 67])
def test_a_center_whose_side_4_does_not_divide(tmp_path, side):
    config = dict(
        type="ContextEncoder",
        data_preprocessor=RELEASED,
        backbone=dict(type="TimmBackbone", model_name="resnet18", channels=(8,) * 4),
        decoder=dict(type="UpConvDecoder", channels=(8, 8, 3), norm="bn"),
        window="center",
    )
    path = tmp_path / "whole.pth"
    mask = dict(type="CenterRegion", overlap=2)
    meta = dict(model=config, mask=mask, picture_size=side)
    torch.save(dict(state_dict=build_model(config).state_dict(), meta=meta), path)
    filler = EncoderDecoder(path, device="cpu")
    picture, hole = smooth(side, side), filler.trained.fixed
    (filling,) = filler([picture], [hole])
    assert np.array_equal(filling.composite, predicted(path, picture, hole))


def test_a_center_network_always_sees_its_hole(tmp_path):
    """Whatever part is to be filled, nothing changes in what the network is shown."""
    path = checkpoint(tmp_path, "center")
    filler = EncoderDecoder(path, device="cpu")
    picture = smooth(128, 128)
    whole, part = box(128, 128, (36, 92, 36, 92)), box(128, 128, (36, 92, 36, 60))
    first, second = filler([picture] * 2, [whole, part])
    far = first.composite[:, :60].astype(int) - second.composite[:, :60]
    # The part's window may be placed elsewhere only where the picture allows it.
    assert np.abs(far).max() <= 1


def test_holes_unlike_those_of_the_training(tmp_path):
    filler = EncoderDecoder(checkpoint(tmp_path, "center"), device="cpu")
    picture, hole = smooth(128, 128), box(128, 128, (0, 40, 40, 80))
    (filling,) = filler([picture], [hole])
    assert any("trained" in note for note in filling.notes)
    strict = EncoderDecoder(checkpoint(tmp_path, "center"), strict=True, device="cpu")
    with pytest.raises(InputError, match="trained"):
        strict([picture], [hole])
    assert strict([picture], [box(128, 128, (40, 80, 40, 80))])[0].notes == ()


def test_the_training_says_the_holes_or_the_user_does(tmp_path):
    path = checkpoint(tmp_path, "full", mask=dict(type="RandomBlock"))
    assert EncoderDecoder(path, device="cpu").trained.largest_share <= 0.25
    given = EncoderDecoder(path, masks=dict(REGION), device="cpu")
    assert given.trained.largest_share > 0.25
    path = checkpoint(tmp_path, "center", mask=dict(CENTER))
    file = torch.load(path)
    del file["meta"]["mask"], file["meta"]["picture_size"]
    torch.save(file, path)
    trained = EncoderDecoder(path, device="cpu").trained
    assert trained.fixed.sum() == 56 * 56  # the released overlap, 4 of 128 pixels


@pytest.mark.parametrize("window", ["center", "full"])
def test_a_blended_hole_has_no_seam(tmp_path, window):
    picture, hole = smooth(128, 128), box(128, 128, (36, 92, 36, 92))
    network = checkpoint(tmp_path, window)
    (plain,) = EncoderDecoder(network)([picture], [hole])
    (blended,) = EncoderDecoder(network, blend=True)([picture], [hole])
    seams = []
    for filling in (plain, blended):
        across = filling.composite[35:37, 36:92].astype(int)
        seams.append(abs(across[1] - across[0]).mean())
    assert seams[1] < 0.2 * seams[0]
    assert np.array_equal(blended.composite[~hole], picture[~hole])
    # What is added has no bumps of its own: the prediction's are all that is there.
    added = (blended.composite.astype(float) - plain.composite).mean(axis=2)
    assert added[50:78, 50:78].std() < 0.5 * added[36:92, 36:92].std()


def test_without_a_checkpoint_it_is_the_packaged_generator():
    own, named = EncoderDecoder(), EncoderDecoder(GENERATOR)
    picture, hole = smooth(128, 128), box(128, 128, (40, 90, 40, 90))
    (one,), (other,) = (filler([picture], [hole]) for filler in (own, named))
    assert np.array_equal(one.composite, other.composite) and not one.notes


def test_many_windows_in_small_batches(tmp_path):
    path = checkpoint(tmp_path, "full")
    picture = smooth(200, 300)
    hole = box(
        200, 300, *((y, y + 9, x, x + 9) for y in (20, 150) for x in range(10, 280, 90))
    )
    found = [
        EncoderDecoder(path, device="cpu", batch_size=n)([picture], [hole])[0].composite
        for n in (1, 4)
    ]
    assert np.abs(found[0].astype(int) - found[1]).max() <= 1


def test_a_large_picture_takes_seconds_and_little_memory(tmp_path):
    filler = EncoderDecoder(checkpoint(tmp_path, "full"), device="cpu")
    picture = np.zeros((3000, 4000, 3), np.uint8)
    hole = box(3000, 4000, (1000, 1150, 2000, 2200))
    tracemalloc.start()
    start = time.process_time()
    filler([picture], [hole])
    seconds, (_, peak) = time.process_time() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 20
    # What is known, what is painted and the composite, and little else.
    assert peak < 4 * picture.nbytes
