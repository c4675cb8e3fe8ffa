"""``article``: the published equations, with softmax weights of the long-term memories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
from jaxtyping import Array, Float

from odesolve.dynamics.base import Dynamics, Parameter, State, filled, pytree
from odesolve.potentials import System
from odesolve.potentials.system import Group


@pytree
@dataclass(frozen=True)
class Article(Dynamics):
    """The article's equations and values (section "Three Coloring").

    dx/dt = sum_m -dV_m/dx sigma_m(l) (s_m + (1 - s_m) zeta),  sigma = softmax over all clauses
    ds_m/dt = beta (s_m + epsilon) (V_m - gamma),  s in [0, 1], starts at 0.5
    dl_m/dt = alpha (V_m - delta),  l >= 0, starts at 0

    Each parameter is a number without unit, or one for each run, ``[runs]``.

    Attributes:
        alpha: growth rate of the long-term memory.
        beta: rate of the short-term memory.
        gamma: potential above which the short-term memory rises.
        delta: potential above which the long-term memory grows.
        epsilon: keeps the short-term memory from sticking at 0.
        zeta: strength of the force while a clause is remembered as satisfied.

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or.from_literals([[1, 2, -3], [-1, 3, 2], [-2, -3, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], clauses)
        >>> dynamics, stepper = ode.Article(), ode.Euler(dt=0.05)
        >>> ode.solve(system, dynamics, stepper, runs=4, seed=0, max_steps=1000).satisfied
        True
    """

    name: ClassVar[str] = "article"
    may_be_padded: ClassVar[bool] = True
    follows_gradient: ClassVar[bool] = True
    scales_pulls: ClassVar[bool] = True

    alpha: Parameter = 5.0
    beta: Parameter = 20.0
    gamma: Parameter = 0.05
    delta: Parameter = 0.2
    epsilon: Parameter = 0.001
    zeta: Parameter = 0.1

    def start(self, system: System, x: Float[Array, "cells runs"]) -> State:
        runs = x.shape[1]
        return State(x, {"short": filled(system, runs, 0.5), "long": filled(system, runs, 0.0)})

    def vector_field(self, state: State, system: System) -> State:
        short, long = state.memory["short"], state.memory["long"]
        if not long:
            return State(jnp.zeros_like(state.x), {"short": (), "long": ()})
        highest = jnp.stack([memory.max(axis=0) for memory in long]).max(axis=0)
        exponentials = [
            _of_real(system, group, jnp.exp(memory - highest))
            for group, memory in zip(system.groups, long, strict=True)
        ]
        total = sum(e.sum(axis=0) for e in exponentials)
        pulls, short_rate, long_rate = [], [], []
        for group, s, exponential in zip(system.groups, short, exponentials, strict=True):
            forms = group.forms(state.x)
            weight = exponential / total * (s + (1.0 - s) * self.zeta)
            pulls.append(group.each(jnp.multiply, group.weighted(weight)[:, None], forms.pull))
            short_rate.append(self.beta * (s + self.epsilon) * (forms.value - self.gamma))
            long_rate.append(self.alpha * (forms.value - self.delta))
        force = system.tangent(system.accumulate(pulls, state.x))
        return State(force, {"short": tuple(short_rate), "long": tuple(long_rate)})

    def confine(self, state: State, system: System) -> State:
        short = tuple(jnp.clip(s, 0.0, 1.0) for s in state.memory["short"])
        long = tuple(jnp.maximum(memory, 0.0) for memory in state.memory["long"])
        return State(system.project(state.x), {"short": short, "long": long})


def _of_real(system: System, group: Group, values: Array) -> Array:
    """Values of a group's clauses; 0 for those that only fill it up, which have no weight."""
    is_real = system.is_real(group)
    return values if is_real is None else jnp.where(is_real, values, 0.0)
