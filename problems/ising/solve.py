"""Ising problems, QUBOs and cuts: from a problem to the best assignment that there was time for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from odesolve.options import KeptOptions, Options, begun_now
from odesolve.problems.arguments import (
    checked_flag,
    checked_function,
    checked_mapping,
    checked_recorder,
    plain_array,
    shown,
)
from odesolve.problems.errors import InputError, quote
from odesolve.problems.ising.check import energy
from odesolve.problems.ising.coefficients import as_exact
from odesolve.problems.ising.from_objects import cut_from, ising_from, qubo_from
from odesolve.problems.ising.numbers import Exact, reduced
from odesolve.problems.ising.presolve import Presolved, presolved
from odesolve.problems.ising.problem import IsingProblem
from odesolve.problems.ising.result import Improvement, IsingProgress, IsingResult
from odesolve.problems.ising.search import IsingSearch, IsingSettings
from odesolve.problems.ising.system import features
from odesolve.problems.preparation import checked_method, checked_options
from odesolve.results import Reason, Status, nothing_integrated

if TYPE_CHECKING:
    from odesolve.dynamics.ising.base import IsingDynamics
    from odesolve.presets.preset import Preset
    from odesolve.steppers.anneal import Anneal
    from odesolve.trajectory import Recorder

__all__ = ["ising", "maxcut", "qubo"]

#: Options of a solve that mean something here.
OPTIONS = (
    "runs", "seed", "max_steps", "time_limit", "all_runs", "checkpoint", "checkpoint_every",
    "resume", "devices",
)  # fmt: skip


class UntargetedIsingOptions(KeptOptions, total=False):
    """What ``ising`` takes by keyword, but for the target."""

    hint: Any
    fixed: Mapping[Any, int] | None
    preset: str | Preset | None
    dynamics: str | IsingDynamics | None
    stepper: str | Anneal | None
    parameters: Mapping[str, Any] | None
    presolve: bool
    seed: int
    progress: Callable[[IsingProgress], None] | None
    improved: Callable[[Improvement], None] | None
    recorder: Recorder | None
    stop: Callable[[], bool] | None


class IsingOptions(UntargetedIsingOptions, total=False):
    """All that ``ising`` takes by keyword."""

    target: Any


def ising(
    problem: Any,
    *,
    hint: Any = None,
    fixed: Mapping[Any, int] | None = None,
    target: Any = None,
    preset: str | Preset | None = None,
    dynamics: str | IsingDynamics | None = None,
    stepper: str | Anneal | None = None,
    parameters: Mapping[str, Any] | None = None,
    presolve: bool = True,
    seed: int = 0,
    progress: Callable[[IsingProgress], None] | None = None,
    improved: Callable[[Improvement], None] | None = None,
    recorder: Recorder | None = None,
    stop: Callable[[], bool] | None = None,
    **options: Unpack[KeptOptions],
) -> IsingResult:
    """Find spins of the least energy E = sum J s s + sum h s + offset that there is time for.

    It ends when the target is reached or the budget (``time_limit``, ``max_steps``) is spent.
    Without any of these it ends when nothing has improved for as many generations as the stepper
    says (``odesolve.Anneal``). Problems of at most 24 spins, and those that are nearly trees, are
    decided exactly by presolve.

    Arguments:
        problem: an ``IsingProblem``; a pair of dictionaries (h, J) or a dictionary J, as dimod's; a
            square matrix M, dense or sparse, for E = s M s; a ``BinaryQuadraticModel`` of dimod.
        hint: where half of the first runs begin: values by name, or one for each variable; those of
            the problem's own kind, bits or spins. With fewer, the others are drawn.
        fixed: variable -> the value that it must have, bits or spins as the problem's own.
        target: the energy that is good enough to stop at.
        preset, dynamics, stepper, parameters: as for ``odesolve.color``; the dynamics are those of
            ``odesolve.ISING_DYNAMICS``, the stepper is ``odesolve.Anneal``.
        presolve: whether to simplify the problem, and to decide it where that can be done at once.
        seed, options: runs, max_steps, time_limit, all_runs, checkpoint, checkpoint_every, resume,
            devices, see ``odesolve.Options``. The same seed and steps give the same answer.
        progress: called about ten times a second with an ``IsingProgress``.
        improved: called with each ``Improvement``, beginning with a first guess.
        recorder: takes samples of what the runs do: positions of the first spins, energies of the
            signs, and the other arrays of the state.
        stop: asked about ten times a second whether to give up.

    Raises:
        InputError: if the problem, an option or a parameter cannot be used. It is a ValueError.
        CheckpointError: if a checkpoint cannot be written, or resumed from. So is this.

    Example:
        >>> import odesolve as ode
        >>> result = ode.ising(({"a": 1}, {("a", "b"): 2, ("b", "c"): -1}), time_limit=10)
        >>> result.energy, result.assignment
        (-4, {'a': -1, 'b': 1, 'c': 1})
    """
    problem = ising_from(problem)
    began = time.perf_counter()
    given = begun_now({"seed": seed, **options})
    _check_names(given)
    settings = IsingSettings(
        method=checked_method(
            "ising",
            features(problem),
            preset=preset,
            dynamics=dynamics,
            stepper=stepper,
            parameters=parameters,
        ),
        hint=_hinted(hint, problem),
        target=None if target is None else _number("target", target),
        improved=checked_function("improved", improved),
        progress=checked_function("progress", progress),
        recorder=checked_recorder(recorder),
        stop=checked_function("stop", stop),
        options=given,
    )
    budgets = checked_options(given)
    checkpoint = budgets.begun_checkpoint()
    if recorder is not None and checkpoint is not None and checkpoint.resumed is not None:
        raise InputError("recorder", "a resumed solve is not there from its start", "None")
    left = presolved(
        problem,
        _fixed(fixed, problem),
        wanted=checked_flag("presolve", presolve),
        stop=budgets.budget().is_over,
    )
    if left.is_decided:
        return _decided(left, settings, budgets, began)
    return _searched(left, settings, budgets, began)


def _check_names(options: Iterable[str]) -> None:
    """Raises InputError for an option that there is none of."""
    for name in options:
        if name not in OPTIONS:
            raise InputError("options", f"no option {name!r}", ", ".join(OPTIONS))


def qubo(problem: Any, **options: Unpack[IsingOptions]) -> IsingResult:
    """Find bits of the least value x Q x; otherwise as ``odesolve.ising``.

    Arguments:
        problem: a dictionary (name, name) -> coefficient, as dimod's Q; a square matrix, dense or
            sparse; an ``IsingProblem``; a ``BinaryQuadraticModel`` of dimod.
        options: the other arguments of ``odesolve.ising``.

    Raises:
        InputError: if the problem, an option or a parameter cannot be used. It is a ValueError.

    Example:
        >>> import odesolve as ode
        >>> result = ode.qubo({("x", "x"): -1, ("y", "y"): -2, ("x", "y"): 3})
        >>> result.energy, result.assignment
        (-2, {'x': 0, 'y': 1})
    """
    return ising(qubo_from(problem), **options)


def maxcut(
    graph: Any,
    weights: Any = None,
    *,
    target: Any = None,
    **options: Unpack[UntargetedIsingOptions],
) -> IsingResult:
    """Find the largest cut of a graph that there is time for; otherwise as ``odesolve.ising``.

    Arguments:
        graph: whatever ``odesolve.color`` takes. A graph of networkx whose edges have the attribute
            ``weight`` is cut by it. An ``IsingProblem`` whose couplings are the weights.
        weights: one for each row of ``Graph.edges``, integers or other numbers; None for 1 each.
        target: the cut that is good enough to stop at.
        options: the other arguments of ``odesolve.ising``.

    Raises:
        InputError: if the graph, an option or a parameter cannot be used. It is a ValueError.

    Example:
        >>> import odesolve as ode
        >>> result = ode.maxcut([("a", "b"), ("b", "c"), ("c", "a")])
        >>> result.cut, result.optimal
        (2, True)
    """
    problem = cut_from(graph, weights)
    if target is not None:
        cut = _number("target", target)
        # cut = (sum w - E) / 2
        target = problem.total_coupling - 2 * cut
    return replace(ising(problem, target=target, **options), is_cut=True)


def _searched(
    left: Presolved, settings: IsingSettings, budgets: Options, began: float
) -> IsingResult:
    """The result of integrating what presolve left."""
    problem = left.problem
    history: list[Improvement] = []

    def lifted(found: Improvement) -> None:
        history.append(replace(found, spins=left.lift(found.spins)))
        if settings.improved is not None:
            settings.improved(history[-1])

    def found_before(found: Sequence[Improvement]) -> None:
        history[:] = [replace(own, spins=left.lift(own.spins)) for own in found]
        # The first guess has been told.
        if settings.improved is not None and len(history) > 1:
            settings.improved(history[-1])

    core_hint = None if settings.hint is None else settings.hint[left.kept]
    search = IsingSearch(
        left.core,
        replace(settings, hint=core_hint, improved=lifted, resumed=found_before),
        budgets,
        began,
    )
    run = search.run()
    spins = left.lift(search.best)
    if energy(problem, spins) != search.energy:
        raise AssertionError("what presolve left does not have the energy of the whole")
    return IsingResult(
        problem=problem,
        spins=spins,
        energy=search.energy,
        run=run,
        target=settings.target,
        history=tuple(history),
        assignments=_lifted_runs(left, search),
        sample_seconds=tuple(search.sample_seconds),
        core=left.core.sizes if left.core is not problem else None,
        energies=tuple(search.run_energies) if search.samples else (),
        samples=tuple(energy for sample in search.samples for energy in sample),
        anneal_seconds=search.anneal_seconds,
        notes=(*problem.notes, *left.notes, *run.notes),
    )


def _lifted_runs(left: Presolved, search: IsingSearch) -> np.ndarray:
    """The best assignment of each run, ``[spins, runs]``."""
    runs = search.run_spins
    if left.core is left.problem:
        return runs
    lifted = np.empty((left.problem.spin_count, runs.shape[1]), np.int8)
    for run in range(runs.shape[1]):
        lifted[:, run] = left.lift(runs[:, run])
    return lifted


def _fixed(fixed: Any, problem: IsingProblem) -> dict[int, int]:
    """Number of a spin -> -1 or +1, of what the caller fixed by name."""
    if fixed is None:
        return {}
    values = _hinted(checked_mapping("fixed", fixed, "names and values"), problem, "fixed")
    assert values is not None
    return {spin: int(values[spin]) for spin in np.flatnonzero(values).tolist()}


def _decided(
    left: Presolved, settings: IsingSettings, budgets: Options, began: float
) -> IsingResult:
    """The result where presolve has decided every spin."""
    problem, spins = left.problem, left.lift(np.zeros(0, np.int8))
    run = nothing_integrated(Status.SATISFIED, Reason.PROVED, budgets.seed)
    run.times.presolve = run.times.total = time.perf_counter() - began
    found = Improvement(energy(problem, spins), spins, run.times.total, 0)
    if settings.improved is not None:
        settings.improved(found)
    proved = "presolve decided every spin; no assignment has less energy"
    missed = settings.target is not None and found.energy > settings.target
    if missed:
        run = replace(run, status=Status.INFEASIBLE)
        proved = "presolve decided every spin; no assignment reaches the target"
    return IsingResult(
        problem=problem,
        spins=spins,
        energy=found.energy,
        run=run,
        optimal=True,
        target=settings.target,
        history=(found,),
        assignments=spins[:, None],
        notes=(*problem.notes, *left.notes, proved),
    )


def _number(name: str, value: Any) -> Exact:
    """An exact number.

    Raises:
        InputError: it is none.
    """
    if isinstance(value, Fraction):
        return value
    numerators, denominator = as_exact([value], name)
    return reduced(int(numerators[0]), denominator)


def _hinted(hint: Any, problem: IsingProblem, what: str = "hint") -> np.ndarray | None:
    """-1 and +1, 0 for anything, ``[spins]``."""
    if hint is None:
        return None
    low = 0 if problem.is_binary else -1
    values = np.zeros(problem.spin_count, np.int8)
    if isinstance(hint, Mapping):
        index = {name: number for number, name in enumerate(problem.labels)}
        items = list(hint.items())
    else:
        index = {number: number for number in range(problem.spin_count)}
        array = plain_array(hint, what)
        if array is not None:
            hint = array.tolist()
        if not isinstance(hint, Sequence) or isinstance(hint, str | bytes):
            raise InputError(what, shown(hint), "values by name, or one for each variable")
        if len(hint) != problem.spin_count:
            raise InputError(what, f"{len(hint)} values", f"{problem.spin_count}")
        items = list(enumerate(hint))
    for name, value in items:
        if name not in index:
            raise InputError(what, f"no variable {quote(name)}", "names of variables")
        if isinstance(value, str) or value not in (low, 1):
            raise InputError(what, f"{shown(value)} for {quote(name)}", f"{low} or 1")
        values[index[name]] = 1 if value == 1 else -1
    return values
