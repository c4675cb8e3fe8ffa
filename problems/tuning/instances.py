"""The instances that a tuning runs on: files, presolved and compiled once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from odesolve.budget import UNLIMITED, Budget
from odesolve.dynamics.base import Dynamics
from odesolve.potentials import System
from odesolve.problems.errors import InputError
from odesolve.problems.ising.problem import IsingProblem
from odesolve.problems.problem_files import InputFile, read_input

#: Files are presolved for at most so many seconds each.
PRESOLVE_SECONDS = 20.0


@dataclass
class Instance:
    """One problem, ready to be integrated.

    Attributes:
        name: the file.
        problem: "sat", "coloring" or "ising".
        features: what its preset is chosen by.
    """

    name: str
    problem: str
    features: dict[str, Any]


@dataclass
class SystemInstance(Instance):
    """A formula or a graph to be coloured.

    Attributes:
        compile: from whether the dynamics follows a gradient to the system.
    """

    compile: Callable[[bool], System]
    compiled: dict[bool, System] = field(default_factory=dict)

    def system(self, dynamics: Dynamics) -> System:
        """The system for a dynamics, compiled when it is first asked for."""
        key = dynamics.follows_gradient
        if key not in self.compiled:
            self.compiled[key] = self.compile(key)
        return self.compiled[key]


@dataclass
class IsingInstance(Instance):
    """An Ising problem, a QUBO or a graph to be cut.

    Attributes:
        whole: the problem as it was read.
        core: what presolve left of it, of the same energies.
        is_cut: whether its answers are told as cuts.
    """

    whole: IsingProblem
    core: IsingProblem
    is_cut: bool = False


#: How a message calls a problem, and many of them.
KINDS = {"sat": "a sat", "coloring": "a coloring", "ising": "an Ising"}


def read_instances(
    files: Sequence[str],
    colors: int,
    note: Callable[[str], None],
    format: str | None = None,
    budget: Budget = UNLIMITED,
    cut: bool = False,
) -> list[Instance]:
    """Every file that presolve leaves something of; the others are noted.

    Arguments:
        files: their names.
        colors: number of colours, for graphs.
        note: takes what is to be said of a file.
        format: of all files, a format of graphs, formulas or Ising problems; by default each one's
            is told by its extension and content.
        budget: the time for reading and presolving.
        cut: whether the files are graphs to be cut, and not coloured.

    Raises:
        OutOfTime: if that is not enough.
        InputError: if a file cannot be read, if kinds of problems are mixed, or if nothing is left
            to tune on.
    """
    instances: list[Instance] = []
    decided: list[str] = []
    first_kind = ""
    for path in files:
        budget.check()
        if path == "-":
            raise InputError("standard input", "it can be read only once", "files")
        if cut:
            kind, found = "ising", _cut(path, format, note, budget)
        else:
            kind, found = _read(path, format, colors, note, budget)
        # Kinds must not be mixed, whatever presolve leaves of them.
        first_kind = first_kind or kind
        if kind != first_kind:
            wrong = f"{KINDS[kind]} problem among {KINDS[first_kind].split()[-1]} problems"
            raise InputError(path, wrong, "formulas only, or graphs only, or Ising problems only")
        if isinstance(found, str):
            decided.append(found)
            note(f"{path}: {found}; nothing is left to tune on")
            continue
        instances.append(found)
    if not instances:
        wrong = decided[0] if len(files) == 1 else "presolve decides every file"
        raise InputError(files[0], wrong, "a problem that is left to the dynamics")
    return instances


def _read(
    path: str, format: str | None, colors: int, note: Callable[[str], None], budget: Budget
) -> tuple[str, Instance | str]:
    """The kind of a file, and what it leaves to the dynamics; or why there is nothing."""
    file = read_input(path, format)
    if file.is_ising:
        return "ising", _ising(file.place, file.ising(), False, note, budget)
    if file.is_graph:
        return "coloring", _graph(file, colors, note, budget)
    return "sat", _formula(file, budget)


def _cut(
    path: str, format: str | None, note: Callable[[str], None], budget: Budget
) -> Instance | str:
    """A graph as a cut; or why there is nothing to look for."""
    from odesolve.problems.ising.cuts import read_cut

    return _ising(path, read_cut(path, format=format), True, note, budget)


def _ising(
    place: str, problem: IsingProblem, is_cut: bool, note: Callable[[str], None], budget: Budget
) -> Instance | str:
    """The core of an Ising problem; or why there is none."""
    from odesolve.problems.ising.presolve import presolved
    from odesolve.problems.ising.system import features

    for text in problem.notes:
        note(f"{place}: {text}")
    left = presolved(problem, stop=budget.at_most(PRESOLVE_SECONDS).is_over)
    if left.is_decided:
        return "presolve decides every spin"
    return IsingInstance(place, "ising", features(left.core), problem, left.core, is_cut)


def _graph(
    file: InputFile, colors: int, note: Callable[[str], None], budget: Budget
) -> Instance | str:
    """A graph's core; or why there is none."""
    from odesolve.problems.coloring.encodings import ENCODINGS
    from odesolve.problems.coloring.presolve import reduce_coloring
    from odesolve.problems.coloring.proofs import Infeasible

    graph = file.graph()
    for text in graph.notes:
        note(f"{file.place}: {text}")
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
    return SystemInstance(file.place, "coloring", features, compiled)


def _formula(file: InputFile, budget: Budget) -> Instance | str:
    """What presolve leaves of a formula; or why there is nothing."""
    from odesolve.problems.formulas.auxiliary_variables import expanded
    from odesolve.problems.formulas.presolve.presolve import RowContradiction, presolved
    from odesolve.problems.satisfiability.features import FormulaFeatures
    from odesolve.problems.satisfiability.system import formula_system

    formula = file.formula()
    if len(formula.soft) or formula.optimizes:
        raise InputError(file.place, "it asks for the least cost", "a formula to satisfy")
    whole = expanded(formula)
    try:
        # As where a prover works beside, which is the default.
        left = presolved(whole, deduces=False, budget=budget.at_most(PRESOLVE_SECONDS))
    except RowContradiction as contradiction:
        from odesolve.problems.satisfiability.solve import described

        return f"no model: {described(contradiction, formula, whole)}"
    if left.decided:
        return "presolve finds a model"

    def compiled(follows_gradient: bool) -> System:
        return formula_system(left.formula, "product" if follows_gradient else "min")

    return SystemInstance(file.place, "sat", vars(FormulaFeatures.of(left.formula)), compiled)
