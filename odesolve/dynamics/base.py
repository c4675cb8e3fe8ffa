"""The interface of a dynamics: a pure vector field over variables and memories.

The Greek letters of the literature are spelled out; every dynamics uses the same names:

=========  ======================================================================
alpha      growth rate of the long-term memory
beta       rate of the short-term memory
gamma      potential above which the short-term memory rises
delta      potential above which the long-term memory grows
epsilon    keeps the short-term memory from sticking at 0
zeta       strength of the force that acts while a clause is remembered as satisfied
eta        how much faster the short-term memory falls than it rises (rectified law)
kappa      constant part of that fall (rectified law)
tau        width, in units of the potential, over which the constant part sets in
decay      rate at which the long-term memory relaxes back to its floor
centring   pull of every variable towards the undecided point of its domain
=========  ======================================================================

Parameters are array leaves of a pytree: changing one never recompiles, and each may be an array
``[runs]`` that gives every run of a batch its own value.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float

from odesolve.potentials import System
from odesolve.potentials.arrays import array_namespace
from odesolve.potentials.pytrees import pytree as pytree

#: A parameter: a number or, of NumPy or JAX, one for each run of a batch, ``[runs]``.
Parameter = float | Any

#: One array [clauses, runs] for each group of the system.
Memory = tuple[Float[Array, "clauses runs"], ...]


class State(NamedTuple):
    """The state of a batch, or its time derivative.

    ``x`` are the variables' cells; ``memory`` maps a memory's name to its arrays; ``kept`` is
    what a stepper carries from one step to the next, None for most.

    Attributes:
        x: ``[cells, runs]``.
        memory: name -> one array for each group of clauses, ``[clauses, runs]`` for most.
        kept: name -> array, its last axis the runs.

    Example:
        >>> import numpy as np
        >>> import odesolve as ode
        >>> state = ode.State(np.zeros((3, 4), np.float32), {})
        >>> state.x.shape, state.kept is None
        ((3, 4), True)
    """

    x: Float[Array, "cells runs"]
    memory: dict[str, Memory]
    kept: dict[str, Array] | None = None


@dataclass(frozen=True)
class Configurable(ABC):
    """What has a name and parameters: a dynamics or a stepper, of any kind of problem."""

    name: ClassVar[str]

    def parameters(self) -> dict[str, Any]:
        """Every parameter and option, as plain numbers and words."""
        return plain_parameters(self)


@dataclass(frozen=True)
class Dynamics(Configurable):
    """A system of differential equations on the variables and memories of a ``System``.

    One of your own is a frozen dataclass, registered as a pytree
    (``odesolve.dynamics.base.pytree``), that says ``start``, ``vector_field`` and ``confine``.
    Its fields are its parameters; one with ``metadata={"static": True}`` is an option.

    Attributes:
        name: by which results call it.
        follows_gradient: whether each clause's pull should be a gradient.
        usual_stepper: the name of the stepper that it takes unless another is chosen.
        may_be_padded: whether idle clauses over fixed variables change nothing for the others.
        scales_pulls: whether forces are pulls times a number for each clause.

    Example:
        >>> import odesolve as ode
        >>> ode.Article(alpha=2.5).parameters()["alpha"], ode.Article.usual_stepper
        (2.5, 'adaptive-euler')
    """

    #: Whether the equations descend a gradient, so that each clause's pull should be one.
    follows_gradient: ClassVar[bool] = False
    #: The stepper that it takes where neither a preset nor the user names one.
    usual_stepper: ClassVar[str] = "adaptive-euler"
    #: Whether clauses that hold, and fixed variables of their own, change nothing for the others:
    #: systems may then be padded (``odesolve.potentials.padding``). What adds up or averages over
    #: all clauses or cells must ask which are real (``System.is_real``, ``System.number``).
    may_be_padded: ClassVar[bool] = False
    #: Whether all that is done to the pulls of ``Group.forms`` is to multiply those of each clause
    #: by one number and to hand them to ``System.accumulate``, with x: the edges of dense graphs
    #: may then be products of matrices (``odesolve.potentials.pair_products``).
    scales_pulls: ClassVar[bool] = False

    @abstractmethod
    def start(self, system: System, x: Float[Array, "cells runs"]) -> State:
        """The initial state at the starting variables ``x``."""

    @abstractmethod
    def vector_field(self, state: State, system: System) -> State:
        """The time derivative; a pure function."""

    @abstractmethod
    def confine(self, state: State, system: System) -> State:
        """The nearest admissible state: variables in their domains, memories in their ranges."""

    def check(self, system: System) -> None:
        """Raises ValueError if these equations do not work on the system."""

    def restarted(self, fresh: State, old: State) -> State:
        """The state after a restart, from a fresh one and the one that is given up."""
        return fresh


def filled(system: System, runs: int, value: float) -> Memory:
    """A memory that starts at one value everywhere."""
    full = array_namespace(system.polarity).full
    return tuple(full((len(g.clauses), runs), value, np.float32) for g in system.groups)


def plain_parameters(configured: Any) -> dict[str, Any]:
    """The fields of a dynamics or stepper as JSON can hold them; infinity becomes None."""
    return {f.name: _plain(getattr(configured, f.name)) for f in fields(configured)}


def _one_period(values: list[Any]) -> list[Any]:
    """The shortest beginning that gives the list when it is repeated: one number a lane."""
    for period in range(1, len(values) + 1):
        if all(value == values[i % period] for i, value in enumerate(values)):
            return values[:period]
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | jax.Array):
        # The shortest digits that tell a float32 from its neighbours: 3.6, not 3.5999999046.
        numbers = [float(str(number)) for number in np.asarray(value).ravel()]
        return [_plain(number) for number in _one_period(numbers)]
    return None if isinstance(value, float) and not np.isfinite(value) else value
