"""The instances that a tuning runs on: files, presolved and compiled once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from odesolve.budget import UNLIMITED, Budget
from odesolve.dynamics import Dynamics
from odesolve.potentials import System
from odesolve.problems.errors import InputError
from odesolve.problems.files import file_suffix, read_bytes
from odesolve.problems.formula_files import FORMULA_FORMATS

#: Kinds of problem that can be tuned.
TUNABLE = ("sat", "coloring")

#: Files are presolved for at most so many seconds each.
PRESOLVE_SECONDS = 20.0

#: What a DIMACS graph has instead of a formula's header.
_GRAPH_HEADER = (b"p edge", b"p col")
_FORMULA_HEADER = (b"p cnf", b"p wcnf", b"p xcnf")


@dataclass
class Instance:
    """One problem, ready to be integrated.

    Attributes:
        name: the file.
        problem: "sat" or "coloring".
        features: what its preset is chosen by.
        compile: from whether the dynamics follows a gradient to the system.
    """

    name: str
    problem: str
    features: dict[str, Any]
    compile: Callable[[bool], System]
    compiled: dict[bool, System] = field(default_factory=dict)

    def system(self, dynamics: Dynamics) -> System:
        """The system for a dynamics, compiled when it is first asked for."""
        key = dynamics.follows_gradient
        if key not in self.compiled:
            self.compiled[key] = self.compile(key)
        return self.compiled[key]


def read_instances(
    files: Sequence[str],
    colors: int,
    note: Callable[[str], None],
    budget: Budget = UNLIMITED,
) -> list[Instance]:
    """Every file that presolve leaves something of; the others are noted.

    Arguments:
        budget: the time for reading and presolving.

    Raises:
        OutOfTime: if that is not enough.
        InputError: if a file cannot be read, if graphs and formulas are mixed, or if nothing is
            left to tune on.
    """
    instances: list[Instance] = []
    decided: list[str] = []
    for path in files:
        budget.check()
        is_graph = problem_of(path) == "coloring"
        found = _graph(path, colors, budget) if is_graph else _formula(path, budget)
        if isinstance(found, str):
            decided.append(found)
            note(f"{path}: {found}; nothing is left to tune on")
            continue
        if instances and found.problem != instances[0].problem:
            wrong = f"a {found.problem} problem among {instances[0].problem} problems"
            raise InputError(path, wrong, "formulas only, or graphs only")
        instances.append(found)
    if not instances:
        wrong = decided[0] if len(files) == 1 else "presolve decides every file"
        raise InputError(files[0], wrong, "a problem that is left to the dynamics")
    return instances


def problem_of(path: str) -> str:
    """Whether a file holds a formula ("sat") or a graph ("coloring"), by its name or header.

    Raises:
        InputError: if the file cannot be read, or is standard input.
    """
    if path == "-":
        raise InputError("standard input", "it can be read only once", "files")
    lines = (line.lstrip() for line in read_bytes(path).splitlines())
    header = next((line for line in lines if line.startswith(b"p ")), b"").lower()
    if header.startswith(_GRAPH_HEADER):
        return "coloring"
    formula_suffixes = {
        suffix for _, _, suffixes in FORMULA_FORMATS.values() for suffix in suffixes
    }
    is_formula = header.startswith(_FORMULA_HEADER) or file_suffix(path) in formula_suffixes
    return "sat" if is_formula else "coloring"


def _graph(path: str, colors: int, budget: Budget) -> Instance | str:
    """A graph's core; or why there is none."""
    from odesolve.problems.coloring_encodings import ENCODINGS
    from odesolve.problems.coloring_presolve import Infeasible, reduce_coloring
    from odesolve.problems.graph_files import read_graph

    graph = read_graph(path)
    try:
        core = reduce_coloring(
            graph.node_count,
            graph.edges,
            colors,
            graph.precoloring,
            budget.at_most(PRESOLVE_SECONDS),
        )
    except Infeasible as proof:
        return f"no colouring with {colors} colours: {proof.why}"
    if len(core.fixed) == len(core.core):
        return "presolve colours every node"
    nodes = len(core.core)

    def compiled(_: bool) -> System:
        return ENCODINGS["simplex"].compile(nodes, core.edges, colors, core.fixed)

    features = {"encoding": "simplex", "nodes": nodes, "colors": colors}
    return Instance(path, "coloring", features, compiled)


def _formula(path: str, budget: Budget) -> Instance | str:
    """What presolve leaves of a formula; or why there is nothing."""
    from odesolve.problems.formula_features import FormulaFeatures
    from odesolve.problems.formula_files import read_formula
    from odesolve.problems.formula_presolve import Contradiction, presolved
    from odesolve.problems.formula_system import formula_system

    formula = read_formula(path)
    if len(formula.soft) or formula.optimizes:
        raise InputError(path, "it asks for the least cost", "a formula to satisfy")
    try:
        left = presolved(formula, keep_all_models=False, budget=budget.at_most(PRESOLVE_SECONDS))
    except Contradiction as contradiction:
        from odesolve.problems.satisfiability import described

        return f"no model: {described(contradiction, formula, formula)}"
    if left.decided:
        return "presolve finds a model"

    def compiled(follows_gradient: bool) -> System:
        return formula_system(left.formula, form="product" if follows_gradient else "min")

    return Instance(path, "sat", vars(FormulaFeatures.of(left.formula)), compiled)
