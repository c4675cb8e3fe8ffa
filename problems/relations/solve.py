"""Solve a circuit with some of its bits given: presolve, dynamics, and the answer's bits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from jaxtyping import Int

from odesolve.budget import GRACE_SECONDS, Budget, OutOfTime
from odesolve.interrupts import listening
from odesolve.options import AllOptions, begun_now
from odesolve.potentials.relations.presolve import RelationContradiction, Simplified, simplify
from odesolve.potentials.relations.relation import Relation
from odesolve.presets.method import Method, MethodOptions
from odesolve.problems.arguments import (
    checked_flag,
    checked_function,
    checked_mapping,
    checked_recorder,
)
from odesolve.problems.errors import InputError, quote
from odesolve.problems.preparation import (
    checked_method,
    checked_options,
    not_prepared,
    prepared,
)
from odesolve.problems.relations.circuit import Circuit
from odesolve.problems.relations.form import Form
from odesolve.results import Reason, Result, Status, nothing_integrated
from odesolve.watching import GivenUp, watched

if TYPE_CHECKING:
    from odesolve.potentials.system import System
    from odesolve.presets.choice import Choice
    from odesolve.presets.solve import Prepared
    from odesolve.solving import Progress
    from odesolve.trajectory import Recorder

#: Where several answers are wanted, a batch goes on for so many times the steps of its first one.
PATIENT_FACTOR = 3
#: Runs on circuits succeed early or not at all.
PATIENCE = 500


@dataclass(frozen=True)
class CircuitAnswer:
    """Bits that were found for a circuit.

    Attributes:
        found: what the satisfied runs found, of the variables that were left to them; without a
            satisfied run, the best assignment alone.
        simplified: the way from those to all variables; None without presolve.
        run: status, reason, runs and times.
        variable_count: unknown variables before presolve.
        clause_count: clauses handed to the dynamics.
        notes: what presolve did.
    """

    found: Int[np.ndarray, "found unknowns"]
    simplified: Simplified | None
    run: Result
    variable_count: int
    clause_count: int
    notes: tuple[str, ...]

    @property
    def presolved(self) -> int | None:
        """How many unknown variables presolve fixed; None without presolve."""
        return None if self.simplified is None else self.simplified.fixed_count

    def assignments(self) -> Iterator[Int[np.ndarray, " variables"]]:
        """Every full assignment that was found, one for each choice of the bits left free."""
        for bits in self.found:
            if self.simplified is None:
                yield bits
                continue
            known = dict(zip(self.simplified.unknowns.tolist(), bits.tolist(), strict=True))
            # The lowest bit changes fastest, so that small numbers come first.
            free = self.simplified.free[::-1]
            for choice in product((0, 1), repeat=len(free)):
                yield self.simplified.lift(known | dict(zip(free, choice, strict=True)))


@dataclass(frozen=True)
class CircuitSettings:
    """What a circuit is solved with.

    Attributes:
        form: how relations are handed to the dynamics.
        method: the equations and values that the caller chose.
        presolve: whether constants are propagated before the dynamics.
        options: budgets and policies, see ``odesolve.Options``; the time limit has begun.
        several: whether more than one run's answer is of use: integration then goes on until half
            of the runs, or no more of them for a while, are solved.
    """

    form: Form = field(default_factory=Form)
    method: Method = field(default_factory=Method)
    presolve: bool = True
    progress: Callable[[Progress], None] | None = None
    recorder: Recorder | None = None
    options: Mapping[str, Any] | None = None
    several: bool = False

    @property
    def budget(self) -> Budget:
        """The time limit."""
        return Budget.of(dict(self.options or {}).get("time_limit"))

    @property
    def seed(self) -> int:
        """The seed of the batch."""
        return int(dict(self.options or {}).get("seed", 0))


class CircuitOptions(AllOptions, MethodOptions, total=False):
    """What every query of a circuit takes by keyword: see ``CircuitSettings`` and ``Options``."""

    form: Form
    presolve: bool
    progress: Callable[[Progress], None] | None
    recorder: Recorder | None
    options: Mapping[str, Any] | None


def checked_settings(problem: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings whose options are gathered, refused before presolve if they cannot be used.

    Arguments:
        problem: the kind of problem, as in the presets.
        given: fields of ``CircuitSettings`` and of ``Method``, and options of the engine by name.

    Raises:
        InputError: if an option or parameter cannot be used.
    """
    # The others are for whoever asks for answers.
    names = CircuitSettings.__dataclass_fields__.keys() - {"several", "method"}
    of_method = Method.__dataclass_fields__.keys()
    chosen = {name: value for name, value in given.items() if name in names}
    method = {name: value for name, value in given.items() if name in of_method}
    options = {k: value for k, value in given.items() if k not in names and k not in of_method}
    given_options = checked_mapping("options", chosen.get("options"), "names and values")
    chosen["options"] = begun_now({**given_options, **options})
    chosen["presolve"] = checked_flag("presolve", chosen.get("presolve", True))
    checked_function("progress", chosen.get("progress"))
    checked_recorder(chosen.get("recorder"))
    if not isinstance(chosen.get("form", Form()), Form):
        raise InputError("form", quote(chosen["form"]), "a Form")
    checked_options(chosen["options"])
    features = {"encoding": chosen.get("form", Form()).encoding}
    return chosen | {"method": checked_method(problem, features, **method)}


