"""Ctrl-C that is heard wherever it lands.

Python raises KeyboardInterrupt in whatever code the main thread happens to run. When that is a callback or a finaliser
inside the gRPC library, the exception is dropped there and a watch would go on as if nobody had asked it to end.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

# A Ctrl-C that nobody has heeded is said again after this long.
REPEAT_S: Final = 0.5


@contextmanager
def heard() -> Iterator[None]:
    """Repeats a Ctrl-C until the block has ended by it.

    Does nothing off the main thread, where timers are missing, or where somebody else already handles SIGINT.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or not hasattr(signal, "setitimer"):
        yield
        return
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    is_armed = False

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        nonlocal is_armed
        is_armed = True
        signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, REPEAT_S)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        if is_armed:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
