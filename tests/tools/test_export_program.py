"""The command that takes networks out of the framework."""

import sys

import networks
import pytest

from ce_plugin.tools import export_program


@pytest.fixture
def command(monkeypatch, capsys):
    """Runs it in this process: exit code, standard output and error."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["export_program", *map(str, arguments)])
        code = export_program.main()
        return code, *capsys.readouterr()

    return run


def test_a_generator_and_an_encoder(command, tmp_path):
    networks.write("mlp", tmp_path / "ce.pth")
    code, out, _ = command(tmp_path / "ce.pth", tmp_path / "g.pt2")
    assert code == 0
    assert "picture, mask -> prediction, composite; any batch, pictures of 16x16" in out
    assert "under torch.export.load the same as the network but for" in out
    code, out, _ = command(tmp_path / "ce.pth", tmp_path / "e.pt2", "--part", "encoder")
    assert code == 0
    assert "picture -> c1, c2; any batch, pictures of 16x16 only" in out


def test_onnx_without_its_runtime_says_that_nothing_was_compared(
    command, tmp_path, monkeypatch
):
    pytest.importorskip("onnxscript")
    networks.write("mlp", tmp_path / "ce.pth")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    code, out, _ = command(tmp_path / "ce.pth", tmp_path / "g.onnx")
    assert code == 0
    assert "not compared with the network; onnxruntime would be needed" in out


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["none.pth", "g.onnx"], "no checkpoint"),
        (["ce.pth", "g.pth"], "OUT ends in .onnx or .pt2"),
        (["ce.pth", "g.pt2", "--stages", "1"], "go with --part encoder"),
        (["ce.pth", "g.pt2", "--size", "0"], "--size is 1 or more"),
        (["ce.pth", "g.pt2", "--size", "20"], "give --size"),
        (
            ["ce.pth", "g.pt2", "--part", "encoder", "--stages", "9"],
            "stages are 1 to 2",
        ),
    ],
)
def test_mistakes_are_one_line(arguments, said, command, tmp_path, monkeypatch):
    networks.write("mlp", tmp_path / "ce.pth")
    monkeypatch.chdir(tmp_path)
    code, _, error = command(*arguments)
    assert code == 2
    assert said in error
    assert error.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["ce.pth"]
