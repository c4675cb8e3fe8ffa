"""Steps of ``survey-flow`` by forward Euler as one native call."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from odesolve.dynamics.base import Dynamics, State
from odesolve.dynamics.survey_flow import SurveyFlow
from odesolve.potentials import System
from odesolve.steppers.base import Stepper
from odesolve.steppers.euler import Euler

#: XLA's name of the function in ``source/kernels.cpp``.
TARGET = "odesolve_survey_flow"

#: Wider clauses than the kernel has room for (``kMostLiterals``).
MOST_LITERALS = 32

#: Floats of scratch for a literal and run (``survey_scratch``): sums in four parts, three columns.
_SCRATCH = 7


def covers(system: System, dynamics: Dynamics, stepper: Stepper) -> bool:
    """Whether ``steps`` can take the place of the stepper."""
    own = type(dynamics) is SurveyFlow and type(stepper) is Euler and system.incidence is None
    return own and all(group.cells.shape[1] <= MOST_LITERALS for group in system.groups)


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
    assert isinstance(dynamics, SurveyFlow)
    assert isinstance(stepper, Euler)
    runs, memory = state.x.shape[1], state.memory
    remembers = dynamics.clause_memory == "long"
    groups = system.groups
    names = ("rho", "theta", "growth", "limit", "inertia", "alpha", "delta", "decay")
    parameters = [*(getattr(dynamics, name) for name in names), stepper.dt]
    known, is_free = jnp.zeros_like(system.polarity), jnp.ones_like(system.polarity)
    if system.fixed is not None:
        is_free = jnp.isnan(system.fixed).astype(jnp.float32)
        known = jnp.where(is_free > 0, known, system.means(system.fixed))
    read = [
        count,
        jnp.stack([jnp.broadcast_to(jnp.asarray(p, jnp.float32), (runs,)) for p in parameters]),
        known,
        is_free,
        system.polarity,
        *(system.literal_rows(group) for group in groups),
    ]
    moving = [*memory["field"], *memory["reinforcement"], time, *memory["message"]]
    moving += memory.get("long", ())
    scratch = [(*group.cells.shape, runs) for group in groups]
    scratch.append((_SCRATCH * (2 * system.cell_count + 1), runs))
    call = jax.ffi.ffi_call(
        TARGET,
        [
            *(jax.ShapeDtypeStruct(array.shape, array.dtype) for array in moving),
            *(jax.ShapeDtypeStruct(shape, jnp.float32) for shape in scratch),
        ],
        input_output_aliases={len(read) + i: i for i in range(len(moving))},
    )
    options: dict[str, Any] = {
        "widths": np.array([group.cells.shape[1] for group in groups], np.int64),
        "arrays": np.array([group.arrays_of_cells for group in groups], np.int64),
        "remembers": remembers,
    }
    field, trust, time, *rest = call(*read, *moving, **options)
    messages = len(memory["message"])
    after = {
        "message": tuple(rest[:messages]),
        "field": (field,),
        "reinforcement": (trust,),
    }
    if remembers:
        after["long"] = tuple(rest[messages : messages + len(groups)])
    return dynamics.confine(state._replace(memory=after), system), time
