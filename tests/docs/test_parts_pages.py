"""Every part and every config stands on its page; the paper's constants are theirs."""

import re

import pytest
from mmengine.config import Config
from runs import ROOT

from ce_plugin.datasets import PictureDataset
from ce_plugin.models import backbones, bottlenecks, decoders, discriminators
from ce_plugin.registry import FILLERS, MASKS, MODELS

DOCS = ROOT / "docs"
PRETRAIN = ROOT / "configs" / "pretrain"


def named(*pages: str) -> set[str]:
    """What stands between backticks, up to a bracket or space, and all Python files."""
    text = "".join((DOCS / page).read_text() for page in pages)
    spans = re.findall(r"`([^`\n]+)`", text)
    files = re.findall(r"[\w.-]+\.py", text)
    return {re.split(r"[( ,]", span)[0] for span in spans} | set(files)


def public(module) -> set[str]:
    """The registered parts of a package."""
    return {name for name in module.__all__ if name in MODELS.module_dict}


def test_masks():
    MASKS.import_from_location()
    assert set(MASKS.module_dict) <= named("masks.md")


def test_fillers():
    FILLERS.import_from_location()
    names = {cls.name for cls in FILLERS.module_dict.values()} | set(
        FILLERS.module_dict
    )
    assert len(names) >= 14 and names <= named("inpainting.md")


def test_kinds_of_datasets():
    """All but the one with labels, which belongs to classification."""
    names = {"Pictures", *(cls.__name__ for cls in PictureDataset.__subclasses__())}
    assert len(names) >= 6 and names - {"ImageLabels"} <= named("pretraining.md")


@pytest.mark.parametrize(
    "package",
    [backbones, bottlenecks, decoders, discriminators],
    ids=lambda p: p.__name__,
)
def test_encoders_and_what_follows_them(package):
    names = public(package)
    assert names and names <= named("encoders.md")


def test_configs():
    """Those of the paper, of hidden words, of the rivals, and of the tasks."""
    pages = [path.name for path in DOCS.glob("*.md")]
    told = named(*pages)
    missing = []
    for path in (ROOT / "configs").rglob("*.py"):
        if "_base_" in path.parts:
            continue
        short = path.stem.rpartition("_")[2]
        rival = path.stem.partition("_")[0]
        if not {path.name, f"..._{short}.py", f"..._region-{short}.py", rival} & told:
            missing.append(path.name)
    assert missing == []


@pytest.fixture(scope="module")
def constants():
    text = (DOCS / "paper-and-code.md").read_text().partition("## Constants")[2]
    tables = text.split("Of the feature network")
    rows = [re.findall(r"^\| ([^|]+?) \| (.+?) \|$", t, re.MULTILINE) for t in tables]
    return [dict(table) for table in rows]


def test_constants_of_the_inpainting_network(constants):
    told, _ = constants
    cfg = Config.fromfile(PRETRAIN / "context-encoder_dcgan_center-128.py")
    resize, crop, _ = cfg.train_dataloader.dataset.transforms
    assert f"side to {resize['size']} px, a crop of {crop['size']}" in told["pictures"]
    overlap = cfg.train_dataloader.dataset.mask.overlap
    assert f"{64 - 2 * overlap}x{64 - 2 * overlap} of it" in told["centre"]
    assert f"a ring of {overlap} px" in told["centre"]
    inner = (64 - 2 * overlap) ** 2
    ring = 10 * (64**2 - inner)
    assert ring / (ring + inner) == pytest.approx(0.75, abs=0.01)
    assert "three quarters" in told["ring"]
    model = MODELS.build(cfg.model)
    generator = sum(p.numel() for part in model.generator for p in part.parameters())
    judge = sum(p.numel() for p in model.discriminator.parameters())
    assert f"{generator / 1e6:.1f} million" in told["generator"]
    assert f"{judge / 1e6:.1f} million" in told["discriminator"]
    weight, adversarial = model.loss_weights
    assert f"{weight} L2 and {adversarial:.3f}".replace("0.", ".") in told["loss"]
    adam = cfg.optim_wrapper.optimizer
    assert f"beta1 {adam.betas[0]}".replace("0.", ".") in told["optimizers"]
    assert adam.lr == 2e-4 and "2e-4 for the discriminator" in told["optimizers"]
    assert told["batch"].startswith(f"{cfg.train_dataloader.batch_size}, ")
    assert cfg.train_dataloader.sampler.replacement


def test_constants_of_the_feature_network(constants):
    _, told = constants
    cfg = Config.fromfile(PRETRAIN / "context-encoder_caffenet_region-227.py")
    model = MODELS.build(cfg.model)
    weights = sum(p.numel() for p in model.backbone.parameters())
    assert f"{weights:,} weights" in told["encoder"]
    across = next(p for p in model.bottleneck.parameters() if p.ndim > 1).numel()
    assert f"{across:,} weights" in told["channel-wise layer"]
    assert "at 227 px" in told["encoder"]
    assert "kernel 5, stride 2" in told["decoder"]
    mean = tuple(int(value) for value in cfg.model.data_preprocessor.mean)
    assert f"BGR in 0..255 minus {mean}" in told["pictures"]
