"""``memories``: each coupling a soft clause with a short and a long memory, after the article."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from odesolve.dynamics.base import Parameter, pytree
from odesolve.dynamics.ising.amplitude_control import WIDE_SCALE
from odesolve.dynamics.ising.base import IsingDynamics, IsingState, IsingSystem, Moment


@pytree
@dataclass(frozen=True)
class Memories(IsingDynamics):
    """dx_i/dt = sum_j l_ij s_ij W_ij x_j between -1 and 1, with memories s and l of each coupling.

    A coupling is a clause that wants W_ij x_i x_j > 0: its potential is
    V_ij = (1 - sign(W_ij) x_i x_j) / 2.

    ds_ij/dt = beta (s_ij + epsilon)(V_ij - gamma),  s in [floor, 1]
    dl_ij/dt = alpha (V_ij - delta) - decay (l_ij - 1),  l in [1, long_limit]

    Not all couplings can hold at once, so that l must be forgotten again: ``decay`` is not 0. It
    never settles. W is scaled by sqrt(2 n / sum_ij W_ij^2). Forward Euler.

    Source: the memories of Bearden, Pei, Di Ventra, Scientific Reports 10, 19741 (2020), on
    couplings instead of clauses.

    Attributes:
        coupling: factor of the scale of couplings.
        alpha: growth rate of the long memory.
        beta: rate of the short memory.
        gamma: potential above which the short memory rises.
        delta: potential above which the long memory grows.
        epsilon: keeps the short memory from sticking at 0.
        decay: rate at which the long memory relaxes back to 1.
        floor: the least short memory.
        long_limit: the most that the long memory may be.

    Example:
        >>> import odesolve as ode
        >>> square = [(0, 1), (1, 2), (2, 3), (3, 0)]
        >>> dynamics = ode.Memories(alpha=0.5)
        >>> ode.maxcut(square, dynamics=dynamics, target=4, time_limit=60).cut
        4
    """

    name: ClassVar[str] = "memories"
    settles: ClassVar[bool] = False
    keeps_couplings: ClassVar[bool] = True

    coupling: Parameter = 1.0
    alpha: Parameter = 0.5
    beta: Parameter = 1.0
    gamma: Parameter = 0.25
    delta: Parameter = 0.25
    epsilon: Parameter = 0.001
    decay: Parameter = 0.5
    floor: Parameter = 0.2
    long_limit: Parameter = 20.0

    def start(self, x: Float[Array, "spins runs"], system: IsingSystem) -> IsingState:
        ones = jnp.ones((len(system.weights), x.shape[1]), jnp.float32)
        return {"x": 0.1 * x, "short": 0.5 * ones, "long": ones}

    def step(self, state: IsingState, system: IsingSystem, moment: Moment, dt: Any) -> IsingState:
        x, short, long = state["x"], state["short"], state["long"]
        one, other = x[system.first], x[system.second]
        scaled = WIDE_SCALE * self.coupling * system.scale
        strength = scaled * system.weights[:, None] * (long * short)
        spins = x.shape[0]
        force = jax.ops.segment_sum(strength * other, system.first, spins, indices_are_sorted=True)
        force += jax.ops.segment_sum(strength * one, system.second, spins)
        potential = 0.5 - 0.5 * jnp.sign(system.weights)[:, None] * one * other
        short += dt * self.beta * (short + self.epsilon) * (potential - self.gamma)
        growth = self.alpha * (potential - self.delta) - self.decay * (long - 1.0)
        return {
            "x": jnp.clip(x + dt * force, -1.0, 1.0),
            "short": jnp.clip(short, self.floor, 1.0),
            "long": jnp.clip(long + dt * growth, 1.0, self.long_limit),
        }
