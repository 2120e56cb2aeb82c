"""Writes the files of ``files/``, with the package as it was at commit 5b8293e.

README.md beside this says how to run it. The imports are those of that commit.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from harness.store import results_of
from mmengine.config import Config
from PIL import Image
from torchvision.io import read_image

import ce_plugin
from ce_plugin.checkpoints import load_encoder, load_model, save_pretrained
from ce_plugin.evaluation.mask_sets import load_mask_set, make_mask_set, numbered
from ce_plugin.registry import FILLERS, MODELS

CONFIGS = Path(ce_plugin.__file__).parents[1] / "configs"
RUN = [
    "data_root=photos",
    "train_cfg.max_iters=2",
    "train_cfg.val_interval=2",
    "train_dataloader.batch_size=4",
    "train_dataloader.num_workers=0",
    "train_dataloader.persistent_workers=False",
    "val_dataloader.num_workers=0",
    "val_dataloader.persistent_workers=False",
    "default_hooks.checkpoint.interval=2",
    "default_hooks.logger.interval=1",
]
CONTEXT_ENCODER = [
    "model.backbone.base_channels=1",
    "model.decoder.channels=[8,4,4,3]",
    "model.discriminator.base_channels=1",
    "val_dataloader.dataset.crops_per_picture=2",
]
HIDDEN_WORDS = [
    "model.backbone.channels=[2,2,4,4]",
    "model.targets.words.words=4",
    "default_hooks.checkpoint.save_optimizer=False",
]


def main(folder: Path) -> None:
    """Writes everything into an empty folder, which is also where the runs start."""
    torch.set_num_threads(1)
    os.chdir(folder)
    photographs(Path("photos"))
    figures = {}
    train("context-encoder", "pretrain_ce.py", CONTEXT_ENCODER)
    train("hidden-words", "pretrain/hidden-words_r18-half-96.py", HIDDEN_WORDS)
    figures["encoder"] = encoder("context-encoder/encoder.pth")
    figures["model"] = model("context-encoder/iter_2.pth")
    save_pretrained("context-encoder/iter_2.pth", "network")
    figures["collection"] = collection()
    figures["words"] = words("hidden-words")
    figures["masks"] = masks()
    figures["results"] = results()
    lines = [f"{json.dumps(key)}: {json.dumps(figures[key])}" for key in figures]
    Path("figures.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    Path("hidden-words/encoder.pth").unlink()


def photographs(folder: Path, count: int = 6) -> None:
    """Smooth pictures of 96 px."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(count):
        small = Image.fromarray(rng.integers(0, 255, (4, 4, 3), dtype=np.uint8))
        picture = small.resize((96, 96), Image.Resampling.BICUBIC)
        picture.save(folder / f"{i}.jpg", quality=80)


def train(name: str, config: str, options: list[str]) -> None:
    """Two iterations of the tool; of what it writes, what is kept."""
    command = [sys.executable, "-m", "ce_plugin.tools.train", str(CONFIGS / config)]
    command += ["--work-dir", f"run-{name}", "--cfg-options", *RUN, *options]
    subprocess.run(command, check=True)
    run, kept = Path(f"run-{name}"), Path(name)
    kept.mkdir()
    for file in ("iter_2.pth", "encoder.pth", Path(config).name):
        shutil.copy(run / file, kept)
    (kept / "last_checkpoint").write_text("iter_2.pth")
    shutil.rmtree(run)


def wave(count: int, size: int) -> torch.Tensor:
    """Pictures (N, 3, size, size) in [-1, 1] that need no random numbers."""
    at = torch.arange(count * 3 * size * size, dtype=torch.float64)
    return torch.sin(at * 0.37).float().view(count, 3, size, size)