def solve_circuit(
    circuit: Circuit, fixed: Mapping[int, int], settings: CircuitSettings
) -> CircuitAnswer:
    """Find bits for the circuit's other variables.

    Presolve may take a little longer than the time limit, so that what it decides is decided
    however short that is.

    Arguments:
        fixed: variable -> bit that it has.

    Raises:
        InputError: if an option or parameter cannot be used.
    """
    began = time.perf_counter()
    unknown = circuit.variable_count - len(fixed)
    budget = settings.budget.at_least(GRACE_SECONDS)
    try:
        if not settings.presolve:
            refuse_empty(circuit.relations)
            run, clauses = _integrate(circuit, None, fixed, settings)
            return CircuitAnswer(found_by(run), None, run, unknown, clauses, run.notes)
        simplified = _unless_given_up(
            lambda: simplify(circuit.relations, fixed, circuit.variable_count, budget.check),
            budget,
        )
    except RelationContradiction as contradiction:
        run = nothing_integrated(Status.INFEASIBLE, Reason.PROVED, settings.seed)
        run.times.presolve = run.times.total = time.perf_counter() - began
        none = np.zeros((0, circuit.variable_count), np.int64)
        return CircuitAnswer(none, None, run, unknown, 0, (str(contradiction),))
    except (OutOfTime, GivenUp) as error:
        return nothing_found(error, settings, unknown)
    presolve_seconds = time.perf_counter() - began
    if simplified.solved:
        run, clauses = nothing_integrated(Status.SATISFIED, Reason.SOLVED, settings.seed), 0
        found = np.zeros((1, 0), np.int64)
    else:
        run, clauses = _integrate(circuit, simplified, fixed, settings)
        found = found_by(run)
    run.times.presolve = presolve_seconds
    run.times.total = time.perf_counter() - began
    notes = (simplified.summary(), *run.notes)
    return CircuitAnswer(found, simplified, run, unknown, clauses, notes)


def refuse_empty(relations: Iterable[Relation]) -> None:
    """Find a relation that is never true: no potential stands for it.

    Raises:
        RelationContradiction: naming it.
    """
    for relation in relations:
        if not relation.allowed.any():
            raise RelationContradiction(relation.name, relation.variables)


def nothing_found(
    error: OutOfTime | GivenUp, settings: CircuitSettings, variable_count: int = 0
) -> CircuitAnswer:
    """The answer where the search ended before there was anything to integrate."""
    run = not_prepared(error, settings.seed)
    run.times.presolve = run.times.total = settings.budget.spent()
    none = np.zeros((0, variable_count), np.int64)
    return CircuitAnswer(none, None, run, variable_count, 0, ("presolve was cut short",))


T = TypeVar("T")


def _unless_given_up(function: Callable[[], T], budget: Budget) -> T:
    """The function's value, unless the time is up or the user asks to stop.

    Raises:
        OutOfTime, GivenUp: accordingly.
    """
    with listening() as interruption:
        return watched(function, budget, lambda: interruption.requested)


def _integrate(
    circuit: Circuit,
    simplified: Simplified | None,
    fixed: Mapping[int, int],
    settings: CircuitSettings,
) -> tuple[Result, int]:
    form, budget = settings.form, settings.budget

    def choose() -> Choice:
        return settings.method.choose("arithmetic", {"encoding": form.encoding})

    def compiled(_: Choice) -> System:
        from odesolve.problems.relations.system import system_of

        if simplified is None:
            relations, count, held = circuit.relations, circuit.variable_count, fixed
        else:
            relations, count, held = simplified.numbered(), len(simplified.unknowns), {}
        return system_of(relations, count, form, fixed=held, check=budget.check)

    try:
        ready = prepared(choose, compiled, settings.options or {}, patience=PATIENCE)
    except (OutOfTime, GivenUp) as error:
        return not_prepared(error, settings.seed), 0
    return integrate(ready, settings), ready.system.clause_count


def integrate(ready: Prepared, settings: CircuitSettings) -> Result:
    """Solve until as many runs are solved as the settings ask for."""
    harvest = _Harvest(settings.progress)
    many = settings.several and not ready.options.all_runs
    result = ready.solve(
        progress=harvest.look if many else settings.progress,
        recorder=settings.recorder,
        stop=harvest.is_in if many else None,
        all_runs=many or ready.options.all_runs,
    )
    if result.satisfied and result.reason is Reason.STOPPED:
        result = replace(result, reason=Reason.SOLVED)
    return result


class _Harvest:
    """When to stop collecting the answers of a batch."""

    def __init__(self, progress: Callable[[Progress], None] | None) -> None:
        self.progress = progress
        self.enough = False
        self.first_steps: int | None = None

    def look(self, progress: Progress) -> None:
        if self.progress is not None:
            self.progress(progress)
        if progress.solved_runs and self.first_steps is None:
            self.first_steps = progress.steps
        late = self.first_steps is not None and progress.steps > PATIENT_FACTOR * self.first_steps
        self.enough = late or 2 * progress.solved_runs >= progress.runs

    def is_in(self) -> bool:
        return self.enough


def found_by(run: Result) -> Int[np.ndarray, "found variables"]:
    """The distinct answers of a run's batch; without one, its best assignment."""
    return run.solutions if len(run.solutions) else run.assignment[None, :]
