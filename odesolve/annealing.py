"""Anneals of a batch of runs on the device: integrate, look at the signs, descend.

The functions here are pure and jitted; the host decides when to call them
(``odesolve.problems.ising.search``).
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from odesolve.batch import runs_broadcast
from odesolve.dynamics.base import Parameter
from odesolve.dynamics.ising.base import (
    IsingDynamics,
    IsingState,
    IsingSystem,
    Moment,
    signs_of,
)
from odesolve.potentials.device import on_host

#: Rounds of a descent, each with one product: no assignment of real problems needs as many.
MOST_ROUNDS = 100_000


class Anneals(NamedTuple):
    """One anneal of every run.

    Attributes:
        state: of the dynamics.
        step: steps that every run has taken.
        energy: the least that a look has found, ``[runs]``.
        signs: those of that energy, int8 ``[spins, runs]``.
    """

    state: IsingState
    step: Int[Array, ""]
    energy: Float[Array, " runs"]
    signs: Int[Array, "spins runs"]


class Schedule(NamedTuple):
    """What the steps of an anneal have in common.

    Attributes:
        dt: a number or ``[runs]``.
        steps: of the whole anneal.
        look_every: steps between two looks.
        seed: of the noise.
    """

    dt: Parameter
    steps: Int[Array, ""]
    look_every: Int[Array, ""]
    seed: Int[Array, ""]


@jax.jit
def begun(x: Float[Array, "spins runs"], system: IsingSystem, dynamics: IsingDynamics) -> Anneals:
    """Runs before their first step, at numbers between -1 and 1."""
    with runs_broadcast():
        state = dynamics.start(x, system)
        signs = signs_of(state["x"])
        return Anneals(state, jnp.int32(0), system.energy(signs), signs.astype(jnp.int8))


@jax.jit
def resumed(
    x: Float[Array, "spins runs"],
    system: IsingSystem,
    dynamics: IsingDynamics,
    schedule: Schedule,
    step: Int[Array, ""],
) -> Anneals:
    """Runs that begin in the midst of an anneal; their starts are no answers."""
    with runs_broadcast():
        progress = step.astype(jnp.float32) / schedule.steps.astype(jnp.float32)
        state = dynamics.resumed(x, system, progress)
        worst = jnp.full(x.shape[1], jnp.finfo(jnp.float32).max, jnp.float32)
        return Anneals(state, step, worst, signs_of(state["x"]).astype(jnp.int8))


@partial(jax.jit, donate_argnums=0)
def advance(
    anneals: Anneals,
    system: IsingSystem,
    dynamics: IsingDynamics,
    schedule: Schedule,
    until: Int[Array, ""],
) -> Anneals:
    """Integrate until a step, looking at the signs at every multiple of ``look_every``."""
    share = jnp.float32(1.0) / schedule.steps.astype(jnp.float32)

    def stepped(step: Array, state: IsingState) -> IsingState:
        moment = Moment(step.astype(jnp.float32) * share, share, step, schedule.seed)
        return dynamics.step(state, system, moment, schedule.dt)

    def looked(anneals: Anneals) -> Anneals:
        turn = anneals.step // schedule.look_every + jnp.int32(1)
        end = jnp.minimum(turn * schedule.look_every, until)
        state = lax.fori_loop(anneals.step, end, stepped, anneals.state)
        moved = Anneals(state, end, anneals.energy, anneals.signs)
        is_due = (end % schedule.look_every == 0) | (end == schedule.steps)
        return lax.cond(is_due, partial(_look, system), lambda same: same, moved)

    with runs_broadcast():
        return lax.while_loop(lambda anneals: anneals.step < until, looked, anneals)


def _look(system: IsingSystem, anneals: Anneals) -> Anneals:
    signs = signs_of(anneals.state["x"])
    energy = system.energy(signs)
    better = energy < anneals.energy
    return Anneals(
        anneals.state,
        anneals.step,
        jnp.where(better, energy, anneals.energy),
        jnp.where(better, signs.astype(jnp.int8), anneals.signs),
    )


class Recorded(NamedTuple):
    """How much of the anneals is recorded, and how it is read.

    Attributes:
        cells: how many of the recorded spins, from the first, for their positions.
        rows: how many rows of the state's other arrays, from the first.
        runs: how many runs, from the first.
        has_fields: whether the last place stands for the fields; positions are turned so that their
            signs are the spins.
        of_couplings: whether the rows of the other arrays are not those of the spins.
    """

    cells: int
    rows: int
    runs: int
    has_fields: bool
    of_couplings: bool


def recorded(
    anneals: Anneals, system: IsingSystem, places: Int[Array, " recorded"], part: Recorded
) -> dict[str, Any]:
    """Copies of some spins, at ``places``, and of the first runs, as NumPy arrays."""
    return jax.tree.map(np.array, on_host(_recorded(anneals, system, places, part)))


@partial(jax.jit, static_argnums=3)
def _recorded(
    anneals: Anneals, system: IsingSystem, places: Int[Array, " recorded"], part: Recorded
) -> dict[str, Any]:
    with runs_broadcast():
        x = anneals.state["x"][:, : part.runs]
        seen = x[places[: part.cells]]
        if part.has_fields:
            seen = seen * signs_of(x[-1:])
        others = {name: own[:, : part.runs] for name, own in anneals.state.items() if name != "x"}
        return {
            "x": seen,
            "energy": system.energy(signs_of(x)),
            "others": {
                name: own[: part.rows] if part.of_couplings else own[places[: part.rows]]
                for name, own in others.items()
            },
        }


class _Descent(NamedTuple):
    """A descent after some turns.

    Attributes:
        signs: float32 ``[spins, runs]``.
        turn: how many turns were taken.
        idle: turns since anything was flipped.
        slack: what a flip must gain at least.
        energy: of the signs before the last turn, ``[runs]``.
    """

    signs: Float[Array, "spins runs"]
    turn: Int[Array, ""]
    idle: Int[Array, ""]
    slack: Float[Array, ""]
    energy: Float[Array, " runs"]


@jax.jit
def descended(
    signs: Int[Array, "spins runs"],
    system: IsingSystem,
    colors: Int[Array, " spins"] | None,
    rounds: Int[Array, ""],
) -> tuple[Int[Array, "spins runs"], Float[Array, " runs"]]:
    """Flip spins that lower the energy until none is left; the signs, and their energies.

    Arguments:
        colors: spins of one colour are not coupled, so that they flip together; None flips the best
            spin of each run.
        rounds: at most so many of them.
    """
    with runs_broadcast():
        color_count = jnp.int32(1) if colors is None else jnp.max(colors, initial=0) + jnp.int32(1)

        # One product a turn serves the flips, the slack and the energy: XLA compiles it once.
        def flipped(state: _Descent) -> _Descent:
            signs, turn, idle, slack, _ = state
            against = signs * system.couplings.product_of_signs(signs)
            slack = jnp.where(turn == 0, jnp.float32(1e-5) * jnp.abs(against).max(initial=0), slack)
            energy = jnp.float32(-0.5) * jnp.sum(against, axis=0)
            if colors is None:
                places = lax.broadcasted_iota(jnp.int32, against.shape, 0)
                chosen = places == jnp.argmin(against, axis=0).astype(jnp.int32)[None, :]
            else:
                chosen = (colors == turn % color_count)[:, None]
            flips = chosen & (against < -slack) & (turn < rounds)
            idle = jnp.where(jnp.any(flips), jnp.int32(0), idle + jnp.int32(1))
            signs = jnp.where(flips, -signs, signs)
            return _Descent(signs, turn + jnp.int32(1), idle, slack, energy)

        # The last turn flips nothing, so that the energy is that of the signs.
        def goes_on(state: _Descent) -> Array:
            return (state.idle < color_count) & (state.turn <= rounds)

        found = signs.astype(jnp.float32)
        none = jnp.zeros(signs.shape[1], jnp.float32)
        begin = _Descent(found, jnp.int32(0), jnp.int32(0), jnp.float32(0), none)
        ended = lax.while_loop(goes_on, flipped, begin)
        return ended.signs.astype(jnp.int8), ended.energy
