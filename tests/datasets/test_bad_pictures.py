"""Bad pictures are passed over and named, until they are too many."""

import logging
from types import SimpleNamespace

import pytest
from mmengine.logging import MessageHub
from noise_case import CROP, fill, same

from ce_plugin.datasets import ImageFolder
from ce_plugin.engine.hooks import BadPictureHook
from ce_plugin.errors import InputError
from ce_plugin.structures import PretextSample

pytestmark = pytest.mark.usefixtures("noise_mask")


def spoil(folder, *numbers):
    for number in numbers:
        (folder / f"{number:03d}.png").write_bytes(b"broken" * number)


def test_bad_pictures_are_passed_over_and_named(tmp_path):
    root = fill(tmp_path, 10)
    spoil(root, 3, 4, 9)
    data = ImageFolder(str(root), transforms=CROP, mask=dict(type="NoiseForTest"))
    fresh = ImageFolder(str(root), transforms=CROP, mask=dict(type="NoiseForTest"))

    def told(index):
        sample = data[(index, 7)]["data_samples"]
        skipped = [path[-7:-4] for path in sample.skipped]
        return sample.path[-7:-4], skipped, sample.index

    assert told(2) == ("002", [], 2)
    assert told(3) == ("005", ["003", "004"], 3)
    assert told(4) == ("005", ["004"], 4)
    assert told(9) == ("000", ["009"], 9)
    # The history of a dataset has no influence.
    for index in (9, 4, 3):
        assert same(fresh[(index, 7)], data[(index, 7)])


def test_bad_pictures_stop_when_they_are_too_many(tmp_path):
    root = fill(tmp_path, 20)
    spoil(root, *range(6))
    with pytest.raises(InputError, match=r"5 of 20 .*000\.png \(empty file\).*max_bad"):
        ImageFolder(str(root))[0]
    data = ImageFolder(str(root), max_bad_share=0.3)
    assert data[0]["data_samples"].path.endswith("006.png")


def test_bad_pictures_only(tmp_path):
    root = fill(tmp_path, 3)
    spoil(root, 0, 1, 2)
    with pytest.raises(InputError, match=r"none of 3 pictures in a row.*002\.png"):
        ImageFolder(str(root))[1]


def test_bad_pictures_in_a_row_end_the_search(tmp_path):
    root = fill(tmp_path, 1)
    for i in range(1, 130):
        (root / f"{i:03d}.png").touch()
    data = ImageFolder(str(root), max_bad_share=1.0)
    with pytest.raises(InputError, match="none of 100 pictures in a row"):
        data[1]
    assert data[100]["data_samples"].path.endswith("000.png")


def test_a_resumed_run_counts_on(tmp_path):
    """Five that are more than a tenth of all end it, in one start or in two."""
    root = fill(tmp_path / "a", 40)
    runner = SimpleNamespace(
        message_hub=MessageHub("test_a_resumed_run_counts_on"),
        train_dataloader=SimpleNamespace(),
        logger=logging.getLogger(__name__),
    )

    def start(*names):
        runner.train_dataloader.dataset = ImageFolder(str(root))
        hook = BadPictureHook()
        hook.before_train(runner)
        for name in names:
            batch = dict(data_samples=PretextSample(metainfo=dict(skipped=[[name]])))
            hook.after_train_iter(runner, 0, batch)

    start("1", "2", "3", "4")
    start("4")
    with pytest.raises(InputError, match="5 of"):
        start("5")
