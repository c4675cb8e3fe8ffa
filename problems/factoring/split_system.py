"""The system of one split N = p q with factors of given widths."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from odesolve.potentials.relations.implicates import clause_arrays
from odesolve.potentials.relations.presolve import RelationContradiction, Simplified, simplify
from odesolve.potentials.relations.relation import Relation
from odesolve.problems.arithmetic.multiplication import MULTIPLIERS
from odesolve.problems.factoring.residues import high_block, low_block
from odesolve.problems.relations.circuit import Circuit, fixed_bits, number_in

if TYPE_CHECKING:
    from odesolve.potentials.goals import Bit
    from odesolve.potentials.system import System
    from odesolve.problems.relations.system import Shape

#: Blocks of at most this many bits of each factor (a truth table holds 12 open bits).
LOW_BITS, HIGH_BITS = 7, 6
#: A block stays this much shorter than the shorter factor: the dynamics, not a table, find it.
BITS_LEFT_OPEN = 3

#: Weights of the clauses of the multiplier, of the lowest bits and of the highest bits; the
#: exponent for their lengths; the mobility of the factors' bits.
CIRCUIT_WEIGHT, LOW_WEIGHT, HIGH_WEIGHT = 1.0, 6.7, 15.0
LENGTH_EXPONENT = -0.28
FACTOR_MOBILITY = 2.35

#: Relations on the bits of p and q, and on variables that it adds to the circuit; called with the
#: circuit, N, p and q. They must exclude no factors.
Redundancy = Callable[[Circuit, int, Sequence[int], Sequence[int]], list[Relation]]


@dataclass(frozen=True)
class Split:
    """A multiplier with its product fixed, after presolve.

    Attributes:
        number: N, odd.
        widths: exact widths of p and q; both are odd and their highest bit is 1.
        p, q: the factors' bits, as variables of the circuit.
        simplified: what presolve left of the circuit and the blocks.
        held: variables of the system that keep a value; those of ``--no-presolve``.
        classes: the relations left, in the numbering of the system, by kind.
        decided_by_presolve: constant propagation alone would give the factors.
    """

    number: int
    widths: tuple[int, int]
    p: list[int]
    q: list[int]
    simplified: Simplified
    held: dict[int, int]
    classes: tuple[tuple[list[Relation], float], ...]
    decided_by_presolve: bool = False

    def factors(self, bits: Sequence[int]) -> tuple[int, int]:
        """p and q from the bits of the system's variables."""
        count = len(self.simplified.unknowns)
        full = self.simplified.lift(np.asarray(bits, np.int64)[:count])
        return number_in(self.p, full), number_in(self.q, full)

    def clause_count(self) -> int:
        """Clauses of the system, without padding."""
        arrays = [array for own, _ in self.classes for array in clause_arrays(own)]
        return sum(len(array) for array in arrays)

    def system(self, least: Shape, padded_widths: tuple[int, int]) -> tuple[System, Shape]:
        """The system and its shape, at least as large as ``least``.

        Arguments:
            padded_widths: widths to which the goal's numbers are padded.
        """
        # Here, so that presolve alone needs no JAX.
        from odesolve.potentials.goals import ProductGoal
        from odesolve.problems.relations.system import weighted_system

        position = {int(v): i for i, v in enumerate(self.simplified.unknowns)}
        p = [self._bit(v, position) for v in self.p]
        q = [self._bit(v, position) for v in self.q]
        open_bits = {bit[0] for bit in (*p, *q) if not isinstance(bit, int)}
        p += [0] * (padded_widths[0] - len(p))
        q += [0] * (padded_widths[1] - len(q))
        return weighted_system(
            self.classes,
            len(self.simplified.unknowns),
            length_exponent=LENGTH_EXPONENT,
            mobility=dict.fromkeys(open_bits, FACTOR_MOBILITY),
            goal=ProductGoal.of(p, q, self.number),
            least=least,
            fixed=self.held,
        )

    def _bit(self, variable: int, position: Mapping[int, int]) -> Bit:
        if variable in self.simplified.values:
            return self.simplified.values[variable]
        root, negated = self.simplified.aliases.get(variable, (variable, False))
        # A representative that no relation restricts is lifted to 0.
        return (position[root], negated) if root in position else int(negated)


