"""``heavy-ball``: adaptive Euler with momentum, whose memories follow at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from odesolve.dynamics.base import Dynamics, Parameter, State, pytree
from odesolve.potentials import System
from odesolve.potentials.arrays import array_namespace
from odesolve.steppers.base import Stepper, limited_step, moved


@pytree
@dataclass(frozen=True)
class HeavyBall(Stepper):
    """Adaptive Euler with momentum, a limit on each variable, and memories that follow at once.

    v <- momentum v + dx/dt (Polyak 1964);  x <- x + min(dt, stride / max |v of the variable|) v,
    with dt as in ``AdaptiveEuler``; then the memories take the step dt with the potentials at the
    new x (a Lie-Trotter splitting; plain Euler would use those at the old x, and with steps as
    long as these that delay makes whole neighbourhoods oscillate). Momentum damps the rest of the
    oscillation; the limit keeps one hard spot of a large problem from slowing all the others.

    A step begins with the memories' part of the step before: potentials and pulls at the new x
    are then evaluated once, for both. So the memories of a state, and those that a recorder
    keeps, are one step behind its variables.

    Attributes:
        reach, floor, ceiling: as in ``AdaptiveEuler``.
        momentum: the share of its velocity that a cell keeps, 0 to 1.
        stride: how far a variable moves in a step at most, in the unit of the cells.

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or.from_literals([[1, 2, -3], [-1, 3, 2], [-2, -3, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], clauses)
        >>> dynamics, stepper = ode.Rectified(), ode.HeavyBall(momentum=0.3)
        >>> ode.solve(system, dynamics, stepper, runs=4, seed=0, max_steps=1000).satisfied
        True
    """

    name: ClassVar[str] = "heavy-ball"
    may_be_padded: ClassVar[bool] = True

    reach: Parameter = 1.0
    floor: Parameter = 1e-3
    ceiling: Parameter = 2.0
    momentum: Parameter = 0.4
    stride: Parameter = float("inf")

    def prepare(self, state: State, system: System) -> State:
        #: The step that the memories have yet to take: none before the first.
        xp = array_namespace(state.x)
        behind = xp.zeros(state.x.shape[1:], xp.float32)
        return state._replace(kept={"velocity": xp.zeros_like(state.x), "behind": behind})

    def step(
        self, state: State, system: System, dynamics: Dynamics
    ) -> tuple[State, Float[Array, " runs"]]:
        assert state.kept is not None
        # Of the two rates at this x each is used in part; what they share is compiled once.
        late = state._replace(kept=None)
        caught_up = moved(late, dynamics.vector_field(late, system), state.kept["behind"])
        memory = dynamics.confine(late._replace(memory=caught_up.memory), system).memory
        # XLA would otherwise take this step of a clause's memories anew for each of its cells.
        here = late._replace(memory=jax.lax.optimization_barrier(memory))
        force = dynamics.vector_field(here, system).x
        dt = limited_step(force, self.reach, self.floor, self.ceiling)
        velocity = self.momentum * state.kept["velocity"] + force
        farthest = jnp.maximum(system.largest_in_variable(velocity), 1e-30)
        ahead = here._replace(x=state.x + jnp.minimum(dt, self.stride / farthest) * velocity)
        after = here._replace(x=dynamics.confine(ahead, system).x)
        return after._replace(kept={"velocity": velocity, "behind": dt}), dt
