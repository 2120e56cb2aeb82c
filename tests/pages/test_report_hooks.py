"""Both hooks in a real runner with a network of a few weights."""

import json
import random

import pytest
import torch
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset

from ce_plugin.engine.hooks.reconstruction import ReconstructionHook, picture_path
from ce_plugin.engine.hooks.result_page import ResultPageHook
from ce_plugin.errors import InputError
from ce_plugin.structures import PretextSample

SIZE = 24


class Pictures(Dataset):
    """Flat random pictures with a hole in the middle."""

    def __init__(self, length, kind="train", skipped=()):
        self.length, self.skipped = length, skipped
        self.metainfo = {"data": {"pictures": length, "source": f"<{kind} photos>"}}

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        generator = torch.Generator().manual_seed(index)
        colour = torch.randint(0, 256, (3, 1, 1), generator=generator)
        # As bad as a dataset can be: it draws from the global generator.
        torch.rand(3)
        mask = torch.zeros(1, SIZE, SIZE, dtype=torch.bool)
        mask[:, 6:18, 6:18] = True
        meta = dict(path=f"{index}.png", index=index, draw=0, skipped=self.skipped)
        inputs = colour.expand(3, SIZE, SIZE).to(torch.uint8)
        return dict(inputs=inputs, data_samples=PretextSample(mask=mask, metainfo=meta))


def collate(items):
    return dict(
        inputs=torch.stack([item["inputs"] for item in items]),
        data_samples=PretextSample.stack([item["data_samples"] for item in items]),
    )


class TinyPainter(BaseModel):
    """Batch norm and dropout: both would betray a picture drawn carelessly."""

    fields = ("input", "prediction", "composite", "target")

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.3)
        )
        self.frozen = nn.BatchNorm2d(8).eval()
        self.paint = nn.Conv2d(8, 3, 1)
        self.modes = []

    def train(self, mode=True):
        super().train(mode)
        self.frozen.eval()
        return self

    def forward(self, inputs, data_samples, mode):
        self.modes.append((mode, self.training, torch.is_grad_enabled()))
        target = inputs.float() / 255
        holed = torch.where(data_samples.mask, 0.5, target)
        small = self.paint(self.frozen(self.net(holed))).sigmoid()
        prediction = nn.functional.interpolate(small, size=target.shape[-2:])
        if mode == "loss":
            return dict(loss_rec=(prediction - target).square().mean())
        torch.rand(1)
        composite = torch.where(data_samples.mask, prediction, target)
        pictures = dict(
            input=holed, prediction=prediction, composite=composite, target=target
        )
        batch = data_samples.clone()
        batch.set_data({name: pictures[name] for name in self.fields})
        return batch.unstack()


def loader(dataset, shuffle=False):
    return DataLoader(dataset, batch_size=4, shuffle=shuffle, collate_fn=collate)


@pytest.fixture
def run(tmp_path):
    def run(name, hooks, iterations=10, held_out=5, model=None, **options):
        torch.manual_seed(0)
        random.seed(0)
        model = model or TinyPainter()
        validation = {}
        if held_out:
            validation = dict(
                val_dataloader=loader(Pictures(held_out, "held-out")),
                val_cfg=dict(),
                val_evaluator=dict(type="ce_plugin.InpaintingMetrics"),
            )
        cfg = dict(by_epoch=False, max_iters=iterations, val_interval=4)
        runner = Runner(
            model=model,
            work_dir=str(tmp_path / name),
            train_dataloader=loader(Pictures(64), shuffle=True),
            train_cfg=cfg,
            optim_wrapper=OptimWrapper(torch.optim.Adam(model.parameters(), 0.01)),
            custom_hooks=hooks,
            default_hooks=dict(
                checkpoint=dict(type="ce_plugin.SafeCheckpointHook", interval=4),
                logger=dict(type="LoggerHook", log_metric_by_epoch=False),
            ),
            log_processor=dict(by_epoch=False),
            experiment_name=f"{tmp_path.name}-{name}",
            default_scope="mmengine",
            randomness=dict(seed=1),
            **validation,
            **options,
        )
        runner.train()
        return runner

    return run


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_pictures_come_when_they_should(run, tmp_path):
    runner = run("a", [ReconstructionHook(interval=4, num_samples=3)])
    assert names(tmp_path / "a" / "pictures") == [
        f"iter_{step:06d}.png" for step in (0, 4, 8, 10)
    ]
    with Image.open(picture_path(tmp_path / "a", 10)) as image:
        assert image.size == (6 + 4 * (144 + 6), 22 + 3 * (144 + 6))
    recorded = list((tmp_path / "a").rglob("vis_image/reconstructions_*.png"))
    assert len(recorded) == 4
    drawn = [m for m in runner.model.modes if m[0] == "predict"]
    assert all(not training and not grad for _, training, grad in drawn)


def test_end_is_not_drawn_twice(run, tmp_path):
    runner = run("a", [ReconstructionHook(interval=5)], held_out=0)
    assert names(tmp_path / "a" / "pictures")[-1] == "iter_000010.png"
    drawn = [mode for mode, *_ in runner.model.modes if mode == "predict"]
    assert len(drawn) == 3


def test_pictures_do_not_change_the_training(run):
    plain = run("plain", [], held_out=0).model
    hook = ReconstructionHook(interval=3)
    drawn = run("drawn", [hook], held_out=0).model
    for name, value in plain.state_dict().items():
        assert torch.equal(value, drawn.state_dict()[name]), name
    assert drawn.net.training and not drawn.frozen.training


