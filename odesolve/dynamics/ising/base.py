"""What dynamics of Ising machines share: the system, the state, and the step.

The energy is E = -1/2 sum_ij W_ij s_i s_j: ``IsingSystem`` has W = -J of the problem's couplings,
and its fields as couplings with one more spin, which is turned to +1 in the end. Equations are
written with W; c is the scale 1/2 sqrt((n - 1) / sum_ij W_ij^2) of Goto and others, which makes the
pull of the couplings of order one. An anneal goes from progress 0 to 1.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from odesolve.dynamics.base import Configurable, pytree
from odesolve.dynamics.ising.couplings import Couplings
from odesolve.potentials.clauses import Data

#: The arrays of a state by name, each ``[spins, runs]``; the signs of "x" are the spins.
IsingState = dict[str, Array]


class Moment(NamedTuple):
    """When a step of an anneal begins.

    Attributes:
        progress: the share of its steps that have been taken, from 0 to below 1.
        share: one step, as a share of all.
        step: its number, which seeds its noise.
        seed: of the batch's noise.
    """

    progress: Float[Array, ""]
    share: Float[Array, ""]
    step: Any
    seed: Any


@pytree
@dataclass(frozen=True)
class IsingSystem:
    """Couplings on the device, and their scale.

    Attributes:
        couplings: W.
        scale: 1/2 sqrt((n - 1) / sum_ij W_ij^2).
        first, second, weights: the couplings one by one, ``[couplings]``, sorted by the first spin;
            empty unless the dynamics keeps something for each (``keeps_couplings``).

    Example:
        >>> import odesolve as ode
        >>> from odesolve.problems.ising.system import ising_layout
        >>> layout = ising_layout(ode.IsingProblem.from_graph([(0, 1), (1, 2)]))
        >>> isinstance(layout.system, ode.IsingSystem), layout.order.tolist()
        (True, [0, 1, 2])
    """

    couplings: Couplings
    scale: Float[Data, ""]
    first: Int[Data, " couplings"]
    second: Int[Data, " couplings"]
    weights: Float[Data, " couplings"]

    def pull(self, x: Float[Array, "spins runs"]) -> Float[Array, "spins runs"]:
        """c W x."""
        return self.scale * self.couplings.product(x)

    def pull_of_signs(self, signs: Float[Array, "spins runs"]) -> Float[Array, "spins runs"]:
        """c W s."""
        return self.scale * self.couplings.product_of_signs(signs)

    def energy(self, signs: Float[Array, "spins runs"]) -> Float[Array, " runs"]:
        """E of each run, without the problem's offset."""
        return jnp.float32(-0.5) * jnp.sum(signs * self.couplings.product_of_signs(signs), axis=0)


def signs_of(x: Float[Array, "spins runs"]) -> Float[Array, "spins runs"]:
    """-1 and +1, +1 at zero."""
    return jnp.where(x < 0, jnp.float32(-1), jnp.float32(1))


@dataclass(frozen=True)
class IsingDynamics(Configurable):
    """Equations of motion of an Ising machine, with their own rule for a step.

    One of your own is a frozen dataclass, registered as a pytree
    (``odesolve.dynamics.base.pytree``), that says ``start`` and ``step``. Its fields are its
    parameters: numbers, or one for each run.

    Attributes:
        name: by which results call it.
        settles: whether the signs at the end of an anneal are its answer. Of those that never
            settle the best signs on the way are.
        keeps_couplings: whether it has a state for each coupling, which ``IsingSystem`` then lists.

    Example:
        >>> import odesolve as ode
        >>> sorted(ode.ISING_DYNAMICS)[:3]
        ['adiabatic-bifurcation', 'amplitude-control', 'annealed-langevin']
        >>> ode.AnnealedLangevin(temperature=2.0).parameters()
        {'coupling': 1.0, 'temperature': 2.0}
    """

    name: ClassVar[str]
    settles: ClassVar[bool] = True
    keeps_couplings: ClassVar[bool] = False

    @abstractmethod
    def start(self, x: Float[Array, "spins runs"], system: IsingSystem) -> IsingState:
        """The state at random numbers ``x`` between -1 and 1."""

    def resumed(
        self, x: Float[Array, "spins runs"], system: IsingSystem, progress: Float[Array, ""]
    ) -> IsingState:
        """The state in the midst of an anneal, at positions ``x`` between -1 and 1."""
        return {**self.start(x, system), "x": x}

    @abstractmethod
    def step(self, state: IsingState, system: IsingSystem, moment: Moment, dt: Any) -> IsingState:
        """The state after a time ``dt``; a pure function."""
