"""docs/benchmarks.md: the small data are what results were measured on."""

import re

from stored_figures import Page, stored_lines

TEXT = Page("benchmarks.md").text


def test_fingerprints_of_the_small_data():
    shown = re.findall(r"`([0-9a-f]{16})`", TEXT)
    found = [
        {
            value
            for line in stored_lines(suite)
            for key, value in (line.get("data") or {}).items()
            if key == name
        }
        for suite, name in (
            ("voc320_fair", "voc"),
            ("voc320_fair", "pretraining"),
            ("voc320_choose", "choosing"),
            ("voc320_choose", "pretraining"),
            ("camvid_fair", "folder"),
            ("camvid_fair", "pretraining"),
        )
    ]
    assert found == [{value} for value in shown]
