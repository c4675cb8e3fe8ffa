"""``survey-flow``: belief and survey propagation as a relaxation of messages in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp
from typing import ClassVar, Literal, get_args

import jax.numpy as jnp
from jaxtyping import Array, Float

from odesolve.dynamics.base import Dynamics, Memory, Parameter, State, filled, pytree
from odesolve.potentials import System
from odesolve.potentials.arrays import array_namespace
from odesolve.potentials.clauses import LEAST_CHANCE, CellValues
from odesolve.potentials.domains import Box
from odesolve.potentials.positions import folded, split
from odesolve.potentials.system import Group

#: Half log-odds beyond this are certain: float32 cannot tell their tanh from 1.
FIELD_LIMIT = 30.0
#: Odds are not taken as less than this, nor as more than its inverse.
LEAST_ODDS = exp(-FIELD_LIMIT)

#: What is remembered of a clause.
ClauseMemory = Literal["none", "long"]

CellState = Float[Array, "cells runs"]


@pytree
@dataclass(frozen=True)
class SurveyFlow(Dynamics):
    """Messages from clauses to the variables of other clauses, which relax to agreement.

    The state is, for each literal of each clause, the chance f that the other clauses force it
    to be false. With the warnings w_mi = log(1 - prod_{j != i} f_mj) of the clauses,

    P_i = sum of w_mi over the clauses with i, Q_i = the same with its negation
    E_i = r F_i - theta/2 (number of clauses with i - number with its negation)
    P_i -= 2 max(E_i, 0),    Q_i -= 2 max(-E_i, 0)
    T_i = 1/2 [Q_i - P_i + log((1 - rho e^P_i) / (1 - rho e^Q_i))]
    df_mi/dt = (1 - rho e^U) / (1 + e^(U - S) - rho e^U) - f_mi
    dF_i/dt = inertia (T_i - F_i),    dr/dt = growth (limit - r),    x_i = tanh F_i

    where S is P (for a negated literal Q) without the clause's own warning, and U is the other
    one. The fixed points without reinforcement are those of belief propagation at rho = 0, of
    survey propagation at rho = 1, and of the family between them (Maneva, Mossel, Wainwright
    2007). The reinforcement r, by which a variable trusts its own past, lets the variables decide
    (Chavas, Furtlehner, Mezard, Zecchina 2005). The field theta leans every variable against the
    majority of its signs, for instances that were built to make majorities misleading.

    It begins at ``onset``: below some value of r, which is small, the messages stay where they
    would be without it, and a slow growth, which decides best, would spend most of its time there.

    With ``clause_memory="long"`` every clause has a long memory, as in memcomputing, by which its
    warnings are multiplied wherever they are summed, and taken away again:

    V_m = 1/2 min_i (1 - q_i x_i),  dl_m/dt = alpha max(V_m - delta, 0) - decay (l_m - 1)

    V is above 1/2 where every literal of a clause, of sign q_i, is false. Without it a run that
    has decided all but a few clauses stays as it is.

    A restart keeps ``message_kept`` of the messages' distance from undecided and ``field_kept``
    of the fields, the reinforcement begins anew; ``spread`` scales what is random in it:
    a message begins at 1/2 - spread x_i / 2 for a variable at x_i, its negation's at the rest
    to 1. It works on disjunctions of bits.

    Each parameter is a number without unit, or one for each run, ``[runs]``.

    Attributes:
        rho: 0 for belief propagation, 1 for survey propagation.
        theta: push of every bit against the majority of its signs.
        growth: rate at which the reinforcement r comes near its limit.
        limit: of the reinforcement.
        onset: the reinforcement at a start.
        inertia: rate at which the fields follow.
        spread: how much of the start is random, 0 to 1.
        message_kept, field_kept: shares that a restart keeps, 0 to 1.
        alpha: growth rate of the clauses' memory, which a restart forgets.
        delta: what V has to be above for that.
        decay: rate at which it relaxes back to 1.
        clause_memory: "long", or "none", at no cost.

    Raises:
        ValueError: if ``clause_memory`` is neither; on solving, if a clause is no disjunction or a
            domain none of bits.

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or.from_literals([[1, 2, -3], [-1, 3, 2], [-2, -3, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], clauses)
        >>> dynamics, stepper = ode.SurveyFlow(rho=0.9), ode.Euler(dt=0.5)
        >>> ode.solve(system, dynamics, stepper, runs=4, seed=0, max_steps=1000).satisfied
        True
    """

    name: ClassVar[str] = "survey-flow"
    #: x follows the fields: its own velocity, 0, says nothing of how far a step may go.
    usual_stepper: ClassVar[str] = "euler"
    may_be_padded: ClassVar[bool] = True

    rho: Parameter = 0.95
    theta: Parameter = 0.0
    growth: Parameter = 0.001
    limit: Parameter = 1.0
    onset: Parameter = 0.0
    inertia: Parameter = 1.25
    spread: Parameter = 0.1
    message_kept: Parameter = 0.0
    field_kept: Parameter = 0.0
    alpha: Parameter = 0.2
    delta: Parameter = 0.5
    decay: Parameter = 0.01
    clause_memory: ClauseMemory = field(default="none", metadata={"static": True})

    def __post_init__(self) -> None:
        if self.clause_memory not in get_args(ClauseMemory):
            raise ValueError(f"clause_memory is 'none' or 'long', got {self.clause_memory!r}")

    def check(self, system: System) -> None:
        for group in system.groups:
            is_of_bits = all(isinstance(domain, Box) for domain in group.domains)
            if group.clauses.polarity() is None or not is_of_bits:
                raise ValueError(
                    f"{self.name} works on disjunctions of bits only, not on "
                    f"{group.clauses.family} clauses; choose another dynamics"
                )

    def start(self, system: System, x: CellState) -> State:
        xp, means = array_namespace(x, system.polarity), system.means(x)
        messages = [
            group.each(
                lambda own, sign: xp.where(sign == 0, 1.0, 0.5 - 0.5 * self.spread * sign * own),
                group.own_cells(means),
                _signs(group),
            )
            for group in system.groups
        ]
        memory = {
            "message": _by_position(messages, system),
            "field": (self.spread * means,),
            "reinforcement": (self.onset + xp.zeros((1, x.shape[1]), x.dtype),),
        }
        if self.clause_memory == "long":
            memory["long"] = filled(system, x.shape[1], 1.0)
        return self.confine(State(x, memory), system)

    def restarted(self, fresh: State, old: State) -> State:
        memory = dict(fresh.memory)
        memory["message"] = tuple(
            (new + self.message_kept * (was - 0.5)).clip(0.0, 1.0)
            for new, was in zip(fresh.memory["message"], old.memory["message"], strict=True)
        )
        memory["field"] = (fresh.memory["field"][0] + self.field_kept * old.memory["field"][0],)
        return fresh._replace(memory=memory)

    def vector_field(self, state: State, system: System) -> State:
        (fields,), (trust,) = state.memory["field"], state.memory["reinforcement"]
        messages = _by_group(state.memory["message"], system)
        spared = [g.clauses.spared(m) for g, m in zip(system.groups, messages, strict=True)]
        warnings = [
            group.each(jnp.log, own) for group, own in zip(system.groups, spared, strict=True)
        ]
        weights = state.memory.get("long", ())
        if self.clause_memory == "long":
            warnings = [
                group.each(jnp.multiply, own, long[:, None])
                for group, own, long in zip(system.groups, warnings, weights, strict=True)
            ]
            spared = [
                group.each(jnp.exp, own) for group, own in zip(system.groups, warnings, strict=True)
            ]
        against, towards = system.accumulate_by_sign(warnings)
        lean = trust * fields - 0.5 * self.theta * system.polarity
        against, towards = self._leaning(against, towards, lean, system)
        free_against, free_towards = self._free(against), self._free(towards)
        total = 0.5 * (
            towards
            - against
            + jnp.log((free_against + LEAST_CHANCE) / (free_towards + LEAST_CHANCE))
        )
        # Exponentials are taken once a variable: e^(U - S) of a literal is that of its variable,
        # or the inverse, times what the clause itself had taken away, e^w = 1 - prod f.
        odds = jnp.exp(towards - against)
        # The last row is that of padding, whose message stays at 1.
        sure = jnp.ones_like(trust)
        free = jnp.concatenate([free_towards, free_against, sure])
        odds = jnp.concatenate([odds, 1.0 / odds, 0.0 * sure])
        leanings = [system.of_literals(odds, group) for group in system.groups]
        slopes = [
            group.each(_slope, system.of_literals(free, group), *own)
            for group, *own in zip(system.groups, leanings, spared, messages, strict=True)
        ]
        rates = {
            "message": _by_position(slopes, system),
            "field": (self.inertia * (jnp.clip(total, -FIELD_LIMIT, FIELD_LIMIT) - fields),),
            "reinforcement": (self.growth * (self.limit - trust),),
        }
        if self.clause_memory == "long":
            x = system.means(state.x)
            values = [group.own_cells(x) for group in system.groups]
            rates["long"] = tuple(
                self.alpha * jnp.maximum(_falsehood(group, own) - self.delta, 0.0)
                - self.decay * (long - 1.0)
                for group, own, long in zip(system.groups, values, weights, strict=True)
            )
        return State(jnp.zeros_like(state.x), rates)

    def confine(self, state: State, system: System) -> State:
        fields = state.memory["field"][0].clip(-FIELD_LIMIT, FIELD_LIMIT)
        memory = dict(state.memory)
        # Steps of more than 1 overshoot.
        memory["message"] = tuple(m.clip(0.0, 1.0) for m in state.memory["message"])
        memory["field"] = (fields,)
        means = array_namespace(fields).tanh(fields)
        return state._replace(x=system.project(system.at_means(means)), memory=memory)

    def _leaning(
        self, against: CellState, towards: CellState, lean: CellState, system: System
    ) -> tuple[CellState, CellState]:
        """P and Q with the variables' own field; those of fixed variables are certain."""
        if system.fixed is not None:
            known = ~jnp.isnan(system.fixed)
            lean = jnp.where(known, FIELD_LIMIT * system.means(system.fixed), lean)
            against, towards = (jnp.where(known, 0.0, w) for w in (against, towards))
        least = -2.0 * FIELD_LIMIT
        return (
            jnp.maximum(against - 2.0 * jnp.maximum(lean, 0.0), least),
            jnp.maximum(towards - 2.0 * jnp.maximum(-lean, 0.0), least),
        )

    def _free(self, warnings: CellState) -> CellState:
        """1 - rho e^w, exact also where rho is 1 and hardly anything warns."""
        return (1.0 - self.rho) - self.rho * jnp.expm1(warnings)


def _slope(free: Array, odds: Array, spared: Array, message: Array) -> Array:
    """df/dt: towards the chance that a literal is forced to be false, but for its clause."""
    odds = jnp.clip(odds * spared, LEAST_ODDS, 1.0 / LEAST_ODDS)
    return jnp.clip(free / (free + odds + 1e-12), 0.0, 1.0) - message


def _falsehood(group: Group, values: CellValues) -> Float[Array, "clauses runs"]:
    """V of each clause, whose padding is false."""
    untruth = group.each(lambda own, sign: 0.5 - 0.5 * sign * own, values, _signs(group))
    return folded(
        jnp.minimum,
        group.each(lambda own, sign: jnp.where(sign == 0, 1.0, own), untruth, _signs(group)),
    )


def _signs(group: Group) -> Float[Array, "clauses width 1"]:
    signs = group.clauses.polarity()
    assert signs is not None  # as ``SurveyFlow.check`` has seen
    return signs[:, :, None]


def _by_position(messages: Sequence[CellValues], system: System) -> Memory:
    """What is kept: of narrow clauses one array a position, which a step reads and writes in one
    pass over all clauses; a position that stands between others costs three times as much."""
    parts: list[Array] = []
    for group, own in zip(system.groups, messages, strict=True):
        parts.extend(split(own) if group.by_position else [own])
    return tuple(parts)


def _by_group(parts: Memory, system: System) -> list[CellValues]:
    """The inverse of ``_by_position``: ``[clauses, width, runs]`` for each group."""
    left = iter(parts)
    return [
        jnp.stack([next(left) for _ in range(group.arrays_of_cells)], axis=1)
        if group.by_position
        else next(left)
        for group in system.groups
    ]
