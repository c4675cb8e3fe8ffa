"""The article's small potentials, as systems and as relations; imported by the batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from odesolve import Box, Integral, Linear, System, Weighted, compile_system
from odesolve.potentials import Clauses, Points
from odesolve.potentials.relations.relation import Relation
from odesolve.problems.relations.circuit import Circuit

AND = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 1)]
XOR = [(0, 0, 0), (1, 0, 1), (0, 1, 1), (1, 1, 0)]
COEFFICIENTS = (2, -3, 4)


@dataclass(frozen=True)
class Potential:
    """A sum of potentials that the article descends.

    Attributes:
        clauses: with weights that undo our normalisation: the slopes are the article's.
        relations: the same as (variables, predicate); empty where every assignment of bits holds.
        start: value of every variable that is not fixed.
        continuous: whether V = 0 is asked of the numbers themselves and not of rounded bits.
    """

    variables: int
    clauses: Sequence[Clauses | Weighted]
    relations: Sequence[tuple[tuple[int, ...], Callable[..., object]]] = ()
    fixed: dict[int, int] = field(default_factory=dict)
    start: float = 0.5
    continuous: bool = False

    def system(self) -> System:
        """On [0, 1]."""
        return compile_system([(Box(), self.variables)], self.clauses, fixed=self.fixed)

    def circuit(self) -> Circuit:
        """The relations alone."""
        circuit = Circuit()
        circuit.bits(self.variables)
        circuit.relations += [Relation.from_predicate(*relation) for relation in self.relations]
        return circuit


def product(scope: Sequence[int], points: Sequence[tuple[int, ...]]) -> Weighted:
    """The article's product of squared distances, without our normalisation."""
    clauses = Points.from_points([list(scope)], points)
    return Weighted(clauses, float(clauses.scale[0]) ** clauses.points.shape[1])


def distance(scope: Sequence[int], points: Sequence[tuple[int, ...]]) -> Weighted:
    """The article's least sum of distances, without our normalisation."""
    clauses = Points.from_points([list(scope)], points, form="distance")
    return Weighted(clauses, float(clauses.scale[0]))


def plane() -> Weighted:
    """(2x - 3y + 4z)^2 / 29; ours is divided by its largest value on a corner, 6^2."""
    clauses = Linear([[0, 1, 2]], [list(COEFFICIENTS)], [0])
    largest = max(sum(c for c in COEFFICIENTS if c > 0), -sum(c for c in COEFFICIENTS if c < 0))
    return Weighted(clauses, largest**2 / float(np.square(COEFFICIENTS).sum()))


def _is_and(x: int, y: int, z: int) -> bool:
    return z == (x & y)


def _is_xor(x: int, y: int, z: int) -> bool:
    return z == x ^ y


def _on_plane(x: int, y: int, z: int) -> bool:
    return 2 * x - 3 * y + 4 * z == 0


def _and_gate(fixed: dict[int, int], *, form: Callable[..., Weighted] = product) -> Potential:
    return Potential(3, [form((0, 1, 2), AND)], [((0, 1, 2), _is_and)], fixed)


def _half_adder(fixed: dict[int, int]) -> Potential:
    clauses = [product((0, 1, 2), XOR), product((0, 1, 3), AND)]
    return Potential(4, clauses, [((0, 1, 2), _is_xor), ((0, 1, 3), _is_and)], fixed)


POTENTIALS: dict[str, Callable[[], Potential]] = {
    "V1": lambda: Potential(1, [product((0,), [(0,), (1,)])], start=0.55),
    "VAnd": lambda: _and_gate({}),
    "VAnd forward": lambda: _and_gate({0: 0, 1: 1}),
    "VAnd backward": lambda: _and_gate({2: 1}),
    "VAndL backward": lambda: _and_gate({2: 1}, form=distance),
    "half adder forward": lambda: _half_adder({0: 1, 1: 1}),
    "half adder backward": lambda: _half_adder({2: 1, 3: 0}),
    "V2": lambda: Potential(1, [Integral([[0]], "edge")], start=0.55),
    "VLin": lambda: Potential(3, [plane()], [((0, 1, 2), _on_plane)], continuous=True),
}
