"""Folders of two plain files, on the disk and (as a stub) in a repository."""

import json
import shutil
import socket
import subprocess
import sys
import threading
import time

import huggingface_hub.constants
import networks
import pytest
import torch
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

import ce_plugin
from ce_plugin.checkpoints import (
    export_encoder,
    from_pretrained,
    load_encoder,
    load_model,
    save_pretrained,
)
from ce_plugin.checkpoints.hub import repository
from ce_plugin.errors import InputError

MASK = dict(type="CenterRegion", overlap=4)
DATA = dict(root="/home/somebody/photos", pictures=3)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The network, its file and its folder."""
    path = tmp_path_factory.mktemp("hub")
    model, _ = networks.write("dcgan-center", path / "ce.pth", mask=MASK, data=DATA)
    return model, path / "ce.pth", save_pretrained(path / "ce.pth", path / "net")


def same_tensors(found, expected):
    state = expected.state_dict()
    assert found.state_dict().keys() == state.keys()
    for key, value in found.state_dict().items():
        assert torch.equal(value, state[key]), key


def test_a_whole_network_there_and_back(saved):
    model, path, folder = saved
    assert {p.name for p in folder.iterdir()} == {"config.json", "model.safetensors"}
    found, meta = ce_plugin.from_pretrained(folder)
    assert not found.training
    same_tensors(found, model)
    pictures = torch.rand(2, 3, 128, 128)
    assert torch.equal(found.reconstruct(pictures), model.reconstruct(pictures))
    _, before = load_model(path)
    for key in ("mask", "picture_size", "normalization", "pretext"):
        assert meta[key] == before[key], key
    # The two readers agree.
    same_tensors(load_model(folder)[0], model)


def test_its_encoder_alone(saved):
    model, _, folder = saved
    found, meta = from_pretrained(folder, part="encoder")
    same_tensors(found, model.backbone)
    assert not found.training
    assert meta["normalization"] == networks.normalization(model)
    same_tensors(load_encoder(folder)[0], model.backbone)


def test_the_config_is_plain_and_says_no_paths(saved):
    text = (saved[2] / "config.json").read_text()
    config = json.loads(text)
    assert "somebody" not in text
    assert config["data"] == dict(pictures=3)
    assert config["model"]["type"] == "ContextEncoder"
    assert config["mask"] == MASK
    assert config["picture_size"] == 128
    assert config["versions"]["ce_plugin"] == ce_plugin.__version__


def test_a_network_with_its_meta(saved, tmp_path):
    model, path, _ = saved
    loaded, meta = load_model(path)
    save_pretrained(loaded, tmp_path / "a", meta)
    same_tensors(from_pretrained(tmp_path / "a")[0], model)
    with pytest.raises(InputError, match="does not know its config"):
        save_pretrained(loaded, tmp_path / "b")
    wrong = dict(meta, model=networks.NETWORKS["default-job"][0])
    with pytest.raises(InputError, match="another network"):
        save_pretrained(loaded, tmp_path / "b", wrong)
    assert not (tmp_path / "b").exists()


def test_an_encoder_without_a_model(saved, tmp_path):
    model, _, _ = saved
    backbone = networks.NETWORKS["dcgan-center"][0]["backbone"]
    meta = dict(backbone=backbone, normalization=networks.normalization(model))
    export_encoder(model.backbone, tmp_path / "encoder.pth", meta)
    folder = save_pretrained(tmp_path / "encoder.pth", tmp_path / "net")
    same_tensors(from_pretrained(folder, part="encoder")[0], model.backbone)
    with pytest.raises(InputError, match="only the encoder; ask for part='encoder'"):
        from_pretrained(folder)


def test_of_another_pretext_the_encoder_goes(tmp_path):
    cfg = dict(networks.NETWORKS["mlp"][0], type="AutoEncoder")
    model, _ = networks.make("mlp")
    meta = dict(model=cfg, picture_size=16, encoder=dict(backbone=cfg["backbone"]))
    torch.save(dict(state_dict=model.state_dict(), meta=meta), tmp_path / "iter_1.pth")
    folder = save_pretrained(tmp_path / "iter_1.pth", tmp_path / "net")
    assert "model" not in json.loads((folder / "config.json").read_text())
    same_tensors(from_pretrained(folder, part="encoder")[0], model.backbone)


def test_a_repository_is_asked_for_two_files_only(saved, tmp_path, monkeypatch):
    asked = {}

    def download(repo_id, **kwargs):
        asked.update(kwargs, repo_id=repo_id)
        return str(saved[2])

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    monkeypatch.setattr(repository, "reachable", lambda url: True)
    found, _ = from_pretrained("someone/net-1.0", revision="v1", cache_dir=tmp_path)
    same_tensors(found, saved[0])
    assert asked == dict(
        repo_id="someone/net-1.0",
        revision="v1",
        cache_dir=tmp_path,
        allow_patterns=["config.json", "model.safetensors"],
    )


@pytest.mark.parametrize(
    "error",
    [
        LocalEntryNotFoundError("no\nnetwork"),
        HFValidationError("no name"),
        ConnectionError("no way"),
    ],
)
def test_no_way_to_a_repository(error, monkeypatch):
    def download(*args, **kwargs):
        raise error

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    monkeypatch.setattr(repository, "reachable", lambda url: True)
    with pytest.raises(InputError, match="no folder someone/net here, and") as caught:
        from_pretrained("someone/net")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("server", ["http://127.0.0.1:9", "https://hub.invalid"])
def test_without_a_way_there_the_cache_is_named_at_once(server, tmp_path, monkeypatch):
    """A closed port of this machine; a name that no name server may know."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", server)
    began = time.monotonic()
    with pytest.raises(InputError) as caught:
        from_pretrained("foo/bar", cache_dir=tmp_path)
    assert time.monotonic() - began < 8
    said = str(caught.value)
    assert f"{server} is not reachable from here" in said
    assert said.endswith(f"a copy would lie in {tmp_path / 'models--foo--bar'}")


