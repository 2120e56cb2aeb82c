"""What ``mim search`` answers: a collection a method, and where an encoder fits in."""

import json
from statistics import fmean

import pytest
import yaml
from docs.stored_figures import stored
from runs import ROOT

from ce_plugin.engine.config import load_config

METAFILE = yaml.safe_load((ROOT / "configs/metafile.yml").read_text())
MODELS = {model["Name"]: model for model in METAFILE["Models"]}
COLLECTIONS = {part["Name"]: part for part in METAFILE["Collections"]}
TRANSFER = "Transfer"
PRETRAIN = [n for n, m in MODELS.items() if m["In Collection"] != TRANSFER]


def encoder(config: str) -> str:
    """Which encoder a config has, by a name that mmdet's and timm's share."""
    backbone = load_config(str(ROOT / config), []).model.backbone
    kind = backbone.type.rpartition(".")[2]
    if kind == "TimmBackbone":
        return f"{backbone.model_name} {backbone.get('channels', '')}".strip()
    return f"resnet{backbone.depth}" if kind == "ResNet" else kind


def test_collections():
    assert len(COLLECTIONS) == len(METAFILE["Collections"])
    assert {m["In Collection"] for m in MODELS.values()} == set(COLLECTIONS)
    for name, collection in COLLECTIONS.items():
        if name != TRANSFER:
            assert collection["Paper"]["Title"]
            assert collection["Paper"]["URL"].startswith("https://")
    assert {m["Config"].split("/")[1] for n, m in MODELS.items() if n in PRETRAIN} == {
        "pretrain",
        "pretrain_ce.py",
    }
    for name in PRETRAIN:
        pretext = load_config(str(ROOT / MODELS[name]["Config"]), []).model.type
        assert MODELS[name]["In Collection"] == pretext


@pytest.mark.slow
def test_links_lead_to_all_that_takes_the_encoder():
    takes = {
        name: encoder(model["Config"])
        for name, model in MODELS.items()
        if name not in PRETRAIN and not name.startswith("supervised")
    }
    for name in PRETRAIN:
        own = encoder(MODELS[name]["Config"])
        fitting = [other for other, theirs in takes.items() if theirs == own]
        assert MODELS[name].get("Downstream", []) == fitting, name
    linked = {x for name in PRETRAIN for x in MODELS[name].get("Downstream", [])}
    assert linked == set(takes)


def test_results_are_measured_ones():
    found = stored("mnist")
    told = {
        name: model["Results"][0]["Metrics"]["Top 1 Accuracy"]
        for name, model in MODELS.items()
        if model["Results"]
    }
    methods = dict(conv="context-encoder-blocks", mlp="context-encoder-columns")
    assert told == {
        f"context-encoder_{network}_mnist": round(
            fmean(found[method, "logistic"].values()), 2
        )
        for network, method in methods.items()
    }


@pytest.mark.slow
def test_mim_search(installed, mim, tmp_path):
    done = mim(tmp_path, "search", "ce_plugin", "--model", "simclr", "--json", "x.json")
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads((tmp_path / "x.json").read_text())
    config = dict(found["config"])
    assert config.pop("simclr_r50-224") == "configs/pretrain/simclr_r50-224.py"
    assert not config and found["training_data"]["simclr_r50-224"] == "any pictures"
    done = mim(tmp_path, "search", "ce_plugin", "--config", "fcn_r50-d8_voc12")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "fcn_r50-d8_voc12.py" in done.stdout
    # Links are for those who read the index themselves; mim does not print them.
    from modelindex.load_model_index import load

    index = load(str(installed / "ce_plugin/.mim/model-index.yml"))
    (model,) = (m for m in index.models if m.name == "simclr_r50-224")
    links = model.data["Downstream"]
    assert list(links) == MODELS["simclr_r50-224"]["Downstream"] and len(links) > 5


@pytest.mark.slow
def test_mim_gridsearch(mim, tmp_path):
    """Each value is a run of its own, with its own folder and the options in common."""
    from runs import SMALL

    options = [x for x in SMALL if "max_iters" not in x and "val_interval" not in x]
    done = mim(
        tmp_path,
        *("gridsearch", "ce_plugin", "pretrain_ce.py", "--gpus", "0"),
        *("--work-dir", "grid", "--search-args", "--train_cfg.max_iters 1 2"),
        *("--cfg-options", *options),
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    for steps in (1, 2):
        folder = tmp_path / f"grid_search_train_cfg.max_iters_{steps}"
        last = (folder / "last_checkpoint").read_text()
        assert last.endswith(f"iter_{steps}.pth")
        assert (folder / "encoder.pth").is_file()


@pytest.mark.slow
def test_mim_on_slurm(mim, tmp_path, monkeypatch):
    """What ``srun`` is asked to start is what the tool understands."""
    import os
    import sys

    from ce_plugin.tools.train import parse_args

    srun = tmp_path / "srun"
    srun.write_text(
        f'#!/bin/sh\nfor word in "$@"; do echo "$word"; done > {srun}.txt\n'
    )
    srun.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    done = mim(
        tmp_path,
        *("train", "ce_plugin", "pretrain_ce.py", "--launcher", "slurm"),
        *("--partition", "gpu", "--gpus", "8", "--gpus-per-node", "4"),
        # mim 0.3.9 fails without them with click 8.5.
        *("--srun-args", "--time=10"),
        *("--cfg-options", "data_root=/pictures"),
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    words = (tmp_path / "srun.txt").read_text().splitlines()
    assert {"--gres=gpu:4", "--ntasks=8", "-p", "gpu", "--time=10"} <= set(words)
    start = words.index(sys.executable)
    tool = next(i for i, word in enumerate(words) if word.endswith("train.py"))
    assert tool > start
    args = parse_args(words[tool + 1 :])
    assert args.launcher == "slurm" and args.config.endswith("pretrain_ce.py")
    assert args.cfg_options == ["data_root=/pictures"]
