"""Work that cannot be asked to stop, run beside a watcher that can stop waiting for it.

Tracing and compiling, and many calls into NumPy, take seconds in which nobody looks at the clock.
They run in a thread of their own; the thread that waits gives up when the time is up or the user
asks for it. What was given up goes on until it ends by itself: its result is dropped. A program
that ends meanwhile waits for it, since XLA must not be torn down while it compiles; the command
line does not wait (``leave``).
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from contextvars import copy_context
from typing import Any, Generic, NoReturn, TypeVar

from odesolve.budget import Budget

__all__ = ["GivenUp", "Work", "is_anything_left", "leave", "together", "watched"]

T = TypeVar("T")

#: How often a waiting thread asks whether to give up.
POLL_SECONDS = 0.05

#: Settings of JAX that belong to a thread, by the name of their context manager.
_SETTINGS_OF_THREADS = (
    "default_device",
    "enable_x64",
    "default_matmul_precision",
    "default_prng_impl",
    "numpy_dtype_promotion",
    "numpy_rank_promotion",
    "debug_nans",
    "debug_infs",
    "check_tracer_leaks",
    "transfer_guard",
)

_given_up: set[threading.Thread] = set()


class GivenUp(Exception):
    """Whoever waited was asked to give up."""


def watched(
    function: Callable[[], T],
    budget: Budget,
    give_up: Callable[[], bool] | None = None,
) -> T:
    """The function's value, unless waiting for it ends before.

    Where nothing could end the waiting, the function is simply called.

    Arguments:
        function: is called once, in a thread of its own. It must not change what the caller uses
            after giving up.
        give_up: asked about twenty times a second.

    Raises:
        OutOfTime: when the budget is over; at once if it is over already.
        GivenUp: when ``give_up`` says so.
        Exception: whatever the function raises.
    """
    budget.check()
    if give_up is None and budget.stop is None and not budget.is_limited:
        return function()
    work = Work(function)
    try:
        while not work.done.wait(min(POLL_SECONDS, max(budget.left(), 0.001))):
            if give_up is not None and give_up():
                raise GivenUp
            budget.check()
    except BaseException:
        if not work.done.is_set():
            work.drop()
        raise
    return work.value()


def together(functions: Sequence[Callable[[], object]], meanwhile: Callable[[], T]) -> T:
    """Call functions in threads of their own, and one meanwhile, whose value it is.

    All have ended when it returns or raises: XLA compiles without Python's lock, so that what is
    compiled for one function does not wait for another.

    Raises:
        Exception: whatever one of them raises; that of ``meanwhile`` first, then in their order.
    """
    work = [Work(function) for function in functions]
    try:
        value = meanwhile()
    finally:
        for own in work:
            own.done.wait()
    for own in work:
        own.value()
    return value


class Work(Generic[T]):
    """A function that runs in a thread, with the settings of the thread that started it."""

    def __init__(self, function: Callable[[], T]) -> None:
        self.function: Callable[[], T] | None = function
        self.done = threading.Event()
        self.values: list[T] = []
        self.error: BaseException | None = None
        self.settings = _jax_settings()
        # Not a daemon: Python would tear down XLA beneath it.
        self.thread = threading.Thread(target=copy_context().run, args=(self.run,))
        self.thread.start()

    def run(self) -> None:
        assert self.function is not None
        try:
            with ExitStack() as stack:
                _enter_jax_settings(self.settings, stack)
                self.values.append(self.function())
        except BaseException as error:
            self.error = error
        finally:
            self.function = None
            self.done.set()

    def value(self) -> T:
        self.thread.join()
        if self.error is not None:
            try:
                raise self.error
            finally:
                self.error = None  # it refers to this frame
        return self.values.pop()

    def drop(self) -> None:
        """Remember a thread that nobody waits for any more."""
        _given_up.difference_update([thread for thread in _given_up if not thread.is_alive()])
        _given_up.add(self.thread)


def _jax_settings() -> dict[str, Any]:
    """What the calling thread has set; nothing where JAX is not loaded, or not yet."""
    jax = _jax()
    if jax is None:
        return {}
    return {name: getattr(jax.config, f"jax_{name}") for name in _SETTINGS_OF_THREADS}


def _enter_jax_settings(settings: dict[str, Any], stack: ExitStack) -> None:
    """Set here what is set otherwise: a setting that is repeated would compile everything anew."""
    jax = _jax()
    for name, value in settings.items():
        if getattr(jax.config, f"jax_{name}") != value:
            stack.enter_context(getattr(jax, name)(value))


def _jax() -> Any:
    """JAX if it is loaded; to import it would wait for a thread that is still loading it."""
    module = sys.modules.get("jax")
    loading = getattr(getattr(module, "__spec__", None), "_initializing", False)
    return None if loading else module


def is_anything_left() -> bool:
    """Whether something that was given up still runs."""
    return any(thread.is_alive() for thread in _given_up)


def leave(code: int, *, at_once: bool = False) -> NoReturn:
    """End the process with an exit code, without waiting for what was given up.

    Files must have been closed before.

    Arguments:
        at_once: whether to end even so without what is usually done at the end.
    """
    if at_once or is_anything_left():
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(code)
    sys.exit(code)
