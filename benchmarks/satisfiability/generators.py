"""Random formulas from seeds: uniform, planted, parity, weighted and factoring.

Clauses are int32 arrays ``[clauses, width]`` of literals: ``v`` is variable v, from 1, and ``-v``
its negation. The variables of a clause are distinct; clauses may repeat. A hidden assignment is
bool ``[variables]``. The same arguments give the same formula.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, count, product
from pathlib import Path

import numpy as np

from odesolve.problems.studies.generators import distinct_rows

Clauses = np.ndarray


def uniform_clauses(variables: int, clauses: int, width: int, seed: int) -> Clauses:
    """Uniform random k-SAT: distinct variables, each negated with probability 1/2."""
    random = np.random.default_rng(seed)
    chosen = distinct_rows(random, variables, clauses, width)
    return np.where(random.random(chosen.shape) < 0.5, chosen, -chosen).astype(np.int32)


def planted_clauses(
    variables: int, clauses: int, width: int, seed: int
) -> tuple[Clauses, np.ndarray]:
    """Random k-SAT among the clauses that a hidden assignment satisfies, each equally likely."""
    types = np.array([count_violated(t) for t in range(2**width - 1)])
    return _planted(variables, clauses, width, seed, np.full(len(types), 1 / len(types)))


def controlled_clauses(
    variables: int, clauses: int, seed: int, p0: float = 0.08
) -> tuple[Clauses, np.ndarray]:
    """Planted 3-SAT with clause distribution control, which hides the assignment.

    A clause is of the type that violates none of the hidden values with probability p0, of each
    of the three types that violate one with p1 = (1 - 4 p0)/6, and of each of the three that
    violate two with p2 = (1 + 2 p0)/6 (Barthel, Hartmann, Leone, Ricci-Tersenghi, Weigt, Zecchina,
    Hiding solutions in random satisfiability problems, 2002). A literal's sign is then
    independent of the hidden value of its variable; the hardest formulas are near p0 = .08.

    Raises:
        ValueError: if p0 is not in [0, 1/4].
    """
    if not 0 <= p0 <= 0.25:
        raise ValueError(f"p0 must be between 0 and 1/4, got {p0}")
    by_violated = {0: p0, 1: (1 - 4 * p0) / 6, 2: (1 + 2 * p0) / 6}
    weights = np.array([by_violated[count_violated(t)] for t in range(7)])
    return _planted(variables, clauses, 3, seed, weights)


def _planted(
    variables: int, clauses: int, width: int, seed: int, weights: np.ndarray
) -> tuple[Clauses, np.ndarray]:
    """Clauses of type t with probability ``weights[t]``; bit i of t tells that i is violated."""
    random = np.random.default_rng(seed)
    hidden = random.random(variables) < 0.5
    chosen = distinct_rows(random, variables, clauses, width)
    types = random.choice(len(weights), size=clauses, p=weights)
    violated = (types[:, None] >> np.arange(width)) & 1 == 1
    positive = hidden[chosen - 1] ^ violated
    return np.where(positive, chosen, -chosen).astype(np.int32), hidden


def count_violated(type_number: int) -> int:
    """How many literals a clause of this type violates: the bits that are set."""
    return type_number.bit_count()


def parity_rows(variables: int, rows: int, width: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A consistent random XOR system: an odd number of each row's literals is true.

    Right sides come from a hidden assignment; an even one negates the row's first literal.
    """
    random = np.random.default_rng(seed)
    hidden = random.random(variables) < 0.5
    chosen = distinct_rows(random, variables, rows, width)
    even = hidden[chosen - 1].sum(axis=1) % 2 == 0
    chosen[even, 0] *= -1
    return chosen.astype(np.int32), hidden


def parity_clauses(rows: np.ndarray) -> Clauses:
    """The 2^(width - 1) clauses of each XOR row: one forbids each even assignment."""
    width = rows.shape[1]
    even = [signs for signs in product((1, -1), repeat=width) if signs.count(-1) % 2 == 0]
    return (rows[:, None, :] * np.array(even)).reshape(-1, width).astype(np.int32)


def soft_clauses(
    variables: int, clauses: int, width: int, seed: int, heaviest: int = 1
) -> tuple[Clauses, np.ndarray]:
    """A MaxSAT problem: uniform clauses and their weights, uniform from 1 to ``heaviest``."""
    weights = np.random.default_rng((seed, heaviest)).integers(1, heaviest + 1, size=clauses)
    return uniform_clauses(variables, clauses, width, seed), weights


def costly_models(
    variables: int, clauses: int, seed: int, heaviest: int
) -> tuple[Clauses, Clauses, np.ndarray]:
    """Partial MaxSAT: uniform 3-SAT that must hold, and a weighted wish for each variable.

    Returns:
        The hard clauses, the soft ones of one literal each, and their weights.
    """
    random = np.random.default_rng((seed, variables))
    units = np.arange(1, variables + 1) * random.choice([-1, 1], variables)
    weights = random.integers(1, heaviest + 1, size=variables)
    return uniform_clauses(variables, clauses, 3, seed), units[:, None].astype(np.int32), weights


def weighted_covers(
    sets: int, elements: int, copies: int, seed: int, heaviest: int
) -> tuple[Clauses, Clauses, np.ndarray]:
    """Weighted set cover: every element is in so many random sets, of which one must be taken.

    With two copies it is the vertex cover of a random graph. Returned as by `costly_models`.
    """
    random = np.random.default_rng((seed, sets))
    weights = random.integers(1, heaviest + 1, size=sets)
    wishes = -np.arange(1, sets + 1, dtype=np.int32)[:, None]
    return distinct_rows(random, sets, elements, copies).astype(np.int32), wishes, weights


