"""Tables of stored results are those that the version before the suites wrote."""

import hashlib
import re

import pytest
import tables_case  # noqa: F401  puts the harness on the path
from harness.results.read import read_results
from harness.suites import load_suite
from harness.tables.csv_file import csv_text
from harness.tables.latex import latex
from harness.tables.leaderboard import Leaderboard
from harness.tables.markdown import markdown

# SHA-256 of what was written then: whole files, or, for what was no suite yet, the
# lines of its tables in Markdown.
FILES = {
    ("voc320_cpu", markdown): "3c9bfe38a6e492e7",
    ("voc320_cpu", csv_text): "f022f473f82072ce",
    ("voc320_cpu", latex): "832f0aab14c844c1",
    # Since then its words above the tables say that eight frames are held out.
    ("camvid_labels", markdown): "570754971df494fa",
    ("camvid_labels", csv_text): "8ac42ed0c2f749a0",
    ("camvid_labels", latex): "6cb5beac1279a452",
}
TABLES = {"inpainting": "6f10de9ac5759935", "transfer": "f89e1b0e7b765bd2"}


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def board_of(name):
    suite = load_suite(name)
    return Leaderboard(suite, read_results(suite))


@pytest.mark.parametrize("name, write", FILES)
def test_files(name, write):
    assert digest(write(board_of(name))) == FILES[name, write]


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_what_was_no_suite(name):
    lines = re.findall(r"^\|.*\n", markdown(board_of(name)), re.MULTILINE)
    assert digest("".join(lines)) == TABLES[name]
