"""What all command lines share: SIGTERM as Ctrl-C, and errors in one line."""

import errno
import os
import signal

import pytest

from ce_plugin.console.command import ended_as_by_ctrl_c, run


def test_sigterm_is_ctrl_c_inside_and_what_it_was_outside():
    told = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: told.append(number))
    mine = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(KeyboardInterrupt), ended_as_by_ctrl_c():
            os.kill(os.getpid(), signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is mine and not told
        os.kill(os.getpid(), signal.SIGTERM)
        assert told == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)


def no_folder(folder):
    (folder / "file" / "new").write_text("")


def there_already(folder):
    (folder / "file").mkdir()


def a_folder(folder):
    folder.write_text("")


def a_folder_to_replace(folder):
    (folder / "file").replace(folder / "folder")


def read_only(folder):
    raise OSError(errno.EROFS, os.strerror(errno.EROFS), f"{folder}/file")


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (no_folder, "/file/new: Not a directory"),
        (there_already, "/file: File exists"),
        (a_folder, ": Is a directory"),
        (a_folder_to_replace, "/folder: Is a directory"),
        (read_only, "/file: Read-only file system"),
    ],
)
def test_a_place_that_cannot_be_written(write, said, tmp_path, capsys):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    assert run(lambda: write(tmp_path)) == 2
    assert capsys.readouterr().err == (
        f"ce_plugin: error: cannot write {tmp_path}{said}; give another place\n"
    )


def test_an_error_of_our_own_is_raised():
    with pytest.raises(FileExistsError):
        run(lambda: (_ for _ in ()).throw(FileExistsError("registered twice")))
