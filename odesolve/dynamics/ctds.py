"""``ctds``: the continuous-time dynamical system of Ercsey-Ravasz and Toroczkai."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

import jax.numpy as jnp
from jaxtyping import Array, Float

from odesolve.dynamics.base import Dynamics, Parameter, State, filled, pytree
from odesolve.potentials import System

#: The power of the potential at which weights grow.
Growth = Literal["potential", "squared"]


@pytree
@dataclass(frozen=True)
class ContinuousTime(Dynamics):
    """Gradient descent on sum_m a_m V_m^2 whose weights a_m grow while their clauses do not hold.

    dx/dt = -d/dx sum_m a_m V_m^2 = sum_m 2 a_m V_m G_m
    da_m/dt = alpha a_m V_m      (``growth="potential"``)
    da_m/dt = alpha a_m V_m^2    (``growth="squared"``, a variant)

    Ercsey-Ravasz and Toroczkai, Nature Physics 7 (2011); for MaxSAT, Molnar and others, Nature
    Communications 9 (2018). There V_m = K_m = 2^-k prod_i (1 - c_i s_i) of a clause on [-1, 1],
    the product form of ``Or``, and alpha = 1; the equations take every other family as well.
    G is a clause's pull; a starts at 1. A clause's weight in the problem multiplies its a in the
    force.

    The weights grow exponentially. Once the largest of a run would pass ``long_limit``, all of
    them are divided by a common factor: their ratios, which steer the descent, stay. None falls
    below the 1 that it began with, for a weight that vanished would never return.

    Attributes:
        alpha: growth rate of the weights; a number without unit, or ``[runs]``.
        long_limit: the most that a weight may be.
        growth: "potential" or "squared".

    Raises:
        ValueError: if ``growth`` is neither "potential" nor "squared".

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or.from_literals([[1, 2, -3], [-1, 3, 2], [-2, -3, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], clauses)
        >>> dynamics, stepper = ode.ContinuousTime(), ode.AdaptiveEuler(reach=0.2)
        >>> ode.solve(system, dynamics, stepper, runs=4, seed=0, max_steps=1000).satisfied
        True
    """

    name: ClassVar[str] = "ctds"
    follows_gradient: ClassVar[bool] = True
    may_be_padded: ClassVar[bool] = True
    scales_pulls: ClassVar[bool] = True

    alpha: Parameter = 1.0
    long_limit: Parameter = 1e6
    growth: Growth = field(default="potential", metadata={"static": True})

    def __post_init__(self) -> None:
        if self.growth not in get_args(Growth):
            raise ValueError(f"growth is 'potential' or 'squared', got {self.growth!r}")

    def start(self, system: System, x: Float[Array, "cells runs"]) -> State:
        return State(x, {"long": filled(system, x.shape[1], 1.0)})

    def vector_field(self, state: State, system: System) -> State:
        pulls, growth = [], []
        for group, long in zip(system.groups, state.memory["long"], strict=True):
            forms = group.forms(state.x)
            strength = 2.0 * group.weighted(long) * forms.value
            pulls.append(group.each(jnp.multiply, strength[:, None], forms.pull))
            power = forms.value if self.growth == "potential" else forms.value**2
            growth.append(self.alpha * long * power)
        return State(system.tangent(system.accumulate(pulls, state.x)), {"long": tuple(growth)})

    def confine(self, state: State, system: System) -> State:
        parts = state.memory["long"]
        largest = jnp.ones(state.x.shape[1:], state.x.dtype)
        for part in parts:
            largest = jnp.maximum(largest, part.max(axis=0, initial=1.0))
        scale = jnp.minimum(1.0, self.long_limit / largest)
        long = tuple(jnp.clip(part * scale, 1.0, self.long_limit) for part in parts)
        return State(system.project(state.x), {"long": long})
