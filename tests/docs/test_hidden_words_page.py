"""docs/hidden-words.md: its configs and parts exist, its figures are measured ones."""

import json
import re
import statistics
import sys

import pytest
from models.targets.cases import registered
from runs import ROOT
from stored_figures import NUMBERS, Page, load, stored_lines

sys.path.insert(0, str(ROOT / "benchmarks"))
from figures import final
from harness.tables.significance import t_interval

from ce_plugin.engine.config import load_config
from ce_plugin.registry import MODELS

PAGE = Page("hidden-words.md")


def test_configs_and_targets_are_all_there():
    named = set(re.findall(r"`((?:hidden|seen)-words_[\w-]+\.py)`", PAGE.text))
    found = (ROOT / "configs" / "pretrain").glob("*-words_*.py")
    assert named == {path.name for path in found}
    rows = set(re.findall(r"^\| `(\w+)` \|", PAGE.text, re.M))
    assert set(registered()) <= rows


def test_its_example_is_built():
    example = next(
        block for block in re.findall(r"```python\n(.*?)```", PAGE.text, re.S)
    )
    made: dict = {}
    exec(example, made)
    model = MODELS.build(made["model"])
    assert set(model.targets) == {"words", "fine", "bag"}


def test_its_figures_are_those_of_the_script():
    path = ROOT / "benchmarks" / "results" / "speed" / "targets.json"
    for figure in json.loads(path.read_text())["against_encoder"].values():
        assert f"{figure['median']:.2f} times" in PAGE.text
    found = load("speed/overhead")["configs"]["hidden-words_r18-half-96.py"]
    assert found["data_wait_share"] < 0.05
    assert (
        f"on {found['pictures']:,} of the 3,608 pictures of VOC2012, on two cores, "
        f"{found['data_wait_share']:.1%} is waiting for pictures, and loop and hooks "
        f"add {found['overhead_share']:.1%} to the steps"
    ).replace("%", " %") in " ".join(PAGE.text.split())


ROWS = dict(
    re.findall(r"^\| `([\w-]+_(?:voc0712|imagenet)\.py)` \| (.+) \|$", PAGE.text, re.M)
)
PICTURES = dict(voc0712=16_551, imagenet=1_281_167)
# A row that says "the same" stands under the one that it means.
SAME = {
    name: list(ROWS)[i - 1] for i, name in enumerate(ROWS) if "the same" in ROWS[name]
}


@pytest.mark.parametrize("name", ROWS)
def test_schedules_for_a_gpu(name):
    """The whole model is built, and its schedule is the one that the page states."""
    cfg = load_config(name, [])
    model = MODELS.build(cfg.model)
    wanted = 384 if "vit-small" in name else 2048
    assert model.features.out_channels[-1] == wanted
    said = ROWS[SAME.get(name, name)] + ROWS[name]
    (data,) = (key for key in PICTURES if key in name)
    epochs, steps, batch = (
        int(re.findall(pattern, said)[-1].replace(",", ""))
        for pattern in (r"([\d,]+) epochs", r"([\d,]+) steps", r"steps of ([\d,]+)")
    )
    rate = re.findall(r"learning rate ([\d.]+)", said)[-1]
    assert cfg.train_cfg.max_iters == steps
    assert cfg.optim_wrapper.optimizer.lr == float(rate)
    processes = 4 if data == "imagenet" else 1
    assert cfg.train_dataloader.batch_size * processes == batch
    held_out = min(0.05 * PICTURES[data], 5_000)
    seen = steps * batch / (PICTURES[data] - held_out)
    assert seen == pytest.approx(epochs, rel=0.01)


def test_all_schedules_are_on_the_page():
    folder = ROOT / "configs" / "pretrain"
    found = {
        path.name
        for data in PICTURES
        for path in folder.glob(f"hidden-words_*_{data}.py")
    }
    assert set(ROWS) == found and len(found) == 4


SHARED = range(10, 15)
"""Seeds that both six and twenty minutes have."""


