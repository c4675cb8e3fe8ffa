"""What the default of factoring is compared with: each candidate changes one thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from odesolve.dynamics.base import Dynamics, State, pytree
from odesolve.dynamics.memcomputing import Memcomputing
from odesolve.potentials import System
from odesolve.potentials.relations.relation import Relation
from odesolve.potentials.relations.table_algebra import row_bits
from odesolve.presets.choice import choose
from odesolve.problems.factoring import split_system as factor_circuits
from odesolve.problems.factoring.residues import high_block
from odesolve.problems.relations import system as relation_systems
from odesolve.problems.relations.circuit import Circuit
from odesolve.steppers.base import Stepper, limited_step, moved
from odesolve.steppers.euler import AdaptiveEuler
from odesolve.steppers.langevin import UNIT_VARIANCE, following, seeds, uniform

#: Bits of a factor that one relation of a chain of residues takes in.
BITS_A_LINK = 3


@dataclass(frozen=True)
class Candidate:
    """One change.

    Attributes:
        constants: names of the module that builds the systems -> other values.
        multiplier, moduli: the circuit, and the moduli of further residue relations.
        dynamics, stepper, parameters: as for ``odesolve.factor``.
        options: policies of the batch.
    """

    constants: Mapping[str, Any] = field(default_factory=dict)
    multiplier: str = "array"
    moduli: tuple[int, ...] = ()
    dynamics: str | None = None
    stepper: str | Stepper | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def lane(self, runs: int, parameters: Mapping[str, Any]) -> tuple[Dynamics, Stepper]:
        """The dynamics and the stepper, with further parameters."""
        stepper = self.stepper
        if isinstance(stepper, AdaptiveEuler):
            # The benchmark's own steppers are adaptive Euler, changed: its limits are kept.
            limits = choose("factoring", {"encoding": "clauses"}).lanes[0][1].parameters()
            stepper = type(stepper)(**{**stepper.parameters(), **limits})
        choice = choose(
            "factoring", {"encoding": "clauses"}, dynamics=self.dynamics, stepper=stepper,
            parameters={**self.parameters, **parameters},
        )  # fmt: skip
        return choice.for_runs(runs)

    def split(self, number: int, widths: tuple[int, int], presolve: bool) -> Any:
        """The split of a number, with this candidate's circuit and relations."""
        more = [partial(residue_relations, modulus=modulus) for modulus in self.moduli]
        return factor_circuits.split_of(
            number, widths, presolve=presolve, multiplier=self.multiplier, more=more
        )

    def change_constants(self) -> None:
        """Set the constants, for the whole process."""
        for name, value in self.constants.items():
            setattr(home_of(name), name, value)


def home_of(name: str) -> ModuleType:
    """The module that a candidate's constant stands in.

    Raises:
        AttributeError: if it stands nowhere any more.
    """
    for module in (factor_circuits, relation_systems):
        if hasattr(module, name):
            return module
    raise AttributeError(f"nothing is called {name} any more")


def residue_relations(
    circuit: Circuit, number: int, p: Sequence[int], q: Sequence[int], *, modulus: int
) -> list[Relation]:
    """(p mod m)(q mod m) = N mod m; both residues come from the bits by a chain of relations."""
    chains: list[Relation] = []
    residues = [_residue(circuit, bits, modulus, chains) for bits in (p, q)]
    width = len(residues[0])
    rows = row_bits(2 * width).astype(np.int64)
    first, second = rows[:, :width] @ _powers(width), rows[:, width:] @ _powers(width)
    allowed = (first * second - number) % modulus == 0
    allowed &= (first < modulus) & (second < modulus)
    last = Relation.from_scope([*residues[0], *residues[1]], allowed, f"residues modulo {modulus}")
    return [*chains, last]


def _residue(
    circuit: Circuit, bits: Sequence[int], modulus: int, chains: list[Relation]
) -> list[int]:
    """New variables that hold the number in ``bits`` modulo m, and the relations that say so."""
    width = (modulus - 1).bit_length()
    state: list[int] = []
    for start in range(0, len(bits), BITS_A_LINK):
        taken = list(bits[start : start + BITS_A_LINK])
        following_state = circuit.bits(width)
        scope = [*state, *taken, *following_state]
        rows = row_bits(len(scope)).astype(np.int64)
        known = len(state)
        before = rows[:, :known] @ _powers(known)
        added = rows[:, known : known + len(taken)] @ _powers(len(taken)) * pow(2, start, modulus)
        after = rows[:, known + len(taken) :] @ _powers(width)
        allowed = (after == (before + added) % modulus) & (before < modulus)
        chains.append(
            Relation.from_scope(scope, allowed, f"residue modulo {modulus} to bit {start}")
        )
        state = following_state
    return state


def _powers(count: int) -> np.ndarray:
    return 1 << np.arange(count)


#: As it is before a candidate changes it.
_weighted_system = relation_systems.weighted_system


def _covers(*arguments: Any, **choices: Any) -> Any:
    return _weighted_system(*arguments, **choices, kind="irredundant")