def test_a_copy_in_the_cache_needs_no_network(saved, tmp_path, monkeypatch):
    monkeypatch.setattr(repository, "reachable", lambda url: False)
    folder = tmp_path / "models--foo--bar"
    shutil.copytree(saved[2], folder / "snapshots" / "abc")
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("abc")
    found, _ = from_pretrained("foo/bar", cache_dir=tmp_path)
    same_tensors(found, saved[0])


def test_a_name_server_that_never_answers_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(repository, "getproxies", dict)
    monkeypatch.setattr(repository, "_SECONDS", 0.1)
    over = threading.Event()

    def hang(*args):
        over.wait(20)
        raise OSError

    monkeypatch.setattr(socket, "create_connection", hang)
    assert not repository.reachable("https://huggingface.co")
    over.set()


def test_behind_a_proxy_the_proxy_tells(monkeypatch):
    monkeypatch.setattr(repository, "getproxies", lambda: dict(https="http://proxy"))
    monkeypatch.setattr(socket, "create_connection", None)
    assert repository.reachable("https://huggingface.co")


@pytest.mark.parametrize(
    "kind, said",
    [
        (RepositoryNotFoundError, "it does not exist, or is private"),
        (GatedRepoError, "it is closed to you"),
        (RevisionNotFoundError, "it has no revision 'v9'"),
    ],
)
def test_what_the_hub_refuses_is_said_in_words(kind, said, monkeypatch):
    def download(*args, **kwargs):
        raise kind.__new__(kind)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    monkeypatch.setattr(repository, "reachable", lambda url: True)
    with pytest.raises(InputError, match=said):
        from_pretrained("foo/bar", revision="v9")


@pytest.mark.parametrize(
    "name", ["nowhere", "./a/b", "/abs/olute", "a/b/c", "../x", ""]
)
def test_neither_a_folder_nor_a_repository(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", None)
    if name:
        with pytest.raises(InputError, match="give a checkpoint, the folder of a run"):
            from_pretrained(name)
    else:
        with pytest.raises(InputError, match=r"has no config\.json"):
            from_pretrained(name)


def test_files_that_are_missing_or_not_whole(saved, tmp_path):
    for name in ("config.json", "model.safetensors"):
        folder = save_pretrained(saved[1], tmp_path / name)
        (folder / name).write_text("[")
        with pytest.raises(InputError, match=r"no JSON|no safetensors") as caught:
            from_pretrained(folder)
        assert "\n" not in str(caught.value)
        (folder / name).unlink()
        with pytest.raises(InputError, match=f"has no {name}"):
            from_pretrained(folder)


def test_other_arguments_that_cannot_be(saved):
    with pytest.raises(InputError, match="part is"):
        from_pretrained(saved[2], part="decoder")
    with pytest.raises(InputError, match="has no revision"):
        from_pretrained(saved[2], revision="v1")
    with pytest.raises(InputError, match="is not there; give a checkpoint"):
        from_pretrained("nothing/at/all.pth")


def test_a_checkpoint_is_read_as_what_it_holds(saved, tmp_path):
    network, _ = from_pretrained(saved[1])
    whole, _ = load_model(saved[1])
    assert network.state_dict().keys() == whole.state_dict().keys()
    encoder, meta = from_pretrained(saved[1], part="encoder")
    file = tmp_path / "encoder.pth"
    export_encoder(encoder, file, {k: v for k, v in meta.items() if k != "model"})
    alone, meta = from_pretrained(file)
    assert alone.state_dict().keys() == encoder.state_dict().keys()
    assert meta["normalization"]["mean"]


def test_a_pickle_in_a_folder_is_not_read(saved, tmp_path, monkeypatch):
    folder = save_pretrained(saved[1], tmp_path)
    monkeypatch.setattr(torch, "load", None)
    from_pretrained(folder)
    torch.save({}, folder / "model.safetensors")
    with pytest.raises(InputError, match="no safetensors file"):
        from_pretrained(folder)


def test_importing_the_package_stays_light():
    code = (
        "import sys, ce_plugin\n"
        "print([m for m in ('torch', 'mmengine', 'numpy') if m in sys.modules])\n"
        "assert 'from_pretrained' in dir(ce_plugin)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr
    with pytest.raises(AttributeError):
        ce_plugin.nothing  # noqa: B018
