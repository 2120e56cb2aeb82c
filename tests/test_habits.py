"""What CONTRIBUTING, SECURITY and the files for other tools say is so."""

import ast
import os
import re

import pytest
import yaml
from runs import ROOT

from ce_plugin.version import __version__

SOURCES = sorted((ROOT / "ce_plugin").rglob("*.py"))


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def calls():
    """Every call in the package: its file, its dotted name, and the call."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield path, ast.unparse(node.func), node


def test_nothing_that_is_read_is_run():
    """As SECURITY.md says: no pickles, no expressions, no YAML with objects."""
    loads = 0
    for path, name, node in calls():
        said = {word.arg: ast.unparse(word.value) for word in node.keywords}
        if name == "torch.load":
            assert said["weights_only"] == "True", path
            loads += 1
        assert said.get("allow_pickle", "False") == "False", path
        assert said.get("weights_only", "True") == "True", path
        assert said.get("shell", "False") == "False", path
        assert name not in ("eval", "exec", "yaml.load", "os.system"), path
        assert not re.fullmatch(r"(c?pickle|dill|joblib)\.loads?", name), path
    assert loads >= 3


@pytest.mark.parametrize("name", ["inspect_checkpoint", "proposals", "install_mmcv"])
def test_what_security_names_is_there(name):
    assert name in read("SECURITY.md")
    assert any(
        path.stem == name or f"def {name}(" in path.read_text() for path in SOURCES
    )


def test_five_answers():
    """Where a newcomer looks: folders, by their names alone."""
    answers = dict(
        re.findall(r"^\| (.+?) \| `(.+?)/` \|$", read("CONTRIBUTING.md"), re.MULTILINE)
    )
    assert len(answers) == 5
    files = {
        "a hole is made": "center_region.py",
        "a loss is": "reconstruction.py",
        "VOC is read": "voc.py",
        "the encoder leaves": "encoder.py",
    }
    for answer, folder in answers.items():
        assert (ROOT / folder).is_dir()
        if answer in files:
            assert (ROOT / folder / files[answer]).is_file()


def test_contributing_leads_somewhere():
    text = read("CONTRIBUTING.md")
    links = re.findall(r"\]\((?!https:)(.+?)\)", text)
    assert len(links) >= 6 and all((ROOT / link).is_file() for link in links)
    targets = set(re.findall(r"^make (\w+)", text, re.MULTILINE))
    assert targets <= set(re.findall(r"^(\w+):", read("Makefile"), re.MULTILINE))
    for path in re.findall(r"pytest (tests/\S+)", text):
        assert (ROOT / path).exists()


def test_commits_are_held_to_what_make_lint_asks():
    (local,) = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    tools = {hook["entry"].split()[0].rpartition("/")[2] for hook in local["hooks"]}
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", read("Makefile"), re.MULTILINE)[1]
    assert tools == set(re.findall(r"\$\(BIN\)/([\w-]+)", recipe))


def test_public_ci_runs_what_the_project_runs():
    steps = yaml.safe_load(read(".github/workflows/ci.yml"))["jobs"]["all"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == [".ci/run"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_versions_agree():
    cited = yaml.safe_load(read("CITATION.cff"))
    assert cited["version"] == __version__
    assert cited["authors"] == [dict(name="The ce_plugin authors")]
    assert re.search(
        rf"^## {re.escape(__version__)}$", read("CHANGELOG.md"), re.MULTILINE
    )