def width_pairs(number: int) -> list[tuple[int, int]]:
    """All widths (a, c), a <= c, of factors of ``number``, the most balanced first."""
    bits = number.bit_length()
    pairs = [(a, total - a) for total in (bits, bits + 1) for a in range(2, total // 2 + 1)]
    return sorted(pairs, key=lambda pair: (pair[1] - pair[0], sum(pair)))


def split_of(
    number: int,
    widths: tuple[int, int],
    *,
    presolve: bool = True,
    multiplier: str = "array",
    more: Sequence[Redundancy] = (),
    check: Callable[[], None] | None = None,
) -> Split:
    """The split of an odd number into odd factors of exactly these widths.

    Arguments:
        presolve: whether constants are propagated before the dynamics.
        multiplier: the circuit, a name of ``MULTIPLIERS``.
        more: further relations that the factors satisfy, to try out.
        check: called all along; what it raises ends it.

    Raises:
        RelationContradiction: if presolve proves that there is none.
    """
    circuit = Circuit(check)
    p, q = circuit.bits(widths[0]), circuit.bits(widths[1])
    product = MULTIPLIERS[multiplier](circuit, p, q)
    fixed = fixed_bits(number, product) | dict.fromkeys((p[0], p[-1], q[0], q[-1]), 1)
    blocks = _blocks(number, p, q, fixed)
    blocks += [relation for own in more for relation in own(circuit, number, p, q)]
    relations = [*circuit.relations, *blocks]
    count = circuit.variable_count
    if presolve:
        simplified, held = simplify(relations, fixed, count, check), {}
    else:
        simplified = Simplified(tuple(relations), {}, {}, (), count, 0)
        position = {int(v): i for i, v in enumerate(simplified.unknowns)}
        held = {position[v]: bit for v, bit in fixed.items() if v in position}
    return Split(number, widths, p, q, simplified, held, _classes(simplified))


def factors_by_presolve(
    number: int, check: Callable[[], None] | None = None
) -> tuple[int, int] | None:
    """Two factors of an odd composite that constant propagation alone gives; None if it does not.

    Arguments:
        check: called all along; what it raises ends it.
    """
    for widths in width_pairs(number):
        try:
            split = split_of(number, widths, check=check)
        except RelationContradiction:
            continue
        if split.simplified.solved:
            p, q = split.factors([])
            if p * q == number and 1 not in (p, q):
                return p, q
    return None


def _blocks(
    number: int, p: Sequence[int], q: Sequence[int], fixed: Mapping[int, int]
) -> list[Relation]:
    """What the lowest and the highest bits of the factors must satisfy by themselves."""
    shorter = min(len(p), len(q))
    low, high = min(LOW_BITS, shorter - BITS_LEFT_OPEN), min(HIGH_BITS, shorter - BITS_LEFT_OPEN)
    blocks = []
    if low >= 2:
        blocks.append(low_block(number, p, q, low, fixed))
    if high >= 2:
        blocks.append(high_block(number, p, q, high, fixed))
    for block in blocks:
        if block.is_empty:
            raise RelationContradiction(block.name, block.variables)
    return [block for block in blocks if block.variables]


def _classes(simplified: Simplified) -> tuple[tuple[list[Relation], float], ...]:
    """The relations left, by the kind that their names tell."""
    kinds = {"lowest": LOW_WEIGHT, "highest": HIGH_WEIGHT}
    classes: dict[float, list[Relation]] = {
        weight: [] for weight in (CIRCUIT_WEIGHT, LOW_WEIGHT, HIGH_WEIGHT)
    }
    for relation in simplified.numbered():
        weight = kinds.get(relation.name.split()[0], CIRCUIT_WEIGHT)
        classes[weight].append(relation)
    return tuple((relations, weight) for weight, relations in classes.items())
