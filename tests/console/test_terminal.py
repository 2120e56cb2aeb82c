"""Lines and bars, on a screen and in its place."""

import importlib
import io
import logging
import re
import subprocess
import sys
import warnings

import pytest
from console.screen import CONTROL, on_terminal
from mmengine.logging import MMLogger, print_log
from runs import ROOT, environment

from ce_plugin.console import Terminal, counted, track
from ce_plugin.console.logs import PACKAGE, TerminalHandler
from ce_plugin.console.terminal import rank


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_in_a_pipe_lines_alone():
    pipe = io.StringIO()
    screen = Terminal(pipe)
    screen.start_bar(10)
    screen.move_bar(5, "half")
    screen.line("[bold]said[/bold]")
    screen.stop_bar()
    assert not screen.live and pipe.getvalue() == "[bold]said[/bold]\n"


@pytest.mark.parametrize("kind", ["verbose", "silent"])
def test_no_bar_where_all_or_nothing_is_said(kind):
    stream = Screen()
    screen = Terminal(stream, **{kind: True})
    screen.start_bar(10)
    screen.line("said")
    assert stream.getvalue() == ("said\n" if kind == "verbose" else "")


def test_a_terminal_that_draws_nothing(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    assert not Terminal(Screen()).live


def test_a_bar_with_lines_above_it(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    stream = Screen()
    screen = Terminal(stream)
    screen.start_bar(10)
    screen.move_bar(5, "5/10 [red]")
    screen.line("[green] " + "x" * 300)
    screen.stop_bar()
    said = CONTROL.sub("", stream.getvalue())
    # Words in brackets are words, and a long path is not broken.
    assert "5/10 [red]" in said and "[green] " + "x" * 300 + "\n" in said
    assert stream.getvalue().endswith("\x1b[?25h")


def test_a_data_worker_draws_no_bar(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    stream = Screen()
    screen = Terminal(stream)
    screen.start_bar(10)
    drawn = stream.getvalue()
    monkeypatch.setattr("os.getpid", lambda: -1)
    screen.line("said by a worker")
    assert stream.getvalue() == drawn + "said by a worker\n"


def test_letters_that_a_pipe_cannot_take():
    pipe = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Terminal(pipe).line("K\u00e4se \udcff")
    pipe.seek(0)
    assert pipe.read() == "K\\xe4se \\udcff\n"


@pytest.mark.parametrize(
    "variables, number",
    [
        ({}, 0),
        ({"RANK": "3"}, 3),
        ({"SLURM_PROCID": "2"}, 2),
        ({"OMPI_COMM_WORLD_RANK": "1"}, 1),
        ({"RANK": "", "PMI_RANK": "4"}, 4),
    ],
)
def test_which_process(variables, number):
    assert rank(variables) == number


def logged(screen):
    """A logger of mmengine's that speaks through ``screen``."""
    logger = MMLogger("a test's")
    logger.handlers[:] = [TerminalHandler(screen)]
    return logger


def record(logger, level, text, path):
    logger.handle(logger.makeRecord("x", level, path, 1, text, (), None))


def test_what_is_shown_of_the_log():
    pipe = io.StringIO()
    logger = logged(Terminal(pipe))
    record(logger, logging.INFO, "of mmdet", "/site/mmdet/x.py")
    record(logger, logging.INFO, "of ours", PACKAGE + "engine/x.py")
    record(logger, logging.WARNING, "\nof mmdet, to act on\n", "/site/mmdet/x.py")
    record(logger, logging.WARNING, '"FileClient" will be deprecated in future', "/x")
    record(logger, logging.ERROR, "broken", "/x")
    # As mmengine says it of each parameter: from here, which is no file of ours.
    print_log("paramwise_options -- weight_decay=0", logger)
    assert pipe.getvalue().splitlines() == [
        "of ours",
        "warning: of mmdet, to act on",
        "error: broken",
    ]


def test_print_log_of_ours_is_shown(tmp_path):
    """The record names mmengine's file; the one that called it counts."""
    pipe = io.StringIO()
    code = "def say(logger):\n    print_log('loaded 3/3 tensors', logger)\n"
    names = {"print_log": print_log}
    exec(compile(code, PACKAGE + "checkpoints/x.py", "exec"), names)
    names["say"](logged(Terminal(pipe)))
    assert pipe.getvalue() == "loaded 3/3 tensors\n"


def test_other_processes_say_errors_only(capsys):
    logger = logged(Terminal(silent=True))
    record(logger, logging.WARNING, "a warning", "/x")
    record(logger, logging.ERROR, "broken", "/x")
    assert capsys.readouterr() == ("", "error: broken\n")


def test_warnings_in_a_line_each(tmp_path, monkeypatch):
    from ce_plugin.console import python_warnings

    pipe = io.StringIO()
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    monkeypatch.setattr(python_warnings, "_files", [])
    monkeypatch.setattr(python_warnings, "_kept", [])
    python_warnings.show_warnings(Terminal(pipe).line)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning("Your system\nis slow", UserWarning, "x.py", 3)
        warnings.showwarning("will go", FutureWarning, "x.py", 4)
        warnings.showwarning(
            f"{python_warnings.PKG_RESOURCES}.", UserWarning, "x.py", 5
        )
    assert pipe.getvalue() == "warning: Your system is slow\n"
    # The file has them all, those from before it was there as well.
    handler = logging.FileHandler(tmp_path / "log")
    python_warnings.write_warnings_to([handler])
    warnings.showwarning("later", DeprecationWarning, "x.py", 6)
    handler.close()
    assert (tmp_path / "log").read_text().splitlines() == [
        "x.py:3: UserWarning: Your system is slow",
        "x.py:4: FutureWarning: will go",
        f"x.py:5: UserWarning: {python_warnings.PKG_RESOURCES}.",
        "x.py:6: DeprecationWarning: later",
    ]


def test_a_loop_says_nothing_without_a_screen(capsys):
    assert list(track("abc", "letters", 3)) == ["a", "b", "c"]
    with counted("letters") as tell:
        tell(1, 2)
    assert capsys.readouterr() == ("", "")


TOOLS = sorted(p.stem for p in (ROOT / "ce_plugin/tools").glob("[a-z]*.py"))
# Those whose options stand behind a first word.
WORDS = {"prepare_data": ["check", "voc"]}


@pytest.mark.parametrize("name", TOOLS)
def test_every_tool_has_the_same_habits(name, capsys):
    parse = importlib.import_module(f"ce_plugin.tools.{name}").parse_args
    with pytest.raises(SystemExit) as end:
        parse([*WORDS.get(name, []), "-h"])
    said = capsys.readouterr().out
    assert end.value.code == 0 and "--verbose" in said and "--traceback" in said


LOOP = """
import time
from ce_plugin.console import terminal, track
for letter in track("abc", "letters", 3):
    time.sleep(0.2)
    print("printed", letter)
    terminal().line(f"said {letter}")
print("end")
"""


def test_a_loop_on_a_screen(tmp_path):
    code, said = on_terminal([sys.executable, "-c", LOOP], tmp_path)
    assert code == 0 and "3/3 letters" in said
    text = CONTROL.sub("", said)
    for letter in "abc":
        for word in ("printed", "said"):
            assert re.search(rf"[\r\n]{word} {letter}[\r\n]", text)
    # The bar is gone at the end.
    last = said.rpartition("\x1b[?25h")[2]
    assert last.strip().endswith("end") and "letters" not in last


def test_the_console_costs_no_torch():
    code = "import sys, ce_plugin.console; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True
    )
    assert done.stdout == "False\n", done.stderr