def factoring_clauses(number: int, widths: tuple[int, int]) -> tuple[int, list[list[int]]]:
    """The variables and clauses of p q = number for odd factors of exactly these widths.

    The clauses are all prime implicates of the adder cells of long multiplication, after the
    constants were propagated. No relation of the lowest or highest bits is added.
    """
    from odesolve.potentials.relations.implicates import clause_arrays
    from odesolve.potentials.relations.presolve import simplify
    from odesolve.problems.arithmetic.multiplication import array_multiplier
    from odesolve.problems.relations.circuit import Circuit, fixed_bits

    circuit = Circuit()
    p, q = circuit.bits(widths[0]), circuit.bits(widths[1])
    bits = array_multiplier(circuit, p, q)
    fixed = fixed_bits(number, bits) | dict.fromkeys((p[0], p[-1], q[0], q[-1]), 1)
    simplified = simplify(circuit.relations, fixed, circuit.variable_count)
    rows = [row for array in clause_arrays(simplified.numbered()) for row in array.tolist()]
    return len(simplified.unknowns), rows


def tower_clauses(discs: int, *, clear_is_told: bool = False) -> tuple[int, list[list[int]]]:
    """Towers of Hanoi as a plan of the least length: the variables and clauses.

    Disc 0 is the smallest; each step names the disc that moves, from where and to where. What is
    left out is what follows from the first state on: that every disc is somewhere, and, where the
    steps tell which places are clear, that a place with a disc on it is not.

    Arguments:
        clear_is_told: whether variables tell which discs are clear; else a disc that moves
            excludes the discs on it, and a disc has room for one.
    """
    steps, places = 2**discs - 1, range(discs + 3)
    fits = [(x, y) for x in range(discs) for y in places if y > x]
    number = count(1)
    on, clear, moved, ends = [], [], [], []
    for _ in range(steps + 1):
        on.append({pair: next(number) for pair in fits})
        clear.append([next(number) for _ in range(discs if clear_is_told else 0)])
        moved.append([next(number) for _ in range(discs)])
        # Nothing lies on disc 0.
        ends.append([{y: next(number) for y in places[1:]} for _ in range(2)])
    clauses: list[list[int]] = []

    def exclude(literals: Iterable[int]) -> None:
        clauses.extend([-a, -b] for a, b in combinations(literals, 2))

    for state in on:
        for y in places[discs:] if clear_is_told else places[1:]:
            exclude(state[x, y] for x in range(min(y, discs)))
    for t in range(steps):
        now, after, source, target = on[t], on[t + 1], *ends[t]
        for choice in (moved[t], source.values(), target.values()):
            clauses.append(list(choice))
            exclude(choice)
        for y in places[1:]:
            clauses.append([-source[y], -target[y]])
        for x, disc in enumerate(moved[t]):
            for y in places[1:]:
                if y <= x:
                    clauses += [[-disc, -source[y]], [-disc, -target[y]]]
                    continue
                clauses += [
                    [-disc, -source[y], now[x, y]],
                    [-disc, -source[y], -after[x, y]],
                    [-disc, -target[y], after[x, y]],
                    [disc, now[x, y], -after[x, y]],
                    [disc, -now[x, y], after[x, y]],
                    [target[y], now[x, y], -after[x, y]],
                ]
            if clear_is_told:
                clauses.append([-disc, clear[t][x]])
            else:
                clauses += [[-disc, -now[z, x]] for z in range(x)]
        for y in places[1:discs] if clear_is_told else ():
            was, is_now = clear[t][y], clear[t + 1][y]
            clauses += [
                [-target[y], was], [-target[y], -is_now], [-source[y], is_now],
                [target[y], -was, is_now], [source[y], was, -is_now],
            ]  # fmt: skip
    for state, tower in ((0, discs), (steps, discs + 2)):
        held = {(x, x + 1 if x + 1 < discs else tower) for x in range(discs)}
        clauses += [[on[state][pair] if pair in held else -on[state][pair]] for pair in fits]
    if clear_is_told:
        clauses += [[-disc] for disc in clear[0][1:]]
        # Disc 0 always is.
        clauses += [[state[0]] for state in clear]
    # After the last state nothing moves.
    clauses += [[-v] for v in (*moved[-1], *ends[-1][0].values(), *ends[-1][1].values())]
    return next(number) - 1, clauses


def write_cnf(
    path: Path, variables: int, clauses: Iterable[Sequence[int]], parities: np.ndarray | None = None
) -> None:
    """Write clauses, and XOR rows as ``x`` lines, in DIMACS format."""
    lines = _lines(clauses)
    if parities is not None:
        lines += ["x" + line for line in _lines(parities)]
    path.write_text("\n".join([f"p cnf {variables} {len(lines)}", *lines, ""]), encoding="ascii")


def write_weighted_cnf(
    path: Path,
    variables: int,
    soft: Iterable[Sequence[int]],
    weights: Sequence[int] | np.ndarray,
    hard: Iterable[Sequence[int]] = (),
) -> None:
    """Write soft clauses with their weights, and hard ones, as ``p wcnf``."""
    top = int(sum(int(weight) for weight in weights)) + 1
    lines = [f"{top} {line}" for line in _lines(hard)]
    lines += [f"{w} {line}" for w, line in zip(weights, _lines(soft), strict=True)]
    header = f"p wcnf {variables} {len(lines)} {top}"
    path.write_text("\n".join([header, *lines, ""]), encoding="ascii")


def _lines(rows: Iterable[Sequence[int]]) -> list[str]:
    if isinstance(rows, np.ndarray) and len(rows):
        form = " ".join(["%d"] * rows.shape[1]) + " 0"
        return [form % row for row in map(tuple, rows.tolist())]
    return [" ".join(map(str, [*row, 0])) for row in rows]
