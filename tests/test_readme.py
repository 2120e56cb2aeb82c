"""The README's figures are those of the results that lie beside it."""

import json
import re
import subprocess
import sys

import pytest
from runs import ROOT, environment

TEXT = (ROOT / "README.md").read_text()
RESULTS = ROOT / "benchmarks" / "results"


def load(name):
    return json.loads((RESULTS / f"{name}.json").read_text())


def shown(pattern):
    found = re.search(pattern, TEXT)
    assert found, pattern
    return [float(x.replace(",", "")) for x in found.groups()]


def test_default_job():
    result = load("default_job")
    metrics = {k.removeprefix("inpainting/"): v for k, v in result["metrics"].items()}
    number = r"([\d.]+)"
    row = rf" \| {number} \| {number} \| {number} \| {number} \|"
    for label, prefix in (
        ("the network", ""),
        ("mean of the context", "context-mean/"),
        ("constant grey", "constant/"),
    ):
        figures = shown(rf"\| {label}{row}")
        names = ("hole_l1", "hole_l2", "hole_psnr", "hole_ssim")
        for value, name in zip(figures, names):
            assert value == pytest.approx(metrics[prefix + name], abs=0.006)
    (gain,) = shown(rf"{number} dB above the better trivial fill")
    assert gain == pytest.approx(metrics["psnr_gain"], abs=0.006)


def test_speed():
    number = r"([\d.,]+)"
    step = load("speed/joint_step")
    for label, key in (
        ("memory as it comes", "times_faster"),
        ("freed memory kept, for both", "times_faster_with_memory_kept_for_both"),
        ("as the tool runs, against the plain loop", "times_faster_as_the_tool_runs"),
    ):
        (value,) = shown(rf"{label} \| {number}x")
        assert value == pytest.approx(step[key]["median"], abs=0.006)
        assert value >= 2
    (share,) = shown(rf"hooks and loop \| {number} %")
    assert share == pytest.approx(
        100 * load("speed/overhead")["overhead_share"], abs=0.06
    )
    for case, value in load("speed/data")["cases"].items():
        (plain, masks) = shown(rf"\| {case} \| {number}x \| {number}x")
        assert plain == pytest.approx(value["speedup"]["ours"]["median"], abs=0.006)
        assert masks == pytest.approx(
            value["speedup"]["ours, masks"]["median"], abs=0.006
        )
    for name, value in load("speed/masks").items():
        if isinstance(value, int) and name[0].isupper():
            (rate,) = shown(rf"`{name}` \| {number}")
            assert rate == value


def test_speed_of_pretexts():
    """Every pretext's step is at most 5 % slower than lightly's own loop for it."""
    steps = load("speed/pretexts")["steps"]
    ratios = {name: step["ours_to_lightly"]["median"] for name, step in steps.items()}
    assert len(ratios) == 10 and max(ratios.values()) <= 1.05
    slowest = max(ratios, key=ratios.get)
    (share,) = shown(rf"at most (\d+) % slower \({slowest}\)")
    assert share == round(100 * (ratios[slowest] - 1))
    faster = shown(r"SwAV and DINO\s+(\d+) to (\d+) % faster")
    assert sorted(round(100 * (1 - ratios[n])) for n in ("SwAV", "DINO")) == faster


def test_speed_of_whole_iterations():
    """At least 1.3 times lightly's loop at half width, at full width never slower."""
    result = load("speed/pretexts")["iterations"]
    page = (ROOT / "docs" / "views.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| ([\d.]+) \| ([\d.]+) \|$", page, re.M)
    assert {name for name, *_ in rows} == set(result["half"]) and len(rows) == 6
    for name, half, full in rows:
        for width, shown_one, least in (("half", half, 1.3), ("full", full, 1)):
            value = result[width][name]["times_as_fast"]["median"]
            assert float(shown_one) == pytest.approx(value, abs=0.006), name
            assert value >= least, name
    values = [row["times_as_fast"]["median"] for row in result["half"].values()]
    found = shown(r"([\d.]+) to ([\d.]+)\s+times\s+as\s+fast\s+as\s+lightly's loop")
    assert found == pytest.approx([min(values), max(values)], abs=0.006)
    simclr = result["half"]["SimCLR"]["milliseconds_a_picture"]
    told = re.search(r"in ([\d.]+) instead of ([\d.]+) ms \(SimCLR\)", page).groups()
    for number, which in zip(told, ("ours", "lightly")):
        assert float(number) == pytest.approx(simclr[which]["loading"], abs=0.06)
    conditions = re.search(r"\((\d+) pictures, two views of (\d+) px\)", page).groups()
    assert [int(x) for x in conditions] == [result["batch"], result["size"]]


