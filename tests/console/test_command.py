"""What all command lines share: SIGTERM as Ctrl-C, for as long as it is asked for."""

import os
import signal

import pytest

from ce_plugin.console.command import ended_as_by_ctrl_c


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