def test_what_it_says_of_the_final_comparison(board):
    """Where the figures have changed, so must the sentence."""
    text = " ".join(PAGE.section("Where the hole pays").split())
    above = []
    for minutes in ("", final.LONG):
        pair = final.OURS + minutes, final.CONTROL + minutes
        gaps = [board.difference(*pair, task).by_seed.values() for task in final.PAIRS]
        lows = [t_interval(list(values))[0] for values in gaps]
        above.append(NUMBERS[sum(low > 0 for low in lows)])
    six, twenty = above
    said = f"is above zero at {six} of the nine tasks, after twenty at {twenty}"
    assert said in text and len(final.PAIRS) == 9
    pattern = (
        r"frozen segmentation falls from ([\d.]+) to ([\d.]+), and "
        r"detection stays at ([\d.]+) to ([\d.]+), where hidden words go "
        r"from ([\d.]+) to ([\d.]+)\."
    )
    shown = list(map(float, re.search(pattern, text).groups()))
    rows = (
        (final.CONTROL, "segmentation-frozen"),
        (final.CONTROL, "detection"),
        (final.OURS, "detection"),
    )
    means = [
        statistics.fmean(board.values(method + minutes, task)[s] for s in SHARED)
        for method, task in rows
        for minutes in ("", final.LONG)
    ]
    assert shown == pytest.approx(means, abs=0.051)


def test_what_it_says_of_the_corrected_test(board):
    text = " ".join(PAGE.section("Where the hole pays").split())
    above = final.verdicts(board)["above"]
    pairs = [(final.OURS + m, final.CONTROL + m) for m in ("", final.LONG)]
    six, twenty = (
        NUMBERS[sum(claim.startswith(f"{ours} less {theirs} at") for claim in above)]
        for ours, theirs in pairs
    )
    assert len(board.suite.claimed) == 7
    assert (
        f"above their control at {six} of the seven claimed tasks after six minutes, "
        f"and at {twenty} after twenty"
    ) in text


def test_how_long_its_command_takes(board):
    """Steps of ten nominal minutes, a tenth of them warm-up, as the suite has them."""
    text = " ".join(PAGE.text.split())
    cfg = load_config("hidden-words_r18-half-96.py", [])
    length = cfg.train_cfg.max_iters
    assert f"That is {length:,} steps, about a quarter of an hour of one core." in text
    speed = json.loads((ROOT / "benchmarks/results/speed/targets.json").read_text())
    assert speed["machine"]["threads"] == 1
    assert 13 < speed["seconds"]["words"] * length / 60 < 18
    steps = {
        name: {
            record["figures"]["iterations"]
            for record in stored_lines(final.SUITE)
            if (record.get("method"), record.get("task")) == (name, "pretraining")
        }
        for name in (final.OURS, final.OURS + final.HALF)
    }
    (six,), (ten,) = steps.values()
    assert length / six * 6 == pytest.approx(5, abs=0.3)
    went = [
        record["minutes"] * length / six
        for record in stored_lines(final.SUITE)
        if (record.get("method"), record.get("task")) == (final.OURS, "pretraining")
    ]
    assert (round(min(went)), round(max(went))) == (4, 8)
    assert "was four to eight minutes on the machines of the final comparison" in text
    said = f"`train_cfg.max_iters={ten} param_scheduler.0.end={round(ten / 10)}`"
    assert said in text


def test_where_the_lead_grows(board):
    text = " ".join(PAGE.section("Where the hole pays").split())
    said = "VOC07's kNN and last-layer SVM; at the other five it shrinks, where all is "
    assert said in text
    pairs = [(final.OURS + m, final.CONTROL + m) for m in ("", final.LONG)]
    short, long = (
        {
            task: statistics.fmean(
                board.difference(*pair, task).by_seed[seed] for seed in SHARED
            )
            for task in final.PAIRS
        }
        for pair in pairs
    )
    grown = {task for task in final.PAIRS if long[task] > short[task]}
    named = {"detection", "segmentation-frozen", "knn-voc07", "svm-last-voc07"}
    assert grown == named and len(final.PAIRS) == 9
    every = board.difference(*pairs[0], "segmentation").mean
    assert (
        f"where all is trained from {short['segmentation']:+.1f} (with all ten seeds "
        f"of six minutes, as above, it is {every:+.1f})."
    ) in text
