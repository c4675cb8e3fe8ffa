"""A batch of runs on the device: integrate, look at the decoded assignments, restart.

The functions here are pure and jitted; the host decides when to call them (``odesolve.solving``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh
from jaxtyping import Array, Bool, Float, Int

from odesolve.dynamics.base import Dynamics, State
from odesolve.lanes import apart, together
from odesolve.native.call import NativeCall
from odesolve.potentials import System
from odesolve.potentials.arrays import array_namespace
from odesolve.potentials.clauses import Data
from odesolve.potentials.device import on_host
from odesolve.potentials.padding import Padded
from odesolve.steppers.base import Stepper

#: Parameters ``[runs]`` stand beside arrays of any rank whose last axis is the runs, in users' own
#: dynamics too: by design, whatever ``jax_numpy_rank_promotion`` says of other code.
runs_broadcast = partial(jax.numpy_rank_promotion, "allow")

#: Looks that devices may take before they ask each other whether a batch is finished; and no more
#: than this part of all those before, for what is taken in vain at the end to be a small part.
LOOKS_AHEAD, SHARE_AHEAD = 16, 8

#: Makes starts of some runs from where all of them stand: (cells ``[cells, runs]``, which runs are
#: chosen, a generator for each chosen run) -> their starts, ``[cells, chosen]``; NaN cells are
#: drawn at random. Cells of runs that must not be used are NaN.
Crossing = Callable[
    [Float[np.ndarray, "cells runs"], Bool[np.ndarray, " runs"], Sequence[np.random.Generator]],
    Float[np.ndarray, "cells chosen"],
]

#: Violated clauses of an assignment that must not be used (the state was not finite).
UNUSABLE = int(np.iinfo(np.int32).max // 2)


class Batch(NamedTuple):
    """Runs that are integrated together, in arrays of JAX or, on the host, of NumPy.

    A component is an independent part of the problem; each keeps its own best assignment, so
    that a run need not satisfy all parts at the same moment.
    """

    state: State
    #: Integrated time since the last (re)start.
    time: Float[Data, " runs"]
    #: Steps taken by every run of the batch.
    step: Int[Data, ""]
    #: Rank at the last look: violated clauses, and costs where clauses are soft (``System.rank``).
    violated: Int[Data, "components runs"]
    #: The lowest rank so far and the assignment that has it.
    best: Int[Data, "components runs"]
    assignment: Int[Data, "variables runs"]
    #: Step at which every component had been satisfied (at the target cost); -1 before.
    solved_step: Int[Data, " runs"]
    #: Step of the (re)start; lowest rank at one look since, and the step of that look.
    began_step: Int[Data, " runs"]
    recent_best: Int[Data, " runs"]
    improved_step: Int[Data, " runs"]
    #: Whether every cell was finite at the last look.
    finite: Bool[Data, " runs"]
    restarts: Int[Data, " runs"]
    #: Whether a run was (re)started that nobody has looked at.
    fresh: Bool[Data, ""]


def random_starts(
    system: System,
    seed: int,
    restarts: Int[np.ndarray, " runs"],
    chosen: Bool[np.ndarray, " runs"],
) -> Float[np.ndarray, "cells runs"]:
    """Starts of the chosen runs, from the seed, the run's number and its number of restarts.

    Run i of a seed starts at the same place whatever the size of the batch.
    """
    x = np.zeros((system.cell_count, len(chosen)), np.float32)
    runs = np.flatnonzero(chosen)
    generators = [np.random.default_rng((seed, int(run), int(restarts[run]))) for run in runs]
    x[:, runs] = system.sample(generators)
    return x


def empty_batch(system: System, dynamics: Dynamics, stepper: Stepper, runs: int) -> Batch:
    """A batch whose runs have not begun."""
    cells = jax.ShapeDtypeStruct((system.cell_count, runs), np.float32)

    def started(x: Float[Data, "cells runs"]) -> State:
        return stepper.prepare(dynamics.start(system, x), system)

    with runs_broadcast():
        if array_namespace(system.polarity) is np:  # tracing would take longer
            shapes = started(np.zeros(cells.shape, cells.dtype))
        else:
            shapes = jax.eval_shape(started, cells)
    # Views of one number: of a batch that several processes hold, each makes its own part alone.
    state = jax.tree.map(lambda leaf: np.broadcast_to(np.zeros((), leaf.dtype), leaf.shape), shapes)
    worst = np.full((system.component_count, runs), UNUSABLE, np.int32)
    arrays: dict[str, Any] = {
        "state": state,
        "time": np.zeros(runs, np.float32),
        "step": np.zeros((), np.int32),
        "violated": worst,
        "best": worst,
        "assignment": np.zeros((system.variable_count, runs), _assignment_dtype(system)),
        "solved_step": np.full(runs, -1, np.int32),
        "began_step": np.zeros(runs, np.int32),
        "recent_best": np.full(runs, UNUSABLE, np.int32),
        "improved_step": np.zeros(runs, np.int32),
        "finite": np.ones(runs, bool),
        "restarts": np.full(runs, -1, np.int32),
        "fresh": np.ones((), bool),
    }
    return Batch(**arrays)


def recorded(
    batch: Batch, cells: int, clauses: int, runs: int, padded: Padded | None = None
) -> dict[str, Any]:
    """Copies of what is recorded of the first cells, clauses and runs, as NumPy arrays.

    Cut on the device by one compiled function: slices outside of one send their bounds to the
    device unasked, which ``jax_transfer_guard`` may forbid.

    Arguments:
        padded: the system, where it is not as large as the batch's.
    """
    lengths = {
        name: tuple(min(len(group), clauses) for group in groups)
        for name, groups in batch.state.memory.items()
    }
    if padded is None or padded.spare is None:
        return _copied(_recorded(batch, cells, tuple(lengths.items()), runs))
    for name, groups in batch.state.memory.items():
        real = padded.real_rows([len(group) for group in groups])
        lengths[name] = tuple(map(min, lengths[name], real))
    own = np.arange(padded.system.cell_count)[padded.cells][:cells]
    last = int(own.max(initial=-1)) + 1
    seen = _copied(_recorded(batch, last, tuple(lengths.items()), runs))
    return seen | {"x": seen["x"][own], "violated": seen["violated"][: padded.components]}


def _copied(tree: Any) -> Any:
    return jax.tree.map(np.array, on_host(tree))


def _recorded(
    batch: Batch, cells: int, lengths: tuple[tuple[str, tuple[int, ...]], ...], runs: int
) -> dict[str, Any]:
    cut = _cut if array_namespace(batch.time) is np else _cut_on_device
    return cut(batch, cells, lengths, runs)


def _cut(
    batch: Batch, cells: int, lengths: tuple[tuple[str, tuple[int, ...]], ...], runs: int
) -> dict[str, Any]:
    return {
        "solved_step": batch.solved_step[:runs],
        "violated": batch.violated[:, :runs],
        "time": batch.time[:runs],
        "x": batch.state.x[:cells, :runs],
        "memory": {
            name: [
                group[:length, ..., :runs]
                for group, length in zip(batch.state.memory[name], own, strict=True)
            ]
            for name, own in lengths
        },
    }


_cut_on_device = jax.jit(_cut, static_argnums=(1, 2, 3))


def begun_runs(
    batch: Batch,
    system: System,
    dynamics: Dynamics,
    stepper: Stepper,
    x: Float[Data, "cells runs"],
    chosen: Bool[Data, " runs"],
) -> Batch:
    """The batch with the chosen runs started anew at ``x``; best assignments are kept.

    ``advance`` looks at them before it takes a step. Of NumPy's arrays alone it makes such.
    """
    where = array_namespace(chosen).where
    with runs_broadcast():
        fresh = dynamics.start(system, system.hold(x))
        again = dynamics.confine(dynamics.restarted(fresh, batch.state), system)
        is_first = batch.restarts < 0
        fresh = jax.tree.map(lambda first, later: where(is_first, first, later), fresh, again)
        fresh = stepper.prepare(fresh, system)
        state = jax.tree.map(lambda new, old: where(chosen, new, old), fresh, batch.state)
    return batch._replace(
        state=state,
        time=where(chosen, 0.0, batch.time),
        began_step=where(chosen, batch.step, batch.began_step),
        recent_best=where(chosen, UNUSABLE, batch.recent_best),
        restarts=batch.restarts + chosen.astype(np.int32),
        fresh=array_namespace(chosen).ones((), bool),
    )


begun = jax.jit(begun_runs)


class Sight(NamedTuple):
    """What a look sees of runs: their assignments, the rank of each part, whether all is finite."""

    values: Int[Data, "variables runs"]
    violated: Int[Data, "components runs"]
    finite: Bool[Data, " runs"]


def sight_of(x: Float[Data, "cells runs"], system: System) -> Sight:
    """Decode every run and rank the assignments."""
    values = system.decode(x)
    xp = array_namespace(x)
    finite = xp.isfinite(x.sum(axis=0))
    return Sight(values, xp.where(finite, system.rank(values), UNUSABLE), finite)


def look(
    batch: Batch,
    sight: Sight,
    system: System,
    counts: Bool[Data, ""],
    target: Int[Data, ""] | None = None,
) -> Batch:
    """Keep what is better than before.

    Only looks that ``counts`` marks may find something: where the host's calls end depends on
    the clock, and must not change an answer.
    """
    values, violated, finite = sight
    where = array_namespace(batch.best).where
    better = counts & (violated < batch.best)
    best = where(better, violated, batch.best)
    kept = better[0] if system.component_count == 1 else better[system.component]
    total = where(finite, violated.sum(axis=0, dtype=np.int32), UNUSABLE)
    improved = counts & (total < batch.recent_best)
    solved_now = reached(best, system.worst_cost, target) & (batch.solved_step < 0)
    return batch._replace(
        violated=violated,
        best=best,
        assignment=where(kept, values.astype(batch.assignment.dtype), batch.assignment),
        solved_step=where(solved_now, batch.step, batch.solved_step),
        recent_best=where(improved, total, batch.recent_best),
        improved_step=where(improved, batch.step, batch.improved_step),
        finite=finite,
    )


def reached(
    ranks: Int[Data, "components runs"],
    worst_cost: Int[Data, "components 1"] | None,
    target: Int[Data, ""] | int | None,
) -> Bool[Data, " runs"]:
    """Whether nothing is violated, soft clauses excepted, and the cost is at most the target."""
    if worst_cost is None or target is None:
        return (ranks == 0).all(axis=0)
    return (ranks <= worst_cost).all(axis=0) & (ranks.sum(axis=0, dtype=np.int32) <= target)


def is_finished(
    batch: Batch,
    worst_cost: Int[Data, "components 1"] | None,
    all_runs: bool,
    target: Int[Data, ""] | int | None = None,
) -> Bool[Data, ""]:
    """Whether nothing is left to find: one solution, or with ``all_runs`` one in every run.

    One solution may be put together: its components may come from different runs.
    """
    if all_runs:
        return (batch.solved_step >= 0).all()
    return reached(batch.best.min(axis=1, keepdims=True), worst_cost, target).all()


@partial(
    jax.jit,
    static_argnames=("all_runs", "lanes", "ahead", "mesh"),
    donate_argnames=("batch",),
)
def advance(
    batch: Batch,
    system: System,
    dynamics: Dynamics,
    stepper: Stepper,
    until: Int[Array, ""],
    look_every: Int[Array, ""],
    last: Int[Array, ""],
    target: Int[Array, ""] | None = None,
    native: NativeCall | None = None,
    all_runs: bool = False,
    lanes: int | None = None,
    ahead: int | None = None,
    mesh: Mesh | None = None,
) -> Batch:
    """Integrate to step ``until``, or to the look at which the batch is finished.

    ``target`` is the cost that is good enough; None is 0. ``lanes`` runs at a time are integrated
    from one look to the next; None takes all together. ``ahead`` is how many looks devices that
    share the runs may take before they ask each other whether the batch is finished; None asks at
    each. Neither changes a number. With ``native`` that call does the steps, which it must cover
    (``odesolve.native.kernels``). ``mesh`` is that of devices that share the runs.
    """
    runs = batch.time.shape[0]
    if lanes is None:
        moving, equations = (batch.state, batch.time), (dynamics, stepper)
    else:
        moving = apart((batch.state, batch.time), runs, lanes)
        equations = apart((dynamics, stepper), runs, lanes)

    def integrated(moving: Any, first: Array, stop: Array) -> tuple[Any, Sight]:
        def of_some(own: Any) -> Any:
            (dynamics, stepper), begun = own

            def one_step(_: Int[Array, ""], carry: tuple[State, Array]) -> tuple[State, Array]:
                state, time = carry
                state, elapsed = stepper.step(state, system, dynamics)
                return state, time + elapsed

            if native is not None:
                state, time = begun
                state, time = native.steps(state, time, stop - first, mesh)
            else:
                state, time = jax.lax.fori_loop(first, stop, one_step, begun)
            return (state, time), sight_of(state.x, system)

        if lanes is None:
            return of_some((equations, moving))
        moving, sight = jax.lax.map(of_some, (equations, moving))
        return moving, together(sight)

    def stretch(carry: tuple[Batch, Any]) -> tuple[Batch, Any]:
        batch, moving = carry
        # Looks stand at multiples of look_every, wherever the host's calls begin and end.
        next_look = (batch.step // look_every + 1) * look_every
        stop = jnp.where(batch.fresh, batch.step, jnp.minimum(next_look, until))
        moving, sight = integrated(moving, batch.step, stop)
        on_time = (stop % look_every == 0) | (stop == last)
        # A random start that happens to reach a goal is a guess, not an answer of the dynamics.
        counts = jnp.where(batch.fresh, system.goal is None, on_time)
        moved = batch._replace(step=stop, fresh=jnp.zeros((), bool))
        return look(moved, sight, system, counts, target), moving

    def is_left(batch: Batch) -> Bool[Array, ""]:
        return batch.fresh | (batch.step < until)

    def is_done(batch: Batch) -> Bool[Array, ""]:
        return is_finished(batch, system.worst_cost, all_runs, target)

    def unfinished(carry: tuple[Batch, Any]) -> Bool[Array, ""]:
        return is_left(carry[0]) & ~is_done(carry[0])

    with runs_broadcast():
        # The state moves apart from what the looks keep of it.
        apart_from_state: dict[str, Any] = {"state": None, "time": None}
        carry = batch._replace(**apart_from_state), moving
        if ahead is None:
            seen, moving = jax.lax.while_loop(unfinished, stretch, carry)
        else:
            most = jnp.int32(ahead)
            seen, moving = _far_stretches(carry, stretch, is_left, is_done, look_every, most)
    state, time = moving if lanes is None else together(moving)
    return seen._replace(state=state, time=time)


class _Far(NamedTuple):
    """Where devices stand that look ahead.

    Attributes:
        kept: the batch and its state, at a look before which it was not finished.
        done: whether it is finished there.
        allowed: looks to take before the next question; none before the first.
        missed: whether one of those before was finished between two questions.
    """

    kept: tuple[Batch, Any]
    done: Bool[Array, ""]
    allowed: Int[Array, ""]
    missed: Bool[Array, ""]


def _far_stretches(
    carry: tuple[Batch, Any],
    stretch: Callable[[tuple[Batch, Any]], tuple[Batch, Any]],
    is_left: Callable[[Batch], Bool[Array, ""]],
    is_done: Callable[[Batch], Bool[Array, ""]],
    look_every: Int[Array, ""],
    ahead: Int[Array, ""],
) -> tuple[Batch, Any]:
    """Stretch after stretch, several between two questions whether the batch is done.

    The answer to that takes all devices, and each of them waits for the slowest. When the batch
    turns out to have been done on the way, the stretches since the last question are taken again,
    one by one: it ends at the look at which it is finished, as it would have with a question each.
    """

    def further(far: _Far) -> _Far:
        def one(own: tuple[tuple[Batch, Any], Array]) -> tuple[tuple[Batch, Any], Array]:
            return stretch(own[0]), own[1] + 1

        def goes_on(own: tuple[tuple[Batch, Any], Array]) -> Bool[Array, ""]:
            return (own[1] < far.allowed) & is_left(own[0][0])

        after, looks = jax.lax.while_loop(goes_on, one, (far.kept, jnp.int32(0)))
        done = is_done(after[0])
        too_far = done & (looks > 1)
        kept = jax.tree.map(lambda old, new: jnp.where(too_far, old, new), far.kept, after)
        missed = far.missed | too_far
        allowed = jnp.clip(after[0].step // (SHARE_AHEAD * look_every), 1, ahead)
        return _Far(kept, done & ~too_far, jnp.where(missed, 1, allowed), missed)

    def goes_on(far: _Far) -> Bool[Array, ""]:
        return is_left(far.kept[0]) & ~far.done

    no = jnp.zeros((), bool)
    return jax.lax.while_loop(goes_on, further, _Far(carry, no, jnp.int32(0), no)).kept


def _assignment_dtype(system: System) -> type:
    """The smallest integers that hold every value; best assignments are kept for every run."""
    domains = [block.domain for block in system.layout.blocks]
    most = max((max(d.lowest + d.values, -d.lowest) for d in domains), default=1)
    return np.int8 if most <= 127 else np.int16 if most <= 32767 else np.int32
