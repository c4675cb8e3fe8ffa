"""Solve one formula with another solver; run as a process by solvers.py.

Standard input: {"solver", "instance" (a pickled ``Instance``), "limit", "seed"} as JSON. Standard
output: {"status", "truth" ("01..." or null), "seconds", "steps", "proved"}. The time includes
building the model, and for descent compiling; starting Python, importing the solver and reading the
formula are not counted. A signal ends the process one second after the limit: not every solver
has a limit of its own.
"""

from __future__ import annotations

import json
import pickle
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peer_solvers import timed
from benchmarks.satisfiability.instances import Instance, Linear, Rows

#: Parities are cut into pieces of this many literals before they become clauses.
PARITY_PIECE = 4
#: Time step of descent, and the steps without improvement after which it starts anew: the best of
#: .1, .3, 1 and of 50, 200 on eight files of uf50 and uf100.
DESCENT_STEP, DESCENT_PATIENCE = 0.3, 50


@dataclass(frozen=True)
class Answer:
    """What a solver found.

    Attributes:
        truth: bool ``[variables]``, perhaps with auxiliary variables after them.
        steps: conflicts of CaDiCaL, flips of local searches, steps of descent.
        proved: whether no assignment costs less.
    """

    status: str
    truth: np.ndarray | None = None
    steps: int | None = None
    proved: bool = False


Solve = Callable[[Instance, float, int], Answer]


def load_cadical() -> Solve:
    """CaDiCaL; parities, not-all-equal and cardinality rows become clauses."""
    from pysat.solvers import Cadical195

    def solve(instance: Instance, limit: float, seed: int) -> Answer:
        with Cadical195(bootstrap_with=instance.clauses.lists()) as solver:
            for clause in encoded(instance):
                solver.add_clause(clause)
            found = solver.solve()
            conflicts = solver.accum_stats()["conflicts"]
            if not found:
                return Answer("infeasible", steps=conflicts)
            return Answer("satisfied", truth_of(solver.get_model(), instance), conflicts)

    return solve


def encoded(instance: Instance) -> Iterator[list[int]]:
    """Clauses for the constraints that are none; auxiliary variables follow the formula's.

    Raises:
        NotImplementedError: if a linear row has coefficients other than 1.
    """
    from benchmarks.satisfiability.generators import parity_clauses

    top = instance.variables
    for row in instance.not_all_equal.lists():
        yield row
        yield [-literal for literal in row]
    for row in instance.parities.lists():
        rest = row
        while len(rest) > PARITY_PIECE:
            top += 1
            # The new variable is the parity of the literals it replaces.
            piece, rest = rest[: PARITY_PIECE - 1], [top, *rest[PARITY_PIECE - 1 :]]
            yield from parity_clauses(np.array([[*piece, -top]])).tolist()
        yield from parity_clauses(np.array([rest])).tolist()
    for linear in instance.linear:
        clauses, top = cardinality_clauses(linear, top)
        yield from clauses


def cardinality_clauses(row: Linear, top: int) -> tuple[list[list[int]], int]:
    """Sequential counters of python-sat, and the last variable used."""
    from pysat.card import CardEnc, EncType

    if set(row.coefficients) - {1}:
        raise NotImplementedError("only coefficients 1 become clauses")
    encode = {">=": CardEnc.atleast, "<=": CardEnc.atmost, "=": CardEnc.equals}[row.comparison]
    made = encode(list(row.literals), row.bound, top_id=top, encoding=EncType.seqcounter)
    return made.clauses, max(top, made.nv)


def truth_of(model: list[int], instance: Instance) -> np.ndarray:
    """A model's truth values; variables that it does not name are false."""
    truth = np.zeros(instance.variables, bool)
    named = np.array(model[: instance.variables] if model else [0])
    named = named[(named > 0) & (named <= instance.variables)]
    truth[named - 1] = True
    return truth


def load_probsat() -> Solve:
    """probSAT on clauses; compiled before the clock starts."""
    from benchmarks.satisfiability.probsat import search, warm_up

    warm_up()
    return partial(walk, "probSAT", search)


def load_yalsat() -> Solve:
    """A search like YalSAT on clauses; compiled before the clock starts."""
    from benchmarks.satisfiability.yalsat import search, warm_up

    warm_up()
    return partial(walk, "YalSAT", search)


