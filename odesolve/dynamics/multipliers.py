"""``multipliers``: gradient descent whose clause weights are forgetful Lagrange multipliers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jaxtyping import Array, Float

from odesolve.dynamics.base import Dynamics, Parameter, State, filled, pytree
from odesolve.potentials import System


@pytree
@dataclass(frozen=True)
class Multipliers(Dynamics):
    """The long-term memory of ``memcomputing`` alone, for problems that cannot be satisfied.

    dx/dt = sum_m l_m G_m
    dl_m/dt = alpha (V_m - delta) - decay (l_m - 1),  l in [1, l_max], starts at 1

    On a problem whose optimum violates clauses, a memory without decay grows on those for ever
    and drowns all others. With decay it stays below 1 + alpha / decay: a clause that is violated
    for about 1 / decay pulls harder for a while, and the state moves on. In a system with soft
    clauses those that must hold have ``hard_alpha`` and ``hard_decay`` instead.

    A clause's weight multiplies its l. Lagrange multipliers that grow with the violation: Platt
    and Barr 1987; for MaxSAT, in discrete form, Wah and Shang 1997.

    Each parameter is a number without unit, or one for each run, ``[runs]``.

    Attributes:
        alpha: growth rate of the multipliers.
        delta: potential above which they grow.
        decay: rate at which they relax back to 1.
        hard_alpha, hard_decay: the same of clauses that must hold, beside soft ones.
        long_limit: the most that a multiplier may be.

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or.from_literals([[1, 2, -3], [-1, 3, 2], [-2, -3, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], clauses)
        >>> dynamics, stepper = ode.Multipliers(decay=0.5), ode.Langevin(noise=0.5)
        >>> ode.solve(system, dynamics, stepper, runs=4, seed=0, max_steps=1000).satisfied
        True
    """

    name: ClassVar[str] = "multipliers"
    follows_gradient: ClassVar[bool] = True
    may_be_padded: ClassVar[bool] = True
    scales_pulls: ClassVar[bool] = True

    alpha: Parameter = 0.26
    delta: Parameter = 0.1
    decay: Parameter = 0.74
    hard_alpha: Parameter = 1.0
    hard_decay: Parameter = 0.1
    long_limit: Parameter = 1e6

    def start(self, system: System, x: Float[Array, "cells runs"]) -> State:
        return State(x, {"long": filled(system, x.shape[1], 1.0)})

    def vector_field(self, state: State, system: System) -> State:
        pulls, growth = [], []
        for group, long in zip(system.groups, state.memory["long"], strict=True):
            forms = group.forms(state.x)
            must_hold = group.penalty is None and system.worst_cost is not None
            alpha = self.hard_alpha if must_hold else self.alpha
            decay = self.hard_decay if must_hold else self.decay
            pulls.append(group.each(jnp.multiply, group.weighted(long)[:, None], forms.pull))
            growth.append(alpha * (forms.value - self.delta) - decay * (long - 1.0))
        return State(system.tangent(system.accumulate(pulls, state.x)), {"long": tuple(growth)})

    def confine(self, state: State, system: System) -> State:
        long = tuple(jnp.clip(part, 1.0, self.long_limit) for part in state.memory["long"])
        return State(system.project(state.x), {"long": long})
