"""Ctrl-C as a question the host loop asks, instead of an exception at any point."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """Whether the user asked to stop."""

    def __init__(self) -> None:
        self.requested = False


@contextmanager
def listening() -> Iterator[Interruption]:
    """Turn SIGINT and SIGTERM into a flag while the block runs; a second SIGINT is immediate.

    A signal that the caller handles or ignores is left as it is, and so are both outside the main
    thread.
    """
    interruption = Interruption()
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    ours = [number for number, handler in usual.items() if signal.getsignal(number) is handler]
    if threading.current_thread() is not threading.main_thread():
        ours = []

    def on_signal(number: int, frame: FrameType | None) -> None:
        if interruption.requested and number == signal.SIGINT:
            raise KeyboardInterrupt
        interruption.requested = True

    previous = {number: signal.signal(number, on_signal) for number in ours}
    try:
        yield interruption
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
