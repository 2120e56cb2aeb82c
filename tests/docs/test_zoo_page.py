"""docs/zoo.md says what the cards and the stored measurement say."""

import json
import re
import sys

import pytest
from runs import ROOT

from ce_plugin.zoo import card_of, zoo_names

sys.path.insert(0, str(ROOT / "benchmarks"))
from figures import final
from packaged.measure import parse_args as measure_args
from packaged.pack import parse_args as pack_args
from packaged.table import encoder_table, generator_tables

PAGE = (ROOT / "docs/zoo.md").read_text()
RESULT = json.loads((ROOT / "benchmarks/results/zoo.json").read_text())


@pytest.mark.parametrize(
    "table", [generator_tables(RESULT["generator"]), encoder_table(RESULT["encoder"])]
)
def test_its_tables_are_those_of_the_stored_result(table):
    assert "\n".join(table) in PAGE
    pictures = RESULT["generator"]["pictures"]
    assert f"{pictures} pictures of VOC's `val` lists" in PAGE
    assert RESULT["generator"]["of"] == "val lists"


@pytest.mark.parametrize("name", zoo_names())
def test_its_files_are_the_packaged_ones(name):
    card = card_of(name)
    size = f"{card['file']['bytes'] / 1e6:.1f} MB"
    minutes = f"{card['training']['minutes']:.0f} minutes"
    pictures = f"{card['data']['pictures']:,} pictures"
    (row,) = re.findall(rf"^\| `{name}` \| .*$", PAGE, re.M)
    assert all(part in row for part in (size, minutes, pictures)), row
    assert f"`{name}` by {100 * card['rounding']['error']:.2g} %" in " ".join(
        PAGE.split()
    )


def test_where_the_encoder_is_the_lowest_of_its_seeds(board):
    seed = card_of("r18-half")["training"]["seed"]
    lowest = set()
    for task in final.PAIRS:
        of_seed = board.values(final.OURS + final.LONG, task)
        assert len(of_seed) == 5
        if min(of_seed, key=of_seed.get) == seed:
            lowest.add(task)
    assert (
        "it is the lowest of the five at both segmentations, VOC12's last-layer SVM "
        "and VOC07's of the chosen layer, there below the bag too."
    ) in " ".join(PAGE.split())
    named = {"segmentation", "segmentation-frozen", "svm-last-voc12", "svm-voc07"}
    assert lowest == named
    own = board.values(final.OURS + final.LONG, "svm-voc07")[seed]
    assert own < board.summary("bag-of-words", "svm-voc07").mean


def test_its_commands_are_understood():
    (block,) = (b for b in re.findall(r"```bash\n(.*?)```", PAGE, re.S) if "pack" in b)
    commands = block.replace("\\\n", " ").splitlines()
    for command in commands:
        words = command.split()
        if "packaged/pack.py" in command:
            args = pack_args(words[2:])
            assert (ROOT / f"configs/pretrain/{args.config}.py").is_file()
        elif "packaged/measure.py" in command:
            assert measure_args(words[2:]).parts == ["generator", "encoder"]
        else:
            assert (ROOT / "configs/pretrain" / words[3]).is_file()
    assert len(commands) == 5