def _every_clause(*arguments: Any, **choices: Any) -> Any:
    return _weighted_system(*arguments, **{**choices, "goal": None})


@pytree
@dataclass(frozen=True)
class ExactMemory(AdaptiveEuler):
    """The plain short memory's equation solved exactly over each step, V being held."""

    name: ClassVar[str] = "exact-memory"

    def step(
        self, state: State, system: System, dynamics: Dynamics
    ) -> tuple[State, Float[Array, " runs"]]:
        assert isinstance(dynamics, Memcomputing)
        after, dt = super().step(state, system, dynamics)
        short = []
        for group, s in zip(system.groups, state.memory["short"], strict=True):
            grown = jnp.exp(dynamics.beta * (group.value(state.x) - dynamics.gamma) * dt)
            short.append(jnp.clip((s + dynamics.epsilon) * grown - dynamics.epsilon, 0.0, 1.0))
        return after._replace(memory={**after.memory, "short": tuple(short)}), dt


@pytree
@dataclass(frozen=True)
class Noisy(AdaptiveEuler):
    """Adaptive Euler-Maruyama: sigma dW on the variables."""

    name: ClassVar[str] = "noisy"
    noise: float = 0.3

    def prepare(self, state: State, system: System) -> State:
        return state._replace(kept={"random": seeds(state.x, system.number)})

    def step(
        self, state: State, system: System, dynamics: Dynamics
    ) -> tuple[State, Float[Array, " runs"]]:
        assert state.kept is not None
        random = following(state.kept["random"])
        bare = state._replace(kept=None)
        rate = dynamics.vector_field(bare, system)
        dt = limited_step(rate.x, self.reach, self.floor, self.ceiling)
        ahead = moved(bare, rate, dt)
        shaken = ahead.x + self.noise * jnp.sqrt(dt) * UNIT_VARIANCE * uniform(random)
        after = dynamics.confine(ahead._replace(x=shaken), system)
        return after._replace(kept={"random": random}), dt


@pytree
@dataclass(frozen=True)
class SecondOrder(AdaptiveEuler):
    """Heun's rule with adaptive Euler's steps: two evaluations each."""

    name: ClassVar[str] = "second-order"

    def step(
        self, state: State, system: System, dynamics: Dynamics
    ) -> tuple[State, Float[Array, " runs"]]:
        first = dynamics.vector_field(state, system)
        dt = limited_step(first.x, self.reach, self.floor, self.ceiling)
        second = dynamics.vector_field(dynamics.confine(moved(state, first, dt), system), system)
        mean = jax.tree.map(lambda a, b: 0.5 * (a + b), first, second)
        return dynamics.confine(moved(state, mean, dt), system), dt


AS_BUILT, SEARCHED = "as built", "parameters searched at this width"
CANDIDATES: dict[str, Candidate] = {
    AS_BUILT: Candidate(),
    "no relation of the lowest bits": Candidate({"LOW_BITS": 0}),
    "no relation of the highest bits": Candidate({"HIGH_BITS": 0}),
    "neither": Candidate({"LOW_BITS": 0, "HIGH_BITS": 0}),
    "residues modulo 3, too": Candidate(moduli=(3,)),
    "residues modulo 5, too": Candidate(moduli=(5,)),
    "residues modulo 7, too": Candidate(moduli=(7,)),
    "residues modulo 15, too": Candidate(moduli=(15,)),
    "residues modulo 3, 5, 7, too": Candidate(moduli=(3, 5, 7)),
    "p <= q in the highest bits, too": Candidate({"high_block": partial(high_block, ordered=True)}),
    "carry-save multiplier": Candidate(multiplier="carry-save"),
    "Dadda multiplier": Candidate(multiplier="dadda"),
    "irredundant implicates": Candidate({"weighted_system": _covers}),
    "solved only when every clause holds": Candidate({"weighted_system": _every_clause}),
    "all weights 1": Candidate(
        {"CIRCUIT_WEIGHT": 1.0, "LOW_WEIGHT": 1.0, "HIGH_WEIGHT": 1.0, "LENGTH_EXPONENT": 0.0}
    ),
    "mobility of the factors' bits 1": Candidate({"FACTOR_MOBILITY": 1.0}),
    "rectified memory, with its own parameters": Candidate(dynamics="rectified"),
    "pull (G) instead of rigidity": Candidate(parameters={"satisfied_force": "pull"}),
    "no restarts": Candidate(options={"run_length": None}),
    "restarts after 300 steps": Candidate(options={"run_length": 300}),
    "noise 0.1": Candidate(stepper=Noisy(noise=0.1)),
    "noise 0.3": Candidate(stepper=Noisy(noise=0.3)),
    "noise 1": Candidate(stepper=Noisy(noise=1.0)),
    "second-order steps (two evaluations)": Candidate(stepper=SecondOrder()),
    "exact steps of the short memory": Candidate(stepper=ExactMemory()),
    "fixed steps of 0.02": Candidate(stepper="euler", parameters={"dt": 0.02}),
    SEARCHED: Candidate(),
}