def test_speed_of_jitter():
    page, result = (ROOT / "docs" / "views.md").read_text(), load("speed/jitter")
    rows = dict(zip(("colours", "blur"), re.findall(r"\| (0\.\d+) " * 3 + r"\|", page)))
    for change, row in rows.items():
        times = result[change]["milliseconds_a_view"]
        assert [float(x) for x in row] == list(times.values())
    assert len(rows) == 2 and result["colours"]["times_as_fast"]["than torchvision"][
        "median"
    ] == pytest.approx(5, abs=0.5)


def test_digits():
    result = load("mnist")
    number = r"([\d.]+)"
    (pixels,) = shown(rf"\| bare pixels \| {number}")
    assert pixels == pytest.approx(result["pixels"]["accuracy"], abs=0.06)
    rows = {"MLP, neighbouring columns": "mlp", "convolutions, square hole": "conv"}
    for label, name in rows.items():
        part = result["configs"][f"context-encoder_{name}_mnist"]
        figures = shown(
            rf"\| {label} \| {number} ± {number} \| {number} ± {number} \| {number} \|"
        )
        expected = [
            part[k][f] for k in ("pretrained", "untrained") for f in ("mean", "std")
        ]
        minutes = sum(part["core_minutes"]) / len(part["core_minutes"])
        for value, true in zip(figures, [*expected, minutes]):
            assert value == pytest.approx(true, abs=0.06)


def test_transfer():
    sys.path.insert(0, str(ROOT / "benchmarks" / "transfer"))
    import table

    found = table.load()
    lines = table.rows(found)
    assert len(lines) >= 4 and all(line in TEXT for line in lines)
    for (task, method), seeds in found.items():
        assert sorted(seeds) == [0, 1, 2], (task, method)


@pytest.mark.parametrize("suite", ["voc320_cpu", "camvid_labels"])
def test_tables_of_suites(suite):
    """The README's tables are what the table command makes of the results."""
    command = [sys.executable, "benchmarks/tables.py", suite, "--format", "md"]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env=environment()
    )
    assert done.returncode == 0, done.stderr
    made = done.stdout
    runs, left = re.search(r"\*\*(\d+) of \1 runs done, 0 failed, (\d+)", made).groups()
    assert int(runs) > 100 and left == "0"
    parts = re.split(r"^#### ", made, flags=re.MULTILINE)
    wanted = [p for p in parts if p.startswith(("Results", "Difference to random"))]
    assert len(wanted) == 2
    for part in wanted:
        lines = [line for line in part.splitlines() if line.startswith("|")]
        assert len(lines) >= 10 and "\n".join(lines) in TEXT


def test_picture_of_filled_holes():
    """It and its figures were made by the commands that stand above it."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    from inpainting import figure

    result = load("inpainting_figure")
    assert result["commands"] == figure.commands().splitlines()
    for name, scores in result["hole"].items():
        (psnr,) = shown(rf"`{name}` ([\d.]+) dB")
        assert psnr == scores["psnr"]


@pytest.mark.parametrize("masks", ["center", "region"])
def test_tables_of_fillers(masks):
    sys.path.insert(0, str(ROOT / "benchmarks"))
    from inpainting import table

    rows = table.load()["voc", masks]
    lines = [*table.table(rows), *table.differences(rows)]
    assert len(lines) > 20 and all(line in TEXT for line in lines)


def test_speed_of_filling():
    result = load("speed/inpainting")
    number = r"([\d.]+)"
    for name, found in result["batch"]["fillers"].items():
        (times,) = shown(rf"\| {name} \| {number}x \|")
        assert times == pytest.approx(found["ratio"]["median"], abs=0.006)
    table = TEXT.partition("| a hole of 200x150 in 4000x3000 |")[2]
    for name, found in result["large"]["fillers"].items():
        row = f"| {name} | {found['seconds']} | {found['megabytes']} |\n"
        assert row in table
        assert found["seconds"] < 60 and found["megabytes"] < 500
