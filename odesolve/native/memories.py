"""Steps of ``memcomputing`` and ``rectified`` on disjunctions of bits, as one native call."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from odesolve.dynamics.base import Dynamics, State
from odesolve.dynamics.memcomputing import (
    Memcomputing,
    MultiplicativeMemory,
    Rectified,
    spectral_edge,
)
from odesolve.potentials import Box, Or, System
from odesolve.steppers.base import Stepper
from odesolve.steppers.euler import AdaptiveEuler, Euler
from odesolve.steppers.heavy_ball import HeavyBall

#: XLA's name of the function in ``source/kernels.cpp``.
TARGET = "odesolve_memories"

#: Wider clauses than the kernel has room for (``kMostWidth``).
MOST_LITERALS = 32

#: When the memories move (``MemoryTurn``): with a fixed step, in the next one, or with one whose
#: length the forces decide.
_TURNS = {Euler: 0, HeavyBall: 1, AdaptiveEuler: 2}

#: Floats of scratch for a cell and run (``memories_scratch``).
_SCRATCH = 6

#: Parameters of ``MemoryLaw`` and, after them, of ``MemoriesStep``; a law or a stepper that has
#: one not has the value here, which leaves it out.
_PARAMETERS: dict[str, float] = {
    **dict.fromkeys(("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "decay"), 0.0),
    **{"long_limit": 1.0, "rigidity": 0.0, "eta": 0.0, "kappa": 0.0, "tau": 1.0},
    **{"centring": 0.0, "tilt": 0.0, "discreteness": 0.0},
    **{"reach": 0.0, "floor": 0.0, "ceiling": 0.0, "momentum": 0.0, "stride": float("inf")},
}


def covers(system: System, dynamics: Dynamics, stepper: Stepper) -> bool:
    """Whether ``steps`` can take the place of the stepper."""
    own = type(dynamics) in (Memcomputing, Rectified) and type(stepper) in _TURNS
    blocks = system.layout.blocks
    bits = len(blocks) == 1 and type(blocks[0].domain) is Box and system.incidence is None
    return own and bits and all(map(_covers_group, system.groups))


def _covers_group(group: Any) -> bool:
    clauses = group.clauses
    return type(clauses) is Or and clauses.form == "min" and group.cells.shape[1] <= MOST_LITERALS


def steps(
    state: State,
    time: Float[Array, " runs"],
    count: Int[Array, ""],
    system: System,
    dynamics: Dynamics,
    stepper: Stepper,
) -> tuple[State, Float[Array, " runs"]]:
    """The state after so many steps, and the time: as of ``stepper.step``, but for rounding.

    Arguments are those of ``covers``, of which it must be true.
    """
    assert isinstance(dynamics, MultiplicativeMemory)
    groups, turn = system.groups, _TURNS[type(stepper)]
    runs, box = state.x.shape[1], system.layout.blocks[0].domain
    assert isinstance(box, Box)
    mobility = jnp.ones_like(system.polarity) if system.mobility is None else system.mobility
    if system.fixed is not None:
        mobility = jnp.where(jnp.isnan(system.fixed), mobility, 0.0)
    read = [count, _parameters(system, dynamics, stepper, runs), system.polarity, mobility]
    for group in groups:
        read += [group.cells.T, jnp.asarray(group.clauses.polarity(), jnp.float32).T]
        read += [] if group.weight is None else [group.weight]
    moving = [state.x, time, *state.memory["short"], *state.memory["long"]]
    moving += [] if state.kept is None else [state.kept["velocity"], state.kept["behind"]]
    scratch: list[tuple[int, ...]] = [(_SCRATCH * system.cell_count, runs)]
    if isinstance(stepper, AdaptiveEuler):
        scratch += [short.shape for short in state.memory["short"]]
    call = jax.ffi.ffi_call(
        TARGET,
        [
            *(jax.ShapeDtypeStruct(array.shape, array.dtype) for array in moving),
            *(jax.ShapeDtypeStruct(shape, jnp.float32) for shape in scratch),
        ],
        input_output_aliases={len(read) + i: i for i in range(len(moving))},
    )
    x, time, *rest = call(
        *read,
        *moving,
        weighted=np.array([group.weight is not None for group in groups], np.int64),
        turn=np.int64(turn),
        rectified=isinstance(dynamics, Rectified),
        low=np.float32(box.low),
        high=np.float32(box.high),
    )
    middle, end = len(groups), 2 * len(groups)
    after = State(x, {"short": tuple(rest[:middle]), "long": tuple(rest[middle:end])})
    if state.kept is not None:
        after = after._replace(kept={"velocity": rest[end], "behind": rest[end + 1]})
    return after, time


def _parameters(
    system: System, dynamics: MultiplicativeMemory, stepper: Stepper, runs: int
) -> Float[Array, "parameters runs"]:
    """The rows of ``_PARAMETERS``."""
    values: dict[str, Any] = dict(_PARAMETERS)
    for own in (dynamics, stepper):
        named = {name: getattr(own, name, None) for name in values}
        values |= {name: value for name, value in named.items() if value is not None}
    if dynamics.satisfied_force != "mixed":
        values["rigidity"] = float(dynamics.satisfied_force == "rigidity")
    if dynamics.centring_unit == "spectrum":
        values["centring"] = values["centring"] * spectral_edge(system)
    if isinstance(stepper, Euler):
        values["reach"] = stepper.dt
    rows = [jnp.broadcast_to(jnp.asarray(p, jnp.float32), (runs,)) for p in values.values()]
    return jnp.stack(rows)
