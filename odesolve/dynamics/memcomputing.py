"""``memcomputing`` and ``rectified``: multiplicative long-term memory, two short-term laws.

Both share the force and the long-term law; they differ in how the short-term memory follows the
potential. See ``odesolve.dynamics.base`` for the names of the parameters.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from odesolve.dynamics.base import Dynamics, Parameter, State, filled, pytree
from odesolve.potentials import System
from odesolve.potentials.arrays import array_namespace
from odesolve.potentials.system import Forms, Group

#: What acts on a clause that is remembered as satisfied.
SatisfiedForce = Literal["rigidity", "pull", "mixed"]

#: What the thresholds of the memories are measured in: potentials, or a clause's own at the centre.
Thresholds = Literal["absolute", "relative"]

#: What the centring is measured in: rates, or the spectrum of the pairs that clauses join.
CentringUnit = Literal["rate", "spectrum"]


@dataclass(frozen=True)
class MultiplicativeMemory(Dynamics):
    """The part that both laws share (Bearden, Pei, Di Ventra 2020; their xs is s, xl is l).

    dx/dt = sum_m l s G_m + (1 + zeta l)(1 - s) R_m      (``satisfied_force="rigidity"``)
    dx/dt = sum_m l (s + zeta (1 - s)) G_m               (``satisfied_force="pull"``)
    dl_m/dt = alpha (V_m - delta) - decay (l_m - 1),  l in [1, l_max], starts at 1

    A clause's weight multiplies its l in these forces. With "mixed" each run has the first form
    if its ``rigidity`` is 1 and the second if it is 0, so that one batch can hold both.
    G is a clause's pull and R its rigidity. Families without a rigidity use the second form.

    With ``tilt`` chi every bit is pushed against the majority of its signs,
    dx/dt -= chi (clauses with it - clauses with its negation): for formulas that were built to
    make majorities misleading; on others it does harm.
    With ``centring`` c every variable is also pulled to the undecided point of its domain,
    dx/dt -= c (x - centre): the dissipative term of the article's last section, of either sign.
    With ``centring_unit="spectrum"`` it is 2 c sqrt(d (1 - d/n)) instead of c, for n variables that
    stand in d clauses each on average. Of random graphs that is the edge of the spectrum without
    the mean (Wigner's semicircle): how strongly clauses push away from the undecided point.
    With ``discreteness`` d both memories follow (1 - d) V_m + d [clause m violated by the decoded
    values] instead of V_m, so that they heed what counts in the end: a potential can be far from
    0 while the decoded clause holds. None leaves either out, at no cost.
    """

    alpha: Parameter = 5.0
    beta: Parameter = 20.0
    gamma: Parameter = 0.25
    delta: Parameter = 0.05
    epsilon: Parameter = 0.001
    zeta: Parameter = 0.1
    decay: Parameter = 0.0
    long_limit: Parameter = 1e6
    centring: Parameter | None = None
    discreteness: Parameter | None = None
    tilt: Parameter | None = None
    rigidity: Parameter = 1.0
    satisfied_force: SatisfiedForce = field(default="pull", metadata={"static": True})
    thresholds: Thresholds = field(default="absolute", metadata={"static": True})
    centring_unit: CentringUnit = field(default="rate", metadata={"static": True})

    def __post_init__(self) -> None:
        for name, words in (
            ("satisfied_force", get_args(SatisfiedForce)),
            ("thresholds", get_args(Thresholds)),
            ("centring_unit", get_args(CentringUnit)),
        ):
            if (own := getattr(self, name)) not in words:
                listed = f"{', '.join(map(repr, words[:-1]))} or {words[-1]!r}"
                raise ValueError(f"{name} is {listed}, got {own!r}")

    def start(self, system: System, x: Float[Array, "cells runs"]) -> State:
        runs = x.shape[1]
        return State(x, {"short": filled(system, runs, 0.5), "long": filled(system, runs, 1.0)})

    def vector_field(self, state: State, system: System) -> State:
        pulls, short_rate, long_rate = [], [], []
        decoded = None if self.discreteness is None else system.decode(state.x)
        memories = zip(state.memory["short"], state.memory["long"], strict=True)
        for group, (s, long) in zip(system.groups, memories, strict=True):
            forms = group.forms(state.x, rigidity=self.satisfied_force != "pull")
            pulls.append(self._force(group, forms, s, group.weighted(long)))
            value = forms.value
            if decoded is not None and self.discreteness is not None:
                broken = (~group.satisfied(decoded)).astype(value.dtype)
                value += self.discreteness * (broken - value)
            level = group.level if self.thresholds == "relative" else 1.0
            short_rate.append(self._short_rate(s, value, self.gamma * level))
            long_rate.append(self.alpha * (value - self.delta * level) - self.decay * (long - 1.0))
        force = system.accumulate(pulls, state.x)
        if self.centring is not None:
            unit = spectral_edge(system) if self.centring_unit == "spectrum" else 1.0
            force -= self.centring * unit * system.from_centre(state.x)
        if self.tilt is not None:
            force -= self.tilt * system.polarity
        return State(system.tangent(force), {"short": tuple(short_rate), "long": tuple(long_rate)})

    def confine(self, state: State, system: System) -> State:
        short = tuple(s.clip(0.0, 1.0) for s in state.memory["short"])
        long = tuple(memory.clip(1.0, self.long_limit) for memory in state.memory["long"])
        return State(system.project(state.x), {"short": short, "long": long})

    def _force(self, group: Group, forms: Forms, s: Array, long: Array) -> Array:
        if forms.rigidity is None:
            strength = long * (s + (1.0 - s) * self.zeta)
            return group.each(jnp.multiply, strength[:, None], forms.pull)
        hold, strength = (1.0 + self.zeta * long) * (1.0 - s), long * s
        if self.satisfied_force == "mixed":
            hold = self.rigidity * hold
            strength = long * (s + (1.0 - self.rigidity) * self.zeta * (1.0 - s))
        return group.each(
            lambda strength, pull, hold, rigidity: strength * pull + hold * rigidity,
            strength[:, None], forms.pull, hold[:, None], forms.rigidity,
        )  # fmt: skip

    @abstractmethod
    def _short_rate(self, s: Array, value: Array, gamma: Parameter) -> Array:
        """ds/dt of a group, ``[clauses, runs]``."""


def spectral_edge(system: System) -> Float[Array, ""]:
    """2 sqrt(d (1 - d/n)) of n variables in d clauses each: see ``MultiplicativeMemory``."""
    count, degree = system.counted()
    xp = array_namespace(count)
    return 2.0 * xp.sqrt(degree * xp.maximum(1.0 - degree / count, xp.float32(0.0)))


@pytree
@dataclass(frozen=True)
class Memcomputing(MultiplicativeMemory):
    """ds/dt = beta (s + epsilon)(V - gamma): the plain law of 2020.

    Source: Bearden, Pei, Di Ventra, Scientific Reports 10, 19741 (2020), whose rates are for bits
    on ``Box(-1, 1)``. Force and long-term law are those of
    ``odesolve.dynamics.memcomputing.MultiplicativeMemory``. Each parameter is a number without
    unit, or one for each run, ``[runs]``.

    Attributes:
        alpha: growth rate of the long-term memory.
        beta: rate of the short-term memory.
        gamma: potential above which the short-term memory rises.
        delta: potential above which the long-term memory grows.
        epsilon: keeps the short-term memory from sticking at 0.
        zeta: strength of the force while a clause is remembered as satisfied.
        decay: rate at which the long-term memory relaxes back to 1.
        long_limit: the most that the long-term memory may be.
        centring: pull of every variable towards the undecided point of its domain.
        discreteness: share of the decoded clause in what the memories follow, 0 to 1.
        tilt: push of every bit against the majority of its signs.
        rigidity: with "mixed", 1 for the force of "rigidity" and 0 for that of "pull".
        satisfied_force: "rigidity", "pull" or "mixed".
        thresholds: "absolute", or "relative" to each clause's potential where nothing is decided.
        centring_unit: "rate", or "spectrum" for 2 sqrt(d (1 - d/n)), see above.

    Raises:
        ValueError: if an option is none of its words.

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or.from_literals([[1, 2, -3], [-1, 3, 2], [-2, -3, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], clauses)
        >>> dynamics, stepper = ode.Memcomputing(alpha=5.0), ode.AdaptiveEuler()
        >>> ode.solve(system, dynamics, stepper, runs=4, seed=0, max_steps=1000).satisfied
        True
    """

    name: ClassVar[str] = "memcomputing"
    may_be_padded: ClassVar[bool] = True
    scales_pulls: ClassVar[bool] = True

    def _short_rate(self, s: Array, value: Array, gamma: Parameter) -> Array:
        return self.beta * (s + self.epsilon) * (value - gamma)


@pytree
@dataclass(frozen=True)
class Rectified(MultiplicativeMemory):
    """The rectified law (arXiv 2606.26728, 2026), whose rise does not wait for a seed of s.

    ds/dt = beta (1 - s)(V - gamma)+
            - beta (1 + eta)(s + epsilon) [(gamma - V)+ + kappa sigmoid((gamma - V) / tau)]

    Force and long-term law are those of ``Memcomputing``; each parameter is a number without unit,
    or one for each run, ``[runs]``.

    Attributes:
        alpha, beta, gamma, delta, epsilon, zeta, decay, long_limit: as in ``Memcomputing``.
        centring, discreteness, tilt, rigidity, satisfied_force: as in ``Memcomputing``.
        thresholds, centring_unit: as in ``Memcomputing``.
        eta: how much faster the short-term memory falls than it rises.
        kappa: constant part of that fall.
        tau: width, in units of the potential, over which the constant part sets in.

    Raises:
        ValueError: if an option is none of its words.

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or.from_literals([[1, 2, -3], [-1, 3, 2], [-2, -3, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], clauses)
        >>> dynamics, stepper = ode.Rectified(eta=0.28), ode.HeavyBall()
        >>> ode.solve(system, dynamics, stepper, runs=4, seed=0, max_steps=1000).satisfied
        True
    """

    name: ClassVar[str] = "rectified"
    may_be_padded: ClassVar[bool] = True
    scales_pulls: ClassVar[bool] = True

    eta: Parameter = 0.28
    kappa: Parameter = 0.02
    tau: Parameter = 0.02

    def _short_rate(self, s: Array, value: Array, gamma: Parameter) -> Array:
        above = jnp.maximum(value - gamma, 0.0)
        below = jnp.maximum(gamma - value, 0.0)
        leak = self.kappa * jax.nn.sigmoid((gamma - value) / self.tau)
        fall = (1.0 + self.eta) * (s + self.epsilon) * (below + leak)
        return self.beta * ((1.0 - s) * above - fall)
