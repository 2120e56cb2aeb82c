"""What a run starts from and what its config becomes, before anything is built."""

import pickle
import shutil

import pytest
import torch

from ce_plugin.engine.train import prepare_run
from ce_plugin.errors import InputError


def prepared(folder, *options, **kwargs):
    return prepare_run("pretrain_ce.py", options, work_dir=str(folder), **kwargs)


@pytest.fixture
def downloads(tmp_path, monkeypatch):
    """A net of one folder."""

    def copy(url, path, **kwargs):
        shutil.copy(tmp_path / url.rpartition("/")[2], path)

    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(torch.hub, "download_url_to_file", copy)


def test_weights_of_the_package_and_of_a_url_are_a_start(tmp_path, downloads):
    torch.save(dict(state_dict={}), tmp_path / "good.pth")
    for source in ("ce_plugin://inpaint-128", "https://host/a/good.pth"):
        cfg = prepared(tmp_path / "run", f"load_from={source}")
        assert cfg.load_from == source and not cfg.resume
    with pytest.raises(InputError, match="no weights 'none' come with the package"):
        prepared(tmp_path / "run", "load_from=ce_plugin://none")
    with pytest.raises(InputError, match="none cannot be downloaded"):
        prepared(tmp_path / "run", "load_from=https://host/none")


def test_a_download_that_carries_code_is_refused(tmp_path, downloads):
    (tmp_path / "bomb.pth").write_bytes(pickle.dumps(dict(state_dict=print)))
    with pytest.raises(InputError, match=r"bomb\.pth"):
        prepared(tmp_path / "run", "load_from=https://host/bomb.pth")


def test_a_work_folder_that_is_a_file(tmp_path):
    (tmp_path / "run").write_text("notes")
    with pytest.raises(InputError, match="run is a file; name another"):
        prepared(tmp_path / "run")


def test_a_resumed_run_goes_on_with_its_pictures(tmp_path):
    """Options are given again, or it would go on with those of the config."""
    path, where = tmp_path / "iter_2.pth", f"data_root={tmp_path}"
    for root, options in (("None", []), (repr(str(tmp_path)), [where])):
        text = f"batch_size = 4\ndata_root = {root}\nseed = 5\n"
        torch.save(dict(state_dict={}, meta=dict(cfg=text)), path)
        prepared(tmp_path / "run", *options, resume=str(path))
    with pytest.raises(InputError, match=f"again, --cfg-options {where}$"):
        prepared(tmp_path / "run", resume=str(path))
    # Who names another folder has moved it.
    (tmp_path / "moved").mkdir()
    prepared(tmp_path / "run", f"data_root={tmp_path / 'moved'}", resume=str(path))


def test_a_resumed_run_keeps_its_seed(tmp_path):
    path = tmp_path / "iter_2.pth"
    torch.save(dict(state_dict={}, meta=dict(seed=5)), path)
    cfg = prepared(tmp_path / "run", resume=str(path))
    assert cfg.randomness.seed == 5
    assert cfg.train_dataloader.dataset.seed == cfg.val_dataloader.dataset.seed == 5
    for option in ("randomness.seed=5", "randomness.seed=None", "randomness=None"):
        same = prepared(tmp_path / "run", option, resume=str(path))
        assert same.randomness.seed == 5
    with pytest.raises(InputError, match="to resume has the seed 5, not 6: leave"):
        prepared(tmp_path / "run", "randomness.seed=6", resume=str(path))
    # One that only starts from its weights has its own.
    started = prepared(tmp_path / "run", f"load_from={path}")
    assert started.randomness.seed == 0


def stored(folder, *options):
    """A checkpoint that says what config its run had."""
    path = folder / "iter_2.pth"
    cfg = prepared(folder / "run", *options)
    torch.save(dict(state_dict={}, meta=dict(cfg=cfg.pretty_text)), path)
    return path


