"""The figures of docs/scale.md are those of the stored results."""

import pytest
from stored_figures import Page
from stored_figures import load as stored

PAGE = Page("scale.md").text


def load(name):
    return stored(f"speed/{name}")


def row(start):
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| {start}")]
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def test_start():
    second = load("start")["second"]
    seconds = second["dataset_seconds"] + second["sampler_seconds"]
    assert second["found"] == 1_000_000
    assert row("second start") == [f"{seconds:.2f} s"]
    assert row("index, bytes") == [f"{second['index_bytes_a_picture']:.0f}"]
    assert row("a data worker") == [f"{second['worker_grows_by_megabytes']} MB"]
    for start, millions in (("1.3 mill", 1.3), ("14 mill", 14), ("100 mill", 100)):
        index, order, begins = row(start)
        size = float(index.split()[0]) * (1000 if "GB" in index else 1)
        assert size == pytest.approx(second["index_bytes_a_picture"] * millions, abs=1)
        assert float(order.split()[0]) == pytest.approx(4 * millions, abs=0.5)
        assert float(begins.split()[0]) == pytest.approx(seconds * millions, abs=0.5)


def test_processes():
    result = load("processes")
    for count, case in result["processes"].items():
        assert row(f"{count} |") == [
            f"{case['start_seconds']} s",
            f"{case['megabytes_a_process']} MB",
            str(case["pictures_per_second"]),
            f"{case['weights_differ_by']:.1e}" if count != "1" else "0",
        ]
    nodes = result["two_nodes"]
    assert f"ended after {nodes['other_node_ended_after_seconds']} s" in PAGE
    assert f"`{nodes['resumed_from']}`" in PAGE
    assert nodes["weights_differ_from_undisturbed_by"] == 0


def test_decoding():
    cases = load("decoding")["cases"].values()
    names = {
        "default |": "default",
        '`jpeg="simplejpeg"`': "simplejpeg",
        "the same, `min": "simplejpeg, min_side",
        "default with": "default, min_side",
    }
    for start, name in names.items():
        found = [case["samples"]["times_torchvision"][name]["median"] for case in cases]
        assert row(start) == [f"{value:.2f}" for value in found]
    small, large = cases
    alone = min(small["decode_milliseconds"].values())
    whole = 1000 / small["samples"]["pictures_per_processor_second"]["torchvision"]
    assert f"{whole:.2f} ms for one of" in PAGE and f"{alone:.2f} ms. Scaled" in PAGE
    assert f"by {large['min_side_differs']['features']:.1%} of" in PAGE.replace(
        " %", "%"
    )
    found = [case["samples"]["shards_times_folder"]["median"] for case in cases]
    assert row("shards against") == [f"{value:.2f}" for value in found]