def said(values: torch.Tensor) -> dict:
    """What a test compares: shape, mean, standard deviation and a dozen values."""
    flat = values.detach().double().flatten()
    # Of all channels and places: the step is odd.
    some = flat[:: len(flat) // 12 | 1].tolist()
    numbers = dict(mean=flat.mean().item(), std=flat.std().item(), some=some)
    return dict(shape=list(values.shape)) | numbers


def encoder(path: str) -> dict:
    """The feature maps of the exported encoder."""
    network, _ = load_encoder(path)
    return dict(maps=[said(found) for found in network(wave(2, 64))])


def model(path: str) -> dict:
    """The reconstruction of the whole network."""
    network, meta = load_model(path)
    return dict(
        reconstruction=said(network.reconstruct(wave(2, 64))),
        mask=meta["mask"],
        picture_size=meta["picture_size"],
        normalization=meta["normalization"],
    )


def words(folder: str) -> dict:
    """What the vocabulary calls the cells, and what the trained encoder sees."""
    path = Path(folder, "hidden-words_r18-half-96.py")
    network = MODELS.build(Config.fromfile(path).model)
    kept = torch.load(Path(folder, "iter_2.pth"), weights_only=True)
    network.load_state_dict(kept["state_dict"])
    network.eval()
    pictures = [read_image(f"collection/{i}.png") for i in range(2)]
    return dict(
        words=network.targets["words"](torch.stack(pictures) / 255).tolist(),
        features=said(network.backbone(wave(1, 64))[-1]),
    )


def collection() -> dict:
    """The index of two pictures, and which of them is near to the first."""
    Path("collection").mkdir()
    for i in range(2):
        with Image.open(f"photos/{i}.jpg") as photo:
            photo.resize((40, 40)).save(f"collection/{i}.png")
    where = dict(collection="collection", index="collection-index")
    filler = FILLERS.build(dict(type="NearestNeighbor", **where))
    picture = np.array(Image.open("collection/0.png"))
    hole = np.zeros(picture.shape[:2], bool)
    hole[10:20, 10:20] = True
    (found,) = filler.search([picture], [hole], 2)
    index = filler.index
    return dict(
        place=index.folder.name,
        thumbnails=int(index.thumbnails.sum(dtype=np.int64)),
        gradients=float(index.gradients.sum(dtype=np.float64)),
        nearest=[[Path(near.path).name, near.distance] for near in found],
    )


def masks() -> dict:
    """Four masks of each of two generators."""
    found = {}
    for name, generator in dict(
        blocks=dict(type="RandomBlock"), noise=dict(type="RandomRegion", kind="noise")
    ).items():
        make_mask_set(Path("masks", name), generator, numbered(4, 32, 48), seed=3)
        drawn = load_mask_set(Path("masks", name))
        found[name] = {key: int(mask.sum()) for key, mask in drawn.items()}
    return found


def results() -> dict:
    """Four results, one of them measured twice."""
    store = results_of("toy", Path("results"))
    for seed, value in ((0, 41.5), (1, 43.25), (0, 42.0)):
        store.append(result(seed, value))
    store.append(result(0, None) | dict(task="knn", status="failed", error="no disk"))
    return {f"{r['task']} {r['seed']}": r["value"] for _, r in store.records()}


def result(seed: int, value: float | None) -> dict:
    """One run of a suite, with the entries that a run has."""
    return dict(
        suite="toy",
        method="random",
        task="svm",
        seed=seed,
        metric="mAP",
        value=value,
        status="done",
        error=None,
        key="831bef2206620acf",
        minutes=0.5,
        wall_minutes=0.75,
        peak_memory_mb=1060,
        figures=dict(layer="layer4", layers=dict(layer3=40.5, layer4=value)),
        data=dict(pretraining="cbf1cf4980534136"),
        versions=dict(ce_plugin="0.1.0", torch="2.14.1"),
        commit="5b8293e",
        device=dict(cpu="any", cores=2, gpu=None),
        config=dict(kind="svm", layer="last", costs=["0.1", "1"]),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