def test_pictures_are_spread_over_the_held_out_part(run):
    hook = ReconstructionHook(interval=5, num_samples=2)
    run("a", [hook], held_out=5)
    assert hook.batch["data_samples"].metainfo["index"] == [0, 2]
    hook = ReconstructionHook(interval=5, num_samples=9)
    run("b", [hook], held_out=5)
    assert hook.batch["data_samples"].metainfo["index"] == [0, 1, 2, 3, 4]
    hook = ReconstructionHook(interval=5, num_samples=4)
    run("c", [hook], held_out=0)
    assert hook.batch["data_samples"].metainfo["index"] == [0, 16, 32, 48]


def test_task_without_pictures_is_named(run):
    model = TinyPainter()
    model.fields = ("input", "target")
    with pytest.raises(InputError, match="no prediction, composite; remove"):
        run("a", [ReconstructionHook(interval=5)], model=model)


@pytest.mark.parametrize(
    "arguments", [dict(interval=0), dict(interval=1, num_samples=0)]
)
def test_wrong_arguments_are_named(arguments):
    with pytest.raises(InputError, match="at least 1"):
        ReconstructionHook(**arguments)


def test_page_of_a_run(run, tmp_path):
    hooks = [ReconstructionHook(interval=2), ResultPageHook()]
    runner = run("a", hooks)
    page = (tmp_path / "a" / "index.html").read_text()
    record = json.loads((tmp_path / "a" / "metrics.json").read_text())

    assert record["iteration"] == 10
    metrics = record["metrics"]
    assert len(metrics) == 13 and "inpainting/psnr_gain" in metrics
    latest = runner.message_hub.get_scalar("val/inpainting/hole_psnr").current()
    assert metrics["inpainting/hole_psnr"] == latest
    assert f"{latest:.2f}" in page

    assert page.count("data:image/png;base64,") == 3
    for step in (0, 4, 10):
        assert f"Held-out pictures at iteration {step}" in page
    # Three held-out evaluations, at the iterations at which they were made.
    for step in (4, 8, 10):
        assert f"iteration {step}\nthe network" in page
    assert "iteration 10\nloss" in page
    assert "&lt;train photos&gt;" in page and "&lt;held-out photos&gt;" in page
    assert f"torch {torch.__version__}" in page
    assert "10 of 10" in page and "4 in each process" in page
    assert "exported no encoder" in page


def test_page_of_a_resumed_run_shows_all_of_it(run, tmp_path):
    hooks = [ReconstructionHook(interval=4), ResultPageHook()]
    run("a", hooks, iterations=6)
    # What a kill after iteration 4 leaves behind.
    (tmp_path / "a" / "last_checkpoint").write_text(str(tmp_path / "a" / "iter_4.pth"))
    runner = run("a", [ReconstructionHook(interval=4), ResultPageHook()], resume=True)
    assert runner.message_hub.get_info("reconstruction_steps") == [0, 4, 8, 10]
    page = (tmp_path / "a" / "index.html").read_text()
    assert "iteration 0, untrained" in page
    assert "iteration 1\nloss" in page and "iteration 10\nloss" in page
    assert "iteration 8\nthe network" in page and "iteration 6\nthe network" not in page


def test_run_resumed_into_another_folder_shows_the_pictures_it_has(run, tmp_path):
    run("a", [ReconstructionHook(interval=4), ResultPageHook()], iterations=4)
    checkpoint = str(tmp_path / "a" / "iter_4.pth")
    hooks = [ReconstructionHook(interval=4), ResultPageHook()]
    run("b", hooks, resume=True, load_from=checkpoint)
    page = (tmp_path / "b" / "index.html").read_text()
    assert page.count("data:image/png;base64,") == 2
    assert "pictures at iteration 8" in page and "pictures at iteration 10" in page


def test_page_without_held_out_data(run, tmp_path):
    run("a", [ResultPageHook()], held_out=0)
    page = (tmp_path / "a" / "index.html").read_text()
    assert "not judged on held-out pictures" in page
    assert json.loads((tmp_path / "a" / "metrics.json").read_text())["metrics"] == {}


def test_page_names_bad_pictures_and_the_encoder(run, tmp_path, monkeypatch):
    class Neighbours(ResultPageHook):
        """Leaves what the hooks beside it leave."""

        def after_train(self, runner):
            runner.message_hub.update_info("bad_pictures", ["<b>.jpg"])
            hub = runner.message_hub
            hub.update_scalar("train/images_per_second", 123.4)
            hub.update_scalar("train/data_wait", 0.25)
            weights = {"state_dict": {"w": torch.ones(1)}, "meta": {"network": "Tiny"}}
            torch.save(weights, tmp_path / "a" / "encoder.pth")
            super().after_train(runner)

    def paste_lines(meta, path):
        return {"mmdet": f"{meta['network']} from {path}"}

    monkeypatch.setattr("ce_plugin.checkpoints.paste_lines", paste_lines)
    run("a", [Neighbours()], held_out=0)
    page = (tmp_path / "a" / "index.html").read_text()
    path = (tmp_path / "a" / "encoder.pth").resolve()
    assert f"Tiny from {path}" in page
    assert "&lt;b&gt;.jpg" in page
    assert "123.4 images/s; 25.0% of a step was waiting" in page


def test_result_page_is_announced(run, tmp_path):
    run("a", [ResultPageHook()])
    log = next((tmp_path / "a").rglob("*.log")).read_text()
    assert f"result page: {(tmp_path / 'a' / 'index.html').resolve()}" in log
    assert "by the best trivial fill" in log
