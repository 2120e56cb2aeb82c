"""What the tasks decide by themselves; test_suites.py runs them."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from checkpoints.encoders import write_encoder_file
from mmengine.config import Config
from runs import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
from harness.data.generated import make_segmentation_folder
from harness.suite import Run
from harness.suites import load_suite
from harness.tasks.labels import SHARES, label_shares
from harness.tasks.own_pictures import choose_evenly, find_part, labelled_folder
from harness.tasks.parts import TaskEncoder
from harness.tasks.sets import VOC320_CPU

from ce_plugin.engine.config import load_config
from ce_plugin.errors import InputError
from ce_plugin.files import sha256

CLASSES = ("ground", "car", "tree", "sign")
BACKBONE = dict(
    type="ce_plugin.TimmBackbone", model_name="resnet18", channels=(8, 16, 32, 64)
)
TASKS = {task.name: task for task in VOC320_CPU}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    path = tmp_path_factory.mktemp("encoder") / "encoder.pth"
    write_encoder_file(BACKBONE, path)
    return path


@pytest.fixture
def run(tmp_path, encoder):
    folder = tmp_path / "method_seed5" / "task"
    folder.mkdir(parents=True)
    root = make_segmentation_folder(tmp_path / "root", CLASSES)
    return Run("some", 5, encoder, folder, dict(voc="dev", folder=str(root)))


def leave(run, said: str, **figures) -> None:
    """What a run of the training tool leaves behind."""
    folder = run.folder / "train" / "20300101_000000"
    (folder / "vis_data").mkdir(parents=True)
    (folder / "20300101_000000.log").write_text(f"TimmBackbone: {said} from x\n")
    lines = [json.dumps(dict(loss=1.0)), json.dumps(figures)]
    (folder / "vis_data" / "scalars.json").write_text("\n".join(lines))


def test_workers_read_configs_at_once():
    """Without a lock mmengine fails at half of them or more."""
    file = str(ROOT / "benchmarks/suites/configs/fpn_labels-96.py")
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda _: load_config(file, []), range(12)))
    assert {cfg.model.type for cfg in read} == {"EncoderDecoder"}


def test_labels_are_chosen_evenly():
    names = [f"{i:03}" for i in range(367)]
    chosen = {share: choose_evenly(names, share) for share in SHARES}
    assert [len(chosen[s]) for s in SHARES] == [18, 37, 92, 367]
    for part in chosen.values():
        places = [int(name) for name in part]
        steps = {b - a for a, b in pairwise(places)}
        assert places == sorted(set(places)) and max(steps) - min(steps) <= 1
        # As far from the one end as from the other.
        assert abs(places[0] - (366 - places[-1])) <= 1
    assert chosen[1.0] == names and choose_evenly(names, 0.0001) == ["183"]
    with pytest.raises(ValueError, match="above 0"):
        choose_evenly(names, 0)


@pytest.mark.slow
def test_a_share_is_all_that_differs(run):
    """The same steps and pictures to judge on; names in a list, absolute folders."""
    configs, listed = [], []
    for task in label_shares(CLASSES, unlabelled=len(CLASSES)):
        (command,) = task.commands(run)
        assert command[:3] == ["-m", "ce_plugin.tools.train", f"{run.folder}/config.py"]
        assert command[-1] == f"data_root={run.data['folder']}"
        configs.append(Config.fromfile(command[2]).to_dict())
        listed.append((run.folder / "train.txt").read_text().split())
        assert len((run.folder / "val.txt").read_text().split()) == 20
        assert task.x == task.share and task.curve == "segmentation"
    assert [len(names) for names in listed] == [1, 2, 5, 20]
    assert all(cfg == configs[0] for cfg in configs)
    cfg, head = Config(configs[0]), configs[0]["model"]["decode_head"]
    assert head["num_classes"] == head["ignore_index"] == 4
    assert (
        cfg.val_evaluator.ignore_index == cfg.model.data_preprocessor.seg_pad_val == 4
    )
    assert cfg.model.neck.in_channels == [8, 16, 32, 64]
    assert head["feature_strides"] == [4, 8, 16, 32]
    assert cfg.randomness.seed == 5
    keys = {json.dumps(task.config, sort_keys=True) for task in label_shares(CLASSES)}
    assert len(keys) == len(SHARES)
    # Or with more steps for more labels.
    steps = dict(zip(SHARES, (7, 10, 16, 30)))
    for task in label_shares(CLASSES, unlabelled=len(CLASSES), steps=steps):
        (command,) = task.commands(run)
        longer = Config.fromfile(command[2])
        assert longer.train_cfg.max_iters == steps[task.share]
        assert longer.train_cfg.val_interval == steps[task.share]
        assert task.config["changes"]["train_cfg.max_iters"] == steps[task.share]
        assert json.dumps(task.config, sort_keys=True) not in keys


def test_both_layouts_of_folders(tmp_path):
    plain = make_segmentation_folder(tmp_path / "plain", CLASSES, pictures=3)
    guide = tmp_path / "guide"
    for part in ("train", "val"):
        for kind, old in dict(img_dir=part, ann_dir=f"{part}annot").items():
            (guide / kind).mkdir(parents=True, exist_ok=True)
            (plain / old).rename(guide / kind / part)
    for mask in (guide / "ann_dir" / "train").iterdir():
        mask.rename(mask.with_name(f"{mask.stem}_labels.png"))
    found = find_part(guide, "train")
    assert found.names == ("0000", "0001", "0002")
    assert (found.img_suffix, found.seg_map_suffix) == (".png", "_labels.png")
    assert labelled_folder(CLASSES, len(CLASSES))(guide, tmp_path) == guide


@pytest.mark.parametrize(
    "spoil, said",
    [
        (lambda root: (root / "trainannot" / "0001.png").unlink(), "no mask of 0001"),
        (lambda root: (root / "val").rename(root / "other"), "no folder"),
        (lambda root: (root / "train" / "a.jpg").write_text(""), "of one kind"),
    ],
)
def test_a_wrong_folder_is_told_in_a_line(tmp_path, spoil, said):
    root = make_segmentation_folder(tmp_path / "root", CLASSES, pictures=3)
    spoil(root)
    with pytest.raises(InputError, match=said) as error:
        labelled_folder(CLASSES, len(CLASSES))(root, tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("classes, unlabelled", [(CLASSES[:3], 255), (CLASSES, 255)])
def test_masks_are_held_to_the_class_list(tmp_path, classes, unlabelled):
    root = make_segmentation_folder(tmp_path / "root", CLASSES, pictures=3)
    with pytest.raises(InputError, match="unknown labels") as error:
        labelled_folder(classes, unlabelled)(root, tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "classes", [("a", "b", "c"), ("a", "b", "unlabelled"), ("only",)]
)
def test_invented_masks_follow_the_class_list(tmp_path, classes):
    suite = load_suite("camvid_labels", classes, tmp_path)
    suite.generate(tmp_path / "data")
    for entry in suite.data.values():
        assert entry(tmp_path / "data", tmp_path).is_dir()


def test_figures_of_detection_and_segmentation(run):
    leave(
        run,
        "loaded 3/3 tensors",
        **{"voc_area/mAP": 0.25, "voc_11points/mAP": 0.5, "mIoU": 7.0},
        **{f"IoU/{c}": float(i) for i, c in enumerate(["cat", "cow", "dog"])},
        **{f"IoU/{c}": 9.0 for c in ("horse", "person", "sheep", "bus")},
    )
    found = TASKS["detection"].figures(run)
    assert (found["value"], found["points11"], found["tensors"]) == (25.0, 50.0, 3)
    found = TASKS["segmentation-frozen"].figures(run)
    assert found["value"] == (0 + 1 + 2 + 9 + 9 + 9) / 6
    assert found["miou_of_all"] == 7.0 and "bus" not in found["ious"]


@pytest.mark.parametrize("said", ["loaded 2/3 tensors", "began"])
def test_a_half_loaded_encoder_has_no_figure(run, said):
    leave(run, said, **{"voc_area/mAP": 0.25, "voc_11points/mAP": 0.5})
    with pytest.raises(RuntimeError, match="not loaded whole"):
        TASKS["detection"].figures(run)


def test_a_run_without_an_evaluation_has_no_figure(run):
    leave(run, "loaded 3/3 tensors", loss=1.0)
    with pytest.raises(RuntimeError, match="without voc_area/mAP"):
        TASKS["detection"].figures(run)


def test_probes_share_a_run_of_this_encoder_only(run):
    svm, shots, knn = (TASKS[f"{k}-voc07"] for k in ("svm", "low-shot", "knn"))
    (command,) = svm.commands(run)
    assert command[:3] == ["-m", "harness.programs.probe", str(run.encoder)]
    assert shots.commands(run) == knn.commands(run) == [command]
    (other,) = TASKS["svm-voc12"].commands(run)
    out = command[command.index("--out") + 1]
    assert out != other[other.index("--out") + 1]

    found = dict(
        encoder=dict(sha256="of another one", random_init=False),
        classes=dict(counted=["cat"]),
        tasks=dict(
            svm=dict(layers=dict(a=dict(map=1.0, cv_map=9), b=dict(map=8.0, cv_map=2))),
            knn=dict(
                layers={
                    k: dict(neighbours={"20": dict(map=v)})
                    for k, v in zip("ab", (5.0, 3.0))
                }
            ),
        ),
    )
    found["tasks"]["low-shot"] = dict(
        layers={
            k: dict(shots={"1": dict(map=v), "4": dict(map=v + 2)})
            for k, v in zip("ab", (2.0, 6.0))
        }
    )
    with open(out, "w") as file:
        json.dump(found, file)
    assert svm.commands(run) == [command]
    # Of other data, or of an older protocol, there is another file.
    for prints in (dict(voc="one"), dict(voc="two")):
        (changed,) = svm.commands(replace(run, prints=prints))
        assert changed[command.index("--out") + 1] != out
    with pytest.raises(RuntimeError, match="no figures of this encoder"):
        svm.figures(run)

    found["encoder"]["sha256"] = sha256(run.encoder)
    with open(out, "w") as file:
        json.dump(found, file)
    assert not svm.commands(run) and not shots.commands(run) and not knn.commands(run)
    # The same run serves the last layer; results of before keep their config.
    last = replace(svm, name="svm-last", layer="last")
    assert not last.commands(run) and last.figures(run)["value"] == 8.0
    assert replace(shots, layer="last").figures(run)["value"] == 7.0
    assert set(last.config) - set(svm.config) == {"layer"}
    # The layer is chosen on the training pictures, not by the figure itself.
    figures = svm.figures(run)
    assert (figures["value"], figures["layer"]) == (1.0, "a")
    assert shots.figures(run)["value"] == 3.0
    assert knn.figures(run)["value"] == 3.0


@pytest.mark.parametrize("frozen", [True, False])
def test_the_encoder_in_a_task(encoder, frozen):
    """Whole, in bfloat16 inside and float32 outside; frozen it stays as it is."""
    init = dict(type="ce_plugin.PretrainedEncoder", checkpoint=str(encoder))
    config = {**BACKBONE, "out_indices": (1, 4), "init_cfg": init}
    net = TaskEncoder(config, bfloat16=True, frozen=frozen)
    net.init_weights()
    given = torch.load(encoder, weights_only=True)["state_dict"]
    own = {k: v.clone() for k, v in net.encoder.state_dict().items()}
    assert own.keys() == given.keys()
    assert all(own[key].equal(value) for key, value in given.items())

    net.train()
    pictures = torch.randn(4, 3, 32, 32)
    maps = net(pictures)
    assert [tuple(m.shape[1:]) for m in maps] == [(8, 8, 8), (64, 1, 1)]
    assert all(m.dtype == torch.float32 for m in maps)
    assert all(m.requires_grad is not frozen for m in maps)
    same = all(v.equal(own[k]) for k, v in net.encoder.state_dict().items())
    assert same is frozen


def test_bfloat16_computes_the_same_network():
    torch.manual_seed(0)
    net = TaskEncoder({**BACKBONE, "out_indices": (1, 4)}, bfloat16=True).eval()
    pictures = torch.randn(4, 3, 32, 32)
    with torch.no_grad():
        for rough, fine in zip(net(pictures), net.encoder(pictures)):
            # Another precision, but no other function: measured 0.003 to 0.011.
            assert 0 < (rough - fine).norm() < 0.03 * fine.norm()
