"""Problems without a solution, prepared as a front end would: for measuring how fast steps are.

Nothing satisfies them and presolve is left out, so that no run ends before the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from sympy import prevprime

from odesolve.potentials.families.disjunction import OrForm
from odesolve.potentials.relations.presolve import RelationContradiction
from odesolve.presets.method import Method
from odesolve.presets.solve import Prepared
from odesolve.problems.coloring.encodings import ENCODINGS
from odesolve.problems.factoring.split_system import width_pairs
from odesolve.problems.factoring.splitting import Splitter
from odesolve.problems.formulas.formula import Formula, LiteralRows
from odesolve.problems.satisfiability.features import FormulaFeatures
from odesolve.problems.satisfiability.system import formula_system
from odesolve.throughput import uniform_clauses

__all__ = ["ENDLESS", "EndlessProblem", "endless"]

#: Clauses a variable of the formulas; edges a node of the graphs, near where three colours are few.
RATIO, EDGES_PER_NODE = 4.2, 2.2
COLORS = 3


@dataclass(frozen=True)
class EndlessProblem:
    """A problem that no run ever ends on.

    Attributes:
        description: what it is, in words.
        ready: its system with the dynamics, steppers and options that a solve would take.
    """

    description: str
    ready: Prepared


def _formula(size: int, seed: int) -> EndlessProblem:
    clauses = uniform_clauses(size, round(RATIO * size), 3, seed)
    literals = ((clauses.scopes + 1) * clauses.signs).astype(int)
    formula = Formula(size, LiteralRows.of(literals.tolist()))
    choice = Method().choose("sat", vars(FormulaFeatures.of(formula)))
    form: OrForm = "product" if choice.lanes[0][0].follows_gradient else "min"
    ready = Prepared.of(choice, formula_system(formula, form), {"seed": seed})
    return EndlessProblem(f"uniform 3-SAT, {size:,} variables", ready)


def _graph(size: int, seed: int) -> EndlessProblem:
    clique = list(combinations(range(COLORS + 1), 2))
    if size < 2 * len(clique):
        raise ValueError(f"a graph of {size} nodes; expected at least {2 * len(clique)}")
    generator = np.random.default_rng(seed)
    drawn = {(min(pair), max(pair)) for pair in clique}
    while len(drawn) < round(EDGES_PER_NODE * size):
        one, other = sorted(generator.choice(size, 2, replace=False).tolist())
        drawn.add((one, other))
    edges = np.array(sorted(drawn), np.int32)
    features = {"encoding": "simplex", "nodes": size, "colors": COLORS, "lists": 0}
    choice = Method().choose("coloring", features)
    system = ENCODINGS["simplex"].compile(size, edges, COLORS, {})
    described = f"random graph, {size:,} nodes, {COLORS} colours"
    return EndlessProblem(described, Prepared.of(choice, system, {"seed": seed}))


def _prime(size: int, seed: int) -> EndlessProblem:
    if size < 8:
        raise ValueError(f"a prime of {size} bits; expected at least 8")
    number = int(prevprime(3 * 2 ** (size - 2)))
    ready = _first_open(Splitter(Method(), True, seed, None, {}), number)
    return EndlessProblem(f"a multiplier of {size} bits held at the prime {number}", ready)


def _first_open(splitter: Splitter, number: int) -> Prepared:
    """The system of the most balanced widths that presolve does not exclude."""
    for pair in width_pairs(number):
        with suppress(RelationContradiction):
            return splitter.built(number, pair)[1]
    raise ValueError(f"presolve excludes all factors of {number}")


#: Command -> its problem of a size (variables, nodes, bits) and a seed, and the usual size.
ENDLESS: dict[str, tuple[Callable[[int, int], EndlessProblem], int]] = {
    "sat": (_formula, 10_000),
    "color": (_graph, 10_000),
    "factor": (_prime, 24),
}


def endless(command: str, size: int | None = None, seed: int = 0) -> EndlessProblem:
    """A problem of a command, of about the size that one measures with.

    Arguments:
        command: "sat", "color" or "factor".
        size: variables, nodes or bits; None is the usual size.
        seed: of the problem and of the starts.

    Raises:
        ValueError: if there is no such command, or the size is too small.

    Example:
        >>> from odesolve.problems.endless import endless
        >>> endless("color", 200).description
        'random graph, 200 nodes, 3 colours'
    """
    if command not in ENDLESS:
        raise ValueError(f"command: {command!r}; expected one of {', '.join(ENDLESS)}")
    make, usual = ENDLESS[command]
    return make(usual if size is None else size, seed)
