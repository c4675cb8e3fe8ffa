"""``OdeSampler``: the ordinary differential equations as a sampler of dimod.

Needs dimod: ``pip install 'odesolve[dimod]'``. Composites of dimod and of its users work on top.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dimod
import numpy as np
from dimod.core.sampler import Sampler

from odesolve.problems.errors import InputError

if TYPE_CHECKING:
    from odesolve.problems.ising.result import IsingResult

__all__ = ["OdeSampler"]


class OdeSampler(Sampler):
    """Samples low energies of a binary quadratic model: one read is the best of one run.

    Arguments:
        options: parameters of ``sample``, as defaults for every call.

    Attributes:
        parameters: name of a parameter of ``sample`` -> names of properties it depends on.
        properties: the dynamics that there are, and the defaults.

    Example:
        >>> import dimod
        >>> from odesolve.dimod import OdeSampler
        >>> model = dimod.BinaryQuadraticModel({"a": 1}, {"ab": 2, "bc": -1}, 0.0, "SPIN")
        >>> samples = OdeSampler().sample(model, num_reads=4, seed=1)
        >>> samples.first.energy, samples.record.num_occurrences.sum()
        (-4.0, np.int64(4))
    """

    def __init__(self, **options: Any) -> None:
        from odesolve.registry import ISING_DYNAMICS

        self._parameters: dict[str, list[str]] = {name: [] for name in _PARAMETERS}
        self._parameters["dynamics"] = ["dynamics"]
        for name in options:
            _check_name(name, self._parameters)
        self._defaults = dict(options)
        self._properties = {"dynamics": list(ISING_DYNAMICS), "defaults": dict(options)}

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in self._defaults.items())
        return f"OdeSampler({options})"

    @property
    def parameters(self) -> dict[str, Any]:
        return self._parameters

    @property
    def properties(self) -> dict[str, Any]:
        return self._properties

    def sample(self, bqm: dimod.BinaryQuadraticModel, **parameters: Any) -> dimod.SampleSet:
        """Sample low energies.

        Arguments:
            bqm: a model of either vartype.
            num_reads: how many runs, of each of which the best is handed back; by device and size
                if it is not given.
            time_limit: seconds; without it, and without ``max_steps``, one anneal of the greatest
                length of each run.
            max_steps: steps of each run: the budget that gives the same samples everywhere.
            seed: of all that is random; 0 by default.
            initial_states: whatever ``dimod.as_samples`` takes: half of the runs begin near the
                best of them.
            target: an energy that is good enough to stop at.
            dynamics, preset, stepper: as for ``odesolve.ising``.
            presolve: whether to simplify the model before it is integrated.
            parameters: a dictionary of values of the dynamics' parameters. Their names may be
                given by themselves, too: ``sample(bqm, dynamics="annealed-langevin", dt=0.1)``.

        Returns:
            As many samples as reads, equal ones each by itself; ``info`` holds timing, dynamics,
            preset, parameters, device, seed, and whether the energy is proved the least.

        Raises:
            InputError: a parameter is unknown or cannot be used. It is a ValueError.
        """
        from odesolve.problems.ising.solve import ising

        given = {**self._defaults, **parameters}
        own = dict(given.pop("parameters", None) or {})
        own |= {name: given.pop(name) for name in list(given) if name not in _PARAMETERS}
        reads = given.pop("num_reads", None)
        states = given.pop("initial_states", None)
        if reads is not None:
            given["runs"] = _checked_reads(reads)
        if not bqm.num_variables:
            empty = np.zeros((reads or 1, 0), np.int8)
            return dimod.SampleSet.from_samples_bqm((empty, []), bqm)
        if states is not None:
            given["hint"] = _best_state(states, bqm)
        result = ising(bqm, parameters=own or None, **given)
        return _sample_set(result, bqm, reads)


_PARAMETERS = (
    "num_reads", "time_limit", "max_steps", "seed", "initial_states", "target", "dynamics",
    "preset", "stepper", "presolve", "parameters",
)  # fmt: skip


def _check_name(name: str, known: Mapping[str, Any]) -> None:
    if name not in known:
        raise InputError("OdeSampler", f"no parameter {name!r}", ", ".join(known))


def _checked_reads(reads: Any) -> int:
    if isinstance(reads, bool) or not isinstance(reads, int | np.integer) or reads < 1:
        raise InputError("num_reads", f"{reads!r}", "a number from 1")
    return int(reads)


def _best_state(states: Any, bqm: dimod.BinaryQuadraticModel) -> dict[Any, int]:
    """The initial state of the least energy, by the names of the variables."""
    if isinstance(states, Sequence) and states and all(isinstance(s, Mapping) for s in states):
        # dimod takes the order of the first for that of all.
        names = list(states[0])
        same = [{name: state.get(name, 0) for name in names} for state in states]
        values, names = dimod.as_samples(same)
    else:
        values, names = dimod.as_samples(states)
    places = {name: place for place, name in enumerate(names)}
    missing = [name for name in bqm.variables if name not in places]
    if missing or not len(values):
        what = f"no value for {missing[0]!r}" if missing else "no state"
        raise InputError("initial_states", what, "a value for each variable")
    first = values[int(np.argmin(bqm.energies((values, names))))]
    return {name: int(first[places[name]]) for name in bqm.variables}


def _sample_set(
    result: IsingResult, bqm: dimod.BinaryQuadraticModel, reads: int | None
) -> dimod.SampleSet:
    spins = result.assignments
    if spins.shape[1] == 0:  # no time for a single run
        spins = result.spins[:, None]
    # What presolve decided has one answer, which every read would give.
    counts = [reads or 1] if spins.shape[1] == 1 else [1] * spins.shape[1]
    values = spins.T if bqm.vartype is dimod.SPIN else (spins.T + 1) // 2
    run = result.run
    info = {
        "timing": {name: float(value) for name, value in vars(run.times).items()},
        "dynamics": run.dynamics,
        "preset": run.preset,
        "parameters": run.parameters,
        "device": run.device,
        "seed": run.seed,
        "steps": run.steps,
        "status": str(run.status),
        "reason": str(run.reason),
        "optimal": result.optimal,
        "notes": list(result.notes),
    }
    return dimod.SampleSet.from_samples_bqm(
        (values.astype(np.int8), list(result.problem.labels)),
        bqm,
        num_occurrences=counts,
        info=info,
        aggregate_samples=False,
    )