def walk(
    name: str, search: Callable[..., Any], instance: Instance, limit: float, seed: int
) -> Answer:
    """A local search that takes clauses, and nothing else, on a formula."""
    if not instance.is_cnf:
        raise NotImplementedError(f"{name} takes clauses only")
    rows = instance.clauses.simplified()
    found = search(rows.literals, rows.starts, instance.variables, seed, limit)
    status = "unknown" if found.truth is None else "satisfied"
    return Answer(status, found.truth, found.flips)


def load_descent() -> Solve:
    """Descent of the multilinear expansion with random restarts, by odesolve's own engine."""
    import odesolve
    from odesolve.problems.formulas.formula import AT_LEAST, AT_MOST, EXACTLY, Formula, LinearRows
    from odesolve.problems.formulas.formula import LiteralRows as Literals
    from odesolve.problems.satisfiability.system import formula_system

    comparisons = {">=": AT_LEAST, "<=": AT_MOST, "=": EXACTLY}

    def solve(instance: Instance, limit: float, seed: int) -> Answer:
        began = time.perf_counter()
        if any(set(row.coefficients) - {1} for row in instance.linear):
            raise NotImplementedError("only coefficients 1 are expanded")
        literals = Literals.of([row.literals for row in instance.linear])
        formula = Formula(
            instance.variables,
            Literals(instance.clauses.literals, instance.clauses.starts),
            Literals(instance.parities.literals, instance.parities.starts),
            LinearRows(
                literals,
                np.ones(len(literals.literals), np.int64),
                np.array([comparisons[row.comparison] for row in instance.linear], np.int8),
                np.array([row.bound for row in instance.linear], np.int64),
            ),
            Literals(instance.not_all_equal.literals, instance.not_all_equal.starts),
        )
        system = formula_system(formula, "product")
        found = odesolve.solve(
            system, odesolve.Descent(), odesolve.Euler(dt=DESCENT_STEP), seed=seed,
            patience=DESCENT_PATIENCE, time_limit=max(limit - (time.perf_counter() - began), 0.1),
        )  # fmt: skip
        if found.violated:
            return Answer("unknown", steps=found.steps)
        return Answer("satisfied", found.assignment.astype(bool), found.steps)

    return solve


def load_cp_sat() -> Solve:
    """CP-SAT with two workers; an even parity is twice an integer."""
    from ortools.sat.python import cp_model

    def solve(instance: Instance, limit: float, seed: int) -> Answer:
        began = time.perf_counter()
        numbers = [c for row in instance.linear for c in (*row.coefficients, row.bound)]
        if max(map(abs, [*numbers, *instance.weights]), default=0) >= 2**62:
            raise NotImplementedError("its numbers have 64 bits")
        model, bits = cp_sat_model(instance)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 2
        solver.parameters.random_seed = seed % 2**31
        spent = time.perf_counter() - began
        solver.parameters.max_time_in_seconds = max(limit - spent, 0.01)
        status = solver.solve(model)
        if status == cp_model.INFEASIBLE:
            return Answer("infeasible", steps=solver.num_conflicts)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return Answer("unknown", steps=solver.num_conflicts)
        truth = np.array([bool(solver.value(bit)) for bit in bits])
        proved = status == cp_model.OPTIMAL
        return Answer("satisfied", truth, solver.num_conflicts, proved)

    return solve


