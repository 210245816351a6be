"""A Ctrl-C that lands where exceptions are dropped ends the command all the same."""

from __future__ import annotations

import os
import signal
import time

import pytest
from pydispatch_cli import interrupts


class Deaf:
    """Drops what is raised while it goes, as Python does in every finaliser."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0)


def drop_one_and_wait() -> None:
    end = time.monotonic() + 10
    with interrupts.heard():
        Deaf()
        while time.monotonic() < end:
            time.sleep(0.05)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_dropped_interrupt_is_said_again() -> None:
    with pytest.raises(KeyboardInterrupt):
        drop_one_and_wait()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_nothing_is_left_behind_where_nobody_interrupts() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with interrupts.heard():
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGALRM) is before
