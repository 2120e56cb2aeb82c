"""Every config is built and runs two iterations at reduced size."""

import pytest
import torch
from runs import ROOT

from ce_plugin.engine.config import check_config, hand_out, load_config
from ce_plugin.errors import InputError
from ce_plugin.models.pretexts import Pretext
from ce_plugin.registry import MODELS

CONFIGS = sorted(
    path for path in (ROOT / "configs").rglob("*.py") if "_base_" not in path.parts
)
# The downstream ones have tests of their own beside this folder.
PRETRAIN = [path for path in CONFIGS if path.parent.name in ("configs", "pretrain")]
NARROW = dict(type="TimmBackbone", model_name="resnet18", channels=(8, 16, 32, 64))


def with_size(part, size):
    """``part`` of a config with every crop of ``size`` pixels."""
    if isinstance(part, dict):
        return {
            key: size if key == "size" else with_size(value, size)
            for key, value in part.items()
        }
    return [with_size(x, size) for x in part] if isinstance(part, list) else part


def reduce(cfg, work_dir):
    """Smaller in every way that leaves what the config is about."""
    cfg.work_dir, cfg.data_root = str(work_dir), None
    cfg.train_cfg.update(max_iters=2, val_interval=10)
    cfg.default_hooks.checkpoint.update(interval=100, save_last=False)
    names = ("train_dataloader", "val_dataloader")
    loaders = [cfg[name] for name in names if cfg.get(name)]
    loaders[-1].dataset.pop("crops_per_picture", None)
    wide = cfg.model.backbone.get("model_name") == "resnet50"
    if wide and cfg.model.type != "ContextEncoder":
        # Many views of each picture: the time would go into the encoder alone.
        cfg.model.backbone = NARROW
        for loader in loaders:
            loader.dataset.transforms = with_size(loader.dataset.transforms, 64)
    if str(cfg.model.backbone.get("model_name")).startswith("vit_"):
        cfg.model.backbone.depth = 2
    for hook in cfg.custom_hooks:
        if hook.type in ("TargetFitHook", "NormStatisticsHook"):
            hook.update(pictures=48, batch_size=16)
    for loader in loaders:
        loader.update(
            batch_size=2, num_workers=0, persistent_workers=False, pin_memory=False
        )
    for part in ("backbone", "decoder", "discriminator"):
        if str(cfg.model.get(part, {}).get("type")).startswith("DCGAN"):
            cfg.model[part].base_channels = 8
    if cfg.model.backbone.type == "DCGANEncoder":
        cfg.model.backbone.bottleneck = (
            None if cfg.model.backbone.get("bottleneck", 1) is None else 32
        )
    return cfg


@pytest.mark.slow
@pytest.mark.parametrize("path", PRETRAIN, ids=lambda path: path.stem)
def test_two_iterations(path, tmp_path):
    from mmengine.logging import MessageHub
    from mmengine.registry import init_default_scope
    from mmengine.runner import Runner

    cfg = hand_out(reduce(load_config(str(path), []), tmp_path))
    check_config(cfg)
    cfg.experiment_name = path.stem
    runner = Runner.from_cfg(cfg)
    try:
        runner.train()
        hub = MessageHub.get_current_instance()
        losses = hub.get_scalar("train/loss").data[0]
        assert len(losses) >= 2 and all(torch.isfinite(torch.tensor(losses)))
        assert (tmp_path / "encoder.pth").exists()
    finally:
        init_default_scope("mmengine")


def test_a_variable_of_a_config_is_no_option():
    with pytest.raises(InputError, match=r"mask is a variable .*set train_dataloader"):
        load_config("pretrain_ce.py", ["mask.type=CenterRegion"])
    option = "train_dataloader.dataset.mask.kind=noise"
    assert load_config("pretrain_ce.py", [option])


def test_the_test_s_part_stays_the_validation_s():
    """Where a config says ``test_dataloader = val_dataloader``, and no option else."""
    name, option = "fcn_r18-d8_own.py", "val_dataloader.dataset.img_suffix=.png"
    cfg = load_config(name, [option])
    assert cfg.test_dataloader == cfg.val_dataloader
    assert cfg.test_dataloader.dataset.img_suffix == ".png"
    other = "test_dataloader.dataset.img_suffix=.tif"
    cfg = load_config(name, [option, other])
    endings = [cfg[f"{x}_dataloader"].dataset.img_suffix for x in ("val", "test")]
    assert endings == [".png", ".tif"]


def test_the_default_job_can_be_built_on(tmp_path):
    """docs/pretraining.md has such a config."""
    page = (ROOT / "docs" / "pretraining.md").read_text()
    text = page.split("```python\n")[1].split("```")[0]
    # What mim finds it by asks for an installed package: test_base_across_packages.
    base = "ce_plugin::_base_/../pretrain_ce.py"
    assert f'"{base}"' in text
    text = text.replace(base, f"{ROOT}/configs/pretrain_ce.py")
    (tmp_path / "mine.py").write_text(text)
    cfg = load_config(str(tmp_path / "mine.py"), [])
    holes = [cfg[f"{part}_dataloader"].dataset.mask for part in ("train", "val")]
    assert holes == [dict(type="GridPatches", patch_size=16, ratio=0.4)] * 2
    assert cfg.train_cfg.max_iters == 2000 and cfg.model.type == "ContextEncoder"


@pytest.mark.parametrize(
    "cuda, cores, processes, expected",
    [(False, 16, 1, 1), (True, 2, 1, 1), (True, 6, 1, 5), (True, 64, 4, 8)],
)
def test_as_many_workers_as_there_are_cores_for(
    cuda, cores, processes, expected, monkeypatch
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(cores)))
    monkeypatch.setenv("LOCAL_WORLD_SIZE", str(processes))
    cfg = load_config("pretrain_ce.py", ["val_dataloader.num_workers=3"])
    hand_out(cfg)
    train, val = cfg.train_dataloader, cfg.val_dataloader
    assert (train.num_workers, train.pin_memory) == (expected, cuda)
    assert val.num_workers == 3


def test_every_pretext_has_a_config():
    MODELS.import_from_location()
    kinds = [cls for cls in MODELS.module_dict.values() if isinstance(cls, type)]
    pretexts = {cls.__name__ for cls in kinds if issubclass(cls, Pretext)}
    paths = (ROOT / "configs/pretrain").glob("*.py")
    assert {load_config(str(path), []).model.type for path in paths} == pretexts


def test_names_are_unique_and_files_short():
    names = [path.name for path in CONFIGS]
    assert len(names) == len(set(names)) >= 8
    for path in (ROOT / "configs").rglob("*.py"):
        assert len(path.read_text().splitlines()) <= 60, path


def test_the_metafile_names_every_config():
    import yaml

    models = yaml.safe_load((ROOT / "configs/metafile.yml").read_text())["Models"]
    named = {model["Config"]: model["Name"] for model in models}
    assert named == {str(p.relative_to(ROOT)): p.stem for p in CONFIGS}
    assert len(named) == len(models)