def cp_sat_model(instance: Instance) -> tuple[Any, list[Any]]:
    """The formula as a model of CP-SAT, and the model's variables in the formula's order."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    bits = [model.new_bool_var("") for _ in range(instance.variables)]

    def named(literal: int) -> Any:
        return bits[literal - 1] if literal > 0 else bits[-literal - 1].negated()

    for row in instance.clauses.lists():
        model.add_bool_or(map(named, row))
    for row in instance.not_all_equal.lists():
        model.add_bool_or(map(named, row))
        model.add_bool_or(named(-literal) for literal in row)
    for row in instance.parities.lists():
        model.add_bool_xor(map(named, row))
    for linear in instance.linear:
        pairs = zip(linear.coefficients, linear.literals, strict=True)
        total = sum(c * named(v) for c, v in pairs)
        if linear.comparison == "=":
            model.add(total == linear.bound)
        elif linear.comparison == ">=":
            model.add(total >= linear.bound)
        else:
            model.add(total <= linear.bound)
    if instance.optimizes:
        model.minimize(sum(_costs(model, instance, named)))
    return model, bits


def _costs(model: Any, instance: Instance, named: Callable[[int], Any]) -> Iterator[Any]:
    """What each soft clause costs if it is violated."""
    for row, weight in zip(instance.soft.lists(), instance.weights, strict=True):
        if len(row) == 1:
            yield weight * named(-row[0])
            continue
        violated = model.new_bool_var("")
        model.add_bool_or(violated, *map(named, row))
        yield weight * violated


def load_rc2() -> Solve:
    """RC2 with strata of weights: an optimum, or at the limit the model of the last stratum."""
    from pysat.examples.rc2 import RC2Stratified
    from pysat.formula import WCNF

    def solve(instance: Instance, limit: float, seed: int) -> Answer:
        began = time.perf_counter()
        formula = WCNF()
        for row in [*instance.clauses.lists(), *encoded(instance)]:
            formula.append(row)
        for row, weight in zip(instance.soft.lists(), instance.weights, strict=True):
            if row:  # an empty one costs its weight, whatever is true
                formula.append(row, weight=weight)
        last: list[np.ndarray] = []
        # Glucose, RC2's own choice: unlike CaDiCaL it can be interrupted.
        with RC2Stratified(formula) as solver:
            compute_stratum = solver.compute_

            def remembered() -> bool | None:
                found = compute_stratum()
                if found:
                    last[:] = [truth_of(solver.oracle.get_model(), instance)]
                return found

            solver.compute_ = remembered
            timer = threading.Timer(
                max(limit - (time.perf_counter() - began), 0.01), solver.interrupt
            )
            timer.start()
            model = solver.compute(expect_interrupt=True)
            timer.cancel()
            interrupted = solver.interrupted
        if model is not None:
            return Answer("satisfied", truth_of(model, instance), proved=True)
        if last or interrupted:
            return Answer("satisfied" if last else "unknown", last[0] if last else None)
        return Answer("infeasible")

    return solve


def load_satlike() -> Solve:
    """SATLike on clauses, hard and soft; compiled before the clock starts."""
    from benchmarks.satisfiability.satlike import search, warm_up

    warm_up()

    def solve(instance: Instance, limit: float, seed: int) -> Answer:
        if not instance.is_cnf:
            raise NotImplementedError("SATLike takes clauses only")
        rows, weights, hard = one_table(instance)
        found = search(rows.literals, rows.starts, weights, hard, instance.variables, seed, limit)
        status = "unknown" if found.truth is None else "satisfied"
        return Answer(status, found.truth, found.flips)

    return solve


def one_table(instance: Instance) -> tuple[Rows, np.ndarray, int]:
    """Clauses, each literal once, hard ones first; the soft ones' weights; how many are hard.

    Empty soft clauses, and those that hold a literal and its negation, are left out: they cost the
    same whatever is true.
    """
    hard = [sorted(set(row)) for row in instance.clauses.simplified().lists()]
    pairs = zip(instance.soft.lists(), instance.weights, strict=True)
    soft = [(sorted(set(row)), weight) for row, weight in pairs if row]
    soft = [(row, weight) for row, weight in soft if not any(-literal in row for literal in row)]
    weights = np.array([float(weight) for _, weight in soft])
    return Rows.of([*hard, *(row for row, _ in soft)]), weights, len(hard)


LOADERS = {
    "cadical": load_cadical,
    "probsat": load_probsat,
    "descent": load_descent,
    "cp-sat": load_cp_sat,
    "rc2": load_rc2,
    "satlike": load_satlike,
    "yalsat": load_yalsat,
}


def main() -> None:
    """Solve the job on standard input."""
    job = json.load(sys.stdin)
    instance = pickle.loads(Path(job["instance"]).read_bytes())
    solve = LOADERS[job["solver"]]()

    def attempt() -> Answer:
        try:
            return solve(instance, job["limit"], job["seed"])
        except NotImplementedError as error:
            return Answer(f"refused: {error}")

    answer, seconds = timed(attempt, job["limit"])
    truth = None if answer.truth is None else "".join("01"[bit] for bit in answer.truth.tolist())
    found = {"status": answer.status, "truth": truth, "seconds": seconds, "steps": answer.steps}
    json.dump(found | {"proved": answer.proved}, sys.stdout)


if __name__ == "__main__":
    main()
