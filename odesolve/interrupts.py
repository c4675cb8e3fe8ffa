"""Ctrl-C as a question the host loop asks, instead of an exception at any point."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_seen = False
_remembering = False
_outermost: Interruption | None = None


class Interruption:
    """Whether the user asked to stop."""

    def __init__(self, requested: bool = False) -> None:
        self.requested = requested


def remember_interrupts() -> None:
    """Make a Ctrl-C that had no effect yet end the next solve at once; for programs.

    An exception that is raised inside a callback of the garbage collector or a finalizer, and JAX
    has one, is ignored by Python. And a solve that was about to succeed ends as solved. While JAX
    is being imported none is raised: the solve after it ends at once.
    """
    global _seen, _remembering
    _seen, _remembering = False, True
    sys.unraisablehook = _unless_interrupted
    if _is_main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _raise_and_remember)


def forget_interrupts() -> None:
    """Let solves after this one begin as if there had been no Ctrl-C."""
    global _seen, _remembering
    _seen = _remembering = False


def was_interrupted() -> bool:
    """Whether a Ctrl-C has come since they are remembered."""
    return _seen


def _unless_interrupted(lost: sys.UnraisableHookArgs) -> None:
    if not isinstance(lost.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(lost)


def _raise_and_remember(number: int, frame: FrameType | None) -> None:
    global _seen
    _seen = _remembering
    if not (_seen and _is_loading_jax()):
        raise KeyboardInterrupt


def _is_loading_jax() -> bool:
    """Whether ``import jax`` is under way: an exception there can abort the process in jaxlib."""
    spec = getattr(sys.modules.get("jax"), "__spec__", None)
    return bool(getattr(spec, "_initializing", False))


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


@contextmanager
def listening() -> Iterator[Interruption]:
    """Turn SIGINT and SIGTERM into a flag while the block runs; a second SIGINT is immediate.

    Blocks inside share the outermost one's flag, so that no request between two solves is lost. A
    signal that the caller handles or ignores is left as it is, and so are both outside the main
    thread.
    """
    global _outermost
    if _outermost is not None and _is_main_thread():
        yield _outermost
        return
    interruption = Interruption(requested=_seen)
    usual = {
        signal.SIGINT: (signal.default_int_handler, _raise_and_remember),
        signal.SIGTERM: (signal.SIG_DFL,),
    }
    ours = [n for n, handlers in usual.items() if signal.getsignal(n) in handlers]
    if not _is_main_thread():
        ours = []

    def on_signal(number: int, frame: FrameType | None) -> None:
        global _seen
        _seen = _seen or _remembering
        if interruption.requested and number == signal.SIGINT:
            raise KeyboardInterrupt
        interruption.requested = True

    previous = {number: signal.signal(number, on_signal) for number in ours}
    if _is_main_thread():
        _outermost = interruption
    try:
        yield interruption
    finally:
        if _outermost is interruption:
            _outermost = None
        for number, handler in previous.items():
            signal.signal(number, handler)
