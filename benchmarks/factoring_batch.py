"""Steps of every run on given factor widths; run as a process by factoring_slope.py.

Standard input: {"instances": [[N, [width, width]], ...], "runs", "max_steps", "seconds" (a limit
for each instance), "change" (a name of ``CHANGES``)} as JSON. Standard output: one JSON object a
line and instance: {"steps": run-steps of all runs together, their starts counted, "solved": runs
that solved, "total", "clauses", "seconds"}.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import odesolve
from odesolve.preset_choice import choose
from odesolve.problems import factor_circuits, relation_systems, splitting
from odesolve.problems.relation_systems import Shape


def _constants(**values: Any) -> Callable[[], None]:
    """Set constants of the module that builds the systems."""

    def change() -> None:
        for name, value in values.items():
            if not hasattr(factor_circuits, name):
                raise AttributeError(f"factor_circuits has no {name} any more")
            setattr(factor_circuits, name, value)

    return change


def _irredundant() -> None:
    """Make the module that builds the systems ask for covers instead of all prime implicates."""
    covers = partial(relation_systems.weighted_system, kind="irredundant")
    _constants(weighted_system=covers)()


#: What is changed -> how; "rectified dynamics" is another dynamics and changes no module.
CHANGES: dict[str, Callable[[], None]] = {
    "as built": _constants(),
    "no low block": _constants(LOW_BITS=0),
    "no high block": _constants(HIGH_BITS=0),
    "no blocks": _constants(LOW_BITS=0, HIGH_BITS=0),
    "irredundant implicates": _irredundant,
    "rectified dynamics": _constants(),
    "weights 1": _constants(
        CIRCUIT_WEIGHT=1.0, LOW_WEIGHT=1.0, HIGH_WEIGHT=1.0, LENGTH_EXPONENT=0.0
    ),
    "mobility 1": _constants(FACTOR_MOBILITY=1.0),
}


def main() -> None:
    """Measure the job on standard input."""
    job = json.load(sys.stdin)
    CHANGES[job["change"]]()
    name = "rectified" if job["change"] == "rectified dynamics" else None
    choice = choose("factoring", {"encoding": "clauses"}, dynamics=name)
    dynamics, stepper = choice.for_runs(job["runs"])
    options = odesolve.Options(
        runs=job["runs"], max_steps=job["max_steps"], time_limit=job["seconds"], all_runs=True,
        look_every=1, patience=None, run_length=splitting.RUN_LENGTH,
    )  # fmt: skip
    shape = Shape()
    for number, widths in job["instances"]:
        split = factor_circuits.split_of(number, tuple(widths))
        if split.simplified.solved:
            # As the command does: presolve must not do the dynamics' work.
            split = factor_circuits.split_of(number, tuple(widths), presolve=False)
        system, shape = split.system(shape, splitting.padded_widths(number))
        result = odesolve.solve(system, dynamics, stepper, replace(options, seed=number))
        print(json.dumps(measured(result, system.clause_count)), flush=True)


def measured(result: odesolve.Result, clauses: int) -> dict[str, Any]:
    """Run-steps and solves; the start of a run is its first look."""
    return {
        "steps": int(result.runs.steps.sum()) + len(result.runs),
        "solved": int(result.runs.satisfied.sum()),
        "total": len(result.runs),
        "clauses": clauses,
        "seconds": result.times.solve,
    }


if __name__ == "__main__":
    main()
