"""How a batch is begun and integrated: by compiled functions, or on the host until there are any.

What XLA needs to compile a function, half a second and more, is longer than most problems take.
Where native kernels do the steps, a batch on one device therefore begins on the host, with looks of
NumPy, and only what takes longer goes on with a function that was compiled meanwhile: it comes to
the same numbers, with faster looks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from threading import Lock
from typing import Any

import jax
import numpy as np
from jaxtyping import Bool, Float

from odesolve.batch import LOOKS_AHEAD, Batch, advance, begun, begun_runs, empty_batch
from odesolve.compiled_functions import compiled
from odesolve.dynamics.base import Dynamics, State
from odesolve.lanes import cached_lanes
from odesolve.native.call import NativeCall
from odesolve.native.kernels import native_call
from odesolve.native.stretches import advance_on_host
from odesolve.options import Options
from odesolve.potentials import System
from odesolve.potentials.device import host_array, on_host
from odesolve.results import Compiled
from odesolve.sharding import Shards
from odesolve.steppers.base import Stepper
from odesolve.watching import Work, together

__all__ = ["Integration", "NativeIntegration"]

#: How long a batch is integrated on the host before a function is compiled for it.
SECONDS_ON_HOST = 0.3


@dataclass(eq=False)
class Integration:
    """Compiled functions for one batch.

    Attributes:
        system: what is integrated, padded.
        options: budgets and policies, of which looks, targets and the last step are decided here.
        shards: where the runs lie.
        counts: which functions were there already.
    """

    system: System
    dynamics: Dynamics
    stepper: Stepper
    options: Options
    shards: Shards

    def __post_init__(self) -> None:
        is_soft, is_whole = self.system.worst_cost is not None, self.shards.mesh is None
        self.target = np.asarray(self.options.target, np.int32) if is_soft else None
        self.lanes = cached_lanes(self.system, self.shards.runs) if is_whole else None
        self.functions: dict[str, Callable[..., Batch]] = {}
        self.counts: list[Compiled] = []

    @cached_property
    def equations(self) -> tuple[Dynamics, Stepper]:
        """On the device, where the types of parameters are stated."""
        return self.shards.shared((self.dynamics, self.stepper))

    @cached_property
    def clauses(self) -> System:
        """The system, where the batch is."""
        is_whole = self.shards.mesh is None
        return self.system if is_whole else self.shards.everywhere(self.system)

    @cached_property
    def native(self) -> NativeCall | None:
        """What does the steps in XLA's place."""
        return None

    @cached_property
    def numbers(self) -> tuple[Any, ...]:
        """What ``advance`` takes after the step to integrate to."""
        numbers = np.int32(self.options.look_every), np.int32(self.options.last_step), self.target
        return self.shards.everywhere(numbers)

    def placed(self, batch: Batch) -> Batch:
        """A batch where it is integrated."""
        return self.shards.shared(batch)

    def empty(self) -> Batch:
        """A batch whose runs have not begun."""
        return self.placed(empty_batch(self.system, *self.equations, self.shards.runs))

    def first(
        self,
        batch: Batch,
        places: Callable[[], Float[np.ndarray, "cells runs"]],
    ) -> Batch:
        """The batch with all runs begun at places, and all made ready that is needed after it."""
        everyone = np.ones(self.shards.runs, bool)
        # Both functions are compiled at once: neither needs what the other gives.
        return together(
            [lambda: self.compiled(advance, self.arguments(batch, 0))],
            lambda: self.begun(batch, places(), everyone),
        )

    def begun(
        self,
        batch: Batch,
        x: Float[np.ndarray, "cells runs"],
        chosen: Bool[np.ndarray, " runs"],
    ) -> Batch:
        """The batch with the chosen runs begun at x."""
        arguments = (batch, self.clauses, *self.equations, *self.shards.shared((x, chosen)))
        return self.compiled(begun, arguments)(*arguments)

    def advanced(self, batch: Batch, until: int) -> Batch:
        """The batch integrated to a step, or to the look at which it is finished."""
        arguments = self.arguments(batch, until)
        batch = self.compiled(advance, arguments)(*arguments)
        jax.block_until_ready(batch.step)
        return batch

    def end(self) -> None:
        """Nothing is called any more."""

    def arguments(self, batch: Any, until: int) -> tuple[Any, ...]:
        """What ``advance`` takes, but for its options."""
        step = self.shards.everywhere(np.int32(until))
        return (batch, self.clauses, *self.equations, step, *self.numbers, self.native)

    def compiled(self, function: Any, arguments: tuple[Any, ...]) -> Callable[..., Batch]:
        """A jitted function, compiled: for arguments whose shapes never change, the batch first."""
        options: dict[str, Any] = {}
        if function is advance:
            ahead = None if self.shards.mesh is None else LOOKS_AHEAD
            lanes = None if self.native is not None else self.lanes
            options = {"all_runs": self.options.all_runs, "lanes": lanes, "ahead": ahead}
            options |= {"mesh": self.shards.mesh}
        if self.shards.mesh is not None:  # what is kept is for one device
            return partial(function, **options)
        name = function.__name__
        if name not in self.functions:
            made, count = compiled(name, function, arguments, arguments[0], **options)
            self.functions[name] = made
            self.counts.append(count)
        return self.functions[name]


