"""Steps of every run on given factor widths; run as a process by slope.py.

Standard input: {"instances": [[N, [width, width]], ...], "runs", "max_steps", "seconds" (a limit
for each instance), "candidate" (a name of ``CANDIDATES``), "settings" (further parameters: one
dictionary or more, each for all instances)} as JSON. Standard output: one JSON object a line, for
each setting and instance: {"setting": its number, "steps": run-steps of all runs together, their
starts counted, "solved": runs that solved, "total", "clauses", "seconds"}.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import Any

import odesolve
from benchmarks.factoring.candidates import CANDIDATES
from odesolve.problems.factoring import splitting
from odesolve.problems.relations.system import Shape


def main() -> None:
    """Measure the job on standard input."""
    job = json.load(sys.stdin)
    candidate = CANDIDATES[job["candidate"]]
    candidate.change_constants()
    options = odesolve.Options.of({
        "runs": job["runs"], "max_steps": job["max_steps"], "time_limit": job["seconds"],
        "all_runs": True, "look_every": 1, "patience": None, "run_length": splitting.RUN_LENGTH,
        **candidate.options,
    })  # fmt: skip
    for setting, parameters in enumerate(job["settings"]):
        dynamics, stepper = candidate.lane(job["runs"], parameters)
        shape = Shape()
        for number, widths in job["instances"]:
            split = candidate.split(number, tuple(widths), presolve=True)
            if split.simplified.solved:
                # As the command does: presolve must not do the dynamics' work.
                split = candidate.split(number, tuple(widths), presolve=False)
            system, shape = split.system(shape, splitting.padded_widths(number))
            result = odesolve.solve(system, dynamics, stepper, replace(options, seed=number))
            line = {"setting": setting, **measured(result, system.clause_count)}
            print(json.dumps(line), flush=True)


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
