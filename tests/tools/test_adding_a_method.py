"""docs/adding-a-method.md, followed to the letter."""

import pytest
import torch
from adding import Page, passed, start
from runs import make_photos

PAGE = Page.read("adding-a-method")
SMALL = [
    "train_cfg.max_iters=2",
    "train_dataloader.batch_size=4",
    "train_dataloader.num_workers=0",
    "train_dataloader.persistent_workers=False",
]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the checkout with the document's blocks where they say."""
    return PAGE.checkout(tmp_path_factory.mktemp("checkout"))


def test_nothing_of_the_document_is_left_out():
    assert len(PAGE.blocks) == 6 and len(PAGE.commands) == 3
    (task,) = (
        block for where, block in PAGE.blocks.items() if "upside_down.py" in where
    )
    body = task.partition("class ")[2]
    assert len([line for line in body.splitlines() if line.strip()]) <= 20


@pytest.mark.slow
def test_it_trains_and_exports(checkout):
    start(PAGE.command("tools.train") + SMALL, checkout, checkout)
    work_dir = checkout / "work_dirs" / "upside-down_r18-96"
    encoder = torch.load(work_dir / "encoder.pth", weights_only=True)
    assert encoder["meta"]["pretext"] == "UpsideDown"
    assert encoder["meta"]["data"]["pictures"] == 8
    assert (work_dir / "iter_2.pth").exists()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_contract_takes_it_in(checkout):
    said = start(
        [*PAGE.command("pytest"), "-q", "-p", "no:cacheprovider"], checkout, checkout
    )
    assert passed(said) >= 9


@pytest.mark.slow
def test_the_benchmark_runs_it(checkout):
    said = start(PAGE.command("benchmarks/run.py"), checkout, checkout)
    assert "upside-down" in said and "failed" not in said


@pytest.mark.slow
def test_without_a_checkout(installed, tmp_path):
    task = PAGE.blocks["ce_plugin/models/pretexts/upside_down.py"]
    task = task.replace("from .base", "from ce_plugin.models.pretexts.base")
    (tmp_path / "upside_down.py").write_text(task)
    config = PAGE.blocks["configs/pretrain/upside-down_r18-96.py"]
    config = config.replace("../_base_", "ce_plugin::_base_")
    config += 'custom_imports = dict(imports=["upside_down"])\n'
    (tmp_path / "mine.py").write_text(config)
    make_photos(tmp_path / "photos", count=8)
    options = ["--cfg-options", "data_root=photos", *SMALL]
    train = ["python", "-m", "ce_plugin.tools.train", "mine.py", *options]
    start(train, tmp_path, installed)
    assert (tmp_path / "work_dirs" / "mine" / "encoder.pth").exists()