CHANGES = {
    "optim_wrapper.optimizer.lr=.5": "optim_wrapper.optimizer.lr=0.0002",
    "optim_wrapper.optimizer.betas=(.5,.9)": "optim_wrapper.optimizer.betas=",
    "optim_wrapper.lr_factor=3": "optim_wrapper.lr_factor=",
    "param_scheduler=[]": "param_scheduler=",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_resumed_run_keeps_its_optimizer_and_its_schedule(change, tmp_path):
    """mmengine takes both from the checkpoint, whatever the config says."""
    path = stored(tmp_path)
    prepared(tmp_path / "run", resume=str(path))
    with pytest.raises(InputError, match=f"to resume has {CHANGES[change]}.*load_from"):
        prepared(tmp_path / "run", change, resume=str(path))
    # Whoever began with it gives it again, and may clip gradients or train on.
    path = stored(tmp_path, change)
    more = ["train_cfg.max_iters=9000", "optim_wrapper.clip_grad.max_norm=1"]
    prepared(tmp_path / "run", change, *more, resume=str(path))
    assert prepared(tmp_path / "run", f"load_from={path}").resume is False


def test_resume_in_a_config_is_mmengines(tmp_path):
    """The config's checkpoint, or the last one where there is one."""
    path = stored(tmp_path)
    cfg = prepared(tmp_path / "run", "resume=True", f"load_from={path}")
    assert (cfg.resume, cfg.load_from) == (True, str(path))
    assert prepared(tmp_path / "run", "resume=True").resume is False
    (tmp_path / "run").mkdir()
    path.rename(tmp_path / "run" / "iter_2.pth")
    (tmp_path / "run" / "last_checkpoint").write_text("iter_2.pth")
    cfg = prepared(tmp_path / "run", "resume=True")
    assert cfg.resume and cfg.load_from.endswith("iter_2.pth")


def test_a_run_that_was_copied_goes_on_from_its_own_checkpoint(tmp_path):
    run, copy = tmp_path / "run", tmp_path / "copy"
    for folder in (run, copy):
        folder.mkdir()
        torch.save(dict(state_dict={}, meta={}), folder / "iter_2.pth")
        (folder / "last_checkpoint").write_text(str(run / "iter_2.pth"))
    assert prepared(copy, resume="auto").load_from == str(copy / "iter_2.pth")


def test_ordinary_options_are_those_of_a_runner(tmp_path):
    options = ["train_dataloader.num_workers=0", "randomness.seed=None"]
    cfg = prepared(tmp_path / "run", *options, "val_cfg=None")
    assert cfg.train_dataloader.persistent_workers is False
    assert cfg.randomness.seed == cfg.train_dataloader.dataset.seed == 0
    assert cfg.val_dataloader is None and cfg.val_evaluator is None


def test_a_datasets_own_data_root_among_the_options_stays(tmp_path):
    root = "data_root=/photos"
    cfg = prepared(tmp_path / "run", root, "val_dataloader.dataset.data_root=/other")
    assert cfg.train_dataloader.dataset.data_root == "/photos"
    assert cfg.val_dataloader.dataset.data_root == "/other"


@pytest.mark.parametrize("option", ["visualizer=None", "visualizer.vis_backends=None"])
def test_tensorboard_with_mmengines_own_visualizer(option, tmp_path, monkeypatch):
    monkeypatch.setattr("ce_plugin.engine.train.find_spec", lambda name: True)
    cfg = prepared(tmp_path / "run", option, tensorboard=True)
    kinds = [backend["type"] for backend in cfg.visualizer.vis_backends]
    assert kinds == ["LocalVisBackend", "TensorboardVisBackend"]
    # As the dump of such a run has it.
    dumped = tmp_path / "dumped.py"
    cfg.dump(dumped)
    cfg = prepare_run(str(dumped), work_dir=str(tmp_path / "run"), tensorboard=True)
    assert [backend["type"] for backend in cfg.visualizer.vis_backends] == kinds


@pytest.mark.parametrize("kind", ["PretrainLoop", "ce_plugin.PretrainLoop"])
def test_the_loop_records_under_either_name(kind, tmp_path):
    cfg = prepared(tmp_path / "run", f"train_cfg.type={kind}", capture=True)
    assert cfg.train_cfg.capture is True