@dataclass(eq=False)
class NativeIntegration(Integration):
    """Native kernels do the steps, and NumPy what else is done on the host."""

    def __post_init__(self) -> None:
        super().__post_init__()
        #: System, dynamics and stepper in NumPy's arrays.
        equations = jax.tree.map(_parameter, (self.dynamics, self.stepper))
        self.here: tuple[System, Dynamics, Stepper] = on_host(self.system), *equations
        self.call = native_call(*self.here, self.shards.runs)
        goal = self.system.goal
        looks_on_host = goal is None or goal.takes_numpy
        self.is_on_host = self.shards.mesh is None and looks_on_host
        self.steps = self.call.on_host() if self.is_on_host else None
        self.seconds = 0.0
        self.work: Work[Callable[..., Batch]] | None = None
        self.may_compile, self.lock = True, Lock()

    @cached_property
    def native(self) -> NativeCall | None:
        return self.call.shared(self.shards)

    def placed(self, batch: Batch) -> Batch:
        if not self.is_on_host:
            return super().placed(batch)
        # Its own, to be moved in place.
        return jax.tree.map(lambda leaf: np.array(on_host(leaf), order="C"), batch)

    def empty(self) -> Batch:
        with np.errstate(all="ignore"):
            return self.placed(empty_batch(*self.here, self.shards.runs))

    def first(self, batch: Batch, places: Callable[[], np.ndarray]) -> Batch:
        return self.begun(batch, places(), np.ones(self.shards.runs, bool))

    def begun(self, batch: Batch, x: np.ndarray, chosen: np.ndarray) -> Batch:
        here = on_host(batch)
        # Of the chosen runs alone: NumPy takes several times as long as compiled functions.
        columns = slice(None) if chosen.all() else np.flatnonzero(chosen)
        system, *equations = self.here
        part, dynamics, stepper = jax.tree.map(
            partial(_part, self.shards.runs, columns), (here, *equations)
        )
        x = x[:, columns].astype(np.float32, copy=False)
        with np.errstate(all="ignore"):  # what is no number is seen by the looks
            anew = begun_runs(part, system, dynamics, stepper, x, chosen[columns])
        whole: Batch = jax.tree.map(partial(_with_part, columns), here, anew)
        return whole if self.is_on_host else super().placed(whole)

    def advanced(self, batch: Batch, until: int) -> Batch:
        steps = self.host_steps()
        if steps is None:
            return super().advanced(super().placed(batch), until)
        before, first = time.perf_counter(), int(batch.step)
        own = until, self.options.look_every, self.options.last_step, self.target
        with np.errstate(all="ignore"):
            batch = advance_on_host(
                batch, self.here[0], steps, *own, all_runs=self.options.all_runs
            )
        if batch.step > first:
            self.seconds += time.perf_counter() - before
            if self.seconds > SECONDS_ON_HOST:
                self.begin_compiling(batch)
        return batch

    def begin_compiling(self, batch: Batch) -> None:
        """Compile a function for such a batch, once, in a thread of its own."""
        shapes = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), batch)
        # Whoever has given up waiting for the batch may have ended all by now.
        with self.lock:
            if not self.may_compile:
                return
            self.may_compile = False
            with suppress(RuntimeError):  # of JAX, or of Python where there can be no more threads
                arguments = self.arguments(shapes, 0)
                self.work = Work(lambda: self.compiled(advance, arguments))

    def host_steps(self) -> Callable[[State, np.ndarray, int], None] | None:
        """What does steps on the host, until there is a function that takes less time."""
        if self.work is not None and self.work.done.is_set():
            with suppress(RuntimeError):  # XLA's: what is done on the host can be done there still
                self.work.value()
            self.work = None
        if "advance" in self.functions:
            self.steps = None  # and with them the last state that they had
        return self.steps

    def end(self) -> None:
        with self.lock:
            self.may_compile = False
            if self.work is not None:
                self.work.drop()


def _parameter(leaf: Any) -> np.ndarray:
    """A parameter as XLA takes it, of a type in which NumPy computes with 32 bits."""
    array = host_array(leaf)
    return array if array.dtype.kind == "f" else array.astype(np.float32)


def _part(runs: int, columns: Any, leaf: np.ndarray) -> np.ndarray:
    """The columns of some runs, of an array that has a value for each."""
    return leaf[..., columns] if leaf.ndim and leaf.shape[-1] == runs else leaf


def _with_part(columns: Any, old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """A copy of an array with other columns of some runs."""
    if not old.ndim:
        return new
    found = np.array(old, order="C")
    found[..., columns] = new
    return found
